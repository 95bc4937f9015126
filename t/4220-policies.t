#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What happens to a mail for each class of findings, and exceptions from it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use Test::More;
use Ispfilter::Mail qw(attachment_mail clean_mail eicar virus_mail);
use Ispfilter::Tools qw(folder program run slurp spew top);

chdir top();
my $folder = folder();
my ($made, $said) = run({ seconds => 60 }, 't/lib/archive-samples', $folder);
is($made, 0, 'the samples are made') or BAIL_OUT($said);

# One signature for a word, one for what stands behind it: both are in EICAR's text.
sub signature { return "$_[0]:0:*:" . unpack('H*', $_[1]) . "\n" }
my ($head, $tail) = (substr(eicar(), 0, 30), substr(eicar(), 34, 30));
spew("$folder/test.ndb", signature('Mild.Head', $head) . signature('Hard.Tail', $tail));
spew("$folder/head.ndb", signature('Mild.Head', $head));
spew("$folder/own.cf", slurp('rules/10_attachments.cf') . <<'END');
attachment LOCAL_REPORT name =~ /^list/
action LOCAL_REPORT quarantine
attachment LOCAL_SCORE name =~ /\.bin$/
END

sub verdict {
	my ($mail, $exceptions, %with) = @_;
	my @options = @{ delete $with{options} // [] };
	spew("$folder/mail", $mail);
	my %settings = (stages => 'attachment virus', virus_database => "$folder/test.ndb", %with);
	spew("$folder/conf", join '', (map { "$_ = $settings{$_}\n" } sort keys %settings),
		"policy_exceptions =\n", map { "\t$_\n" } split /\n/, $exceptions // '');
	my (undef, $output) = run({ seconds => 60 }, program(), 'scan', '-c', "$folder/conf", '-C', "$folder/own.cf",
		'-f', 'json', @options, "$folder/mail");
	my ($line) = $output =~ /^(\{.*\})$/m;
	return defined $line ? decode_json($line) : { broken => $output, action => 'none' };
}

sub action { return verdict(@_)->{action} }
sub to { return options => [map { ('--to', $_) } @_] }
sub from { return options => ['--from', @_] }

# Each action for each class.
my %mails = (
	virus_action => virus_mail(),
	attachment_banned => attachment_mail('a.exe', 'MZ'),
	attachment_encrypted => attachment_mail('locked.zip', slurp("$folder/locked.zip")),
	attachment_uncheckable => attachment_mail('cut.zip', slurp("$folder/cut.zip")),
	attachment_limit => attachment_mail('nested.zip', slurp("$folder/clean.zip")),
);
my %defaults = (virus_action => 'reject', attachment_banned => 'reject', attachment_encrypted => 'tag',
	attachment_uncheckable => 'reject', attachment_limit => 'tempfail');
for my $key (sort keys %mails) {
	my %with = $key eq 'attachment_limit' ? (archive_members_limit => 2) : ();
	is(action($mails{$key}, '', %with), $defaults{$key}, "$key: the default");
	for my $action (qw(accept tag quarantine tempfail discard reject)) {
		is(action($mails{$key}, '', %with, $key => $action), $action, "$key = $action");
	}
	my ($class) = $key =~ /([a-z]+)$/;
	$class = 'virus' if $class eq 'action';
	is(action($mails{$key}, "$class accept", %with), 'accept', "an exception for all mails: $class");
	my (undef, $text) = run({ seconds => 60 }, program(), 'scan', '-c', "$folder/conf", '-C', "$folder/own.cf", '-o',
		'policy_exceptions=', '-o', "$key=reject Ask at the desk.", "$folder/mail");
	like($text, qr/^  \w+: Ask at the desk\.$/m, "$key = reject with a text");
}

# A bound: once put off, then as attachment_uncheckable says.
my %few = (archive_members_limit => 2);
my $limited = $mails{attachment_limit};
is(action($limited, '', %few, options => ['--again']), 'reject', 'the second time it is refused');
is(action($limited, '', %few, attachment_uncheckable => 'tag', options => ['--again']), 'tag',
	'or what attachment_uncheckable says');
is(action($limited, '', %few, attachment_uncheckable => 'tag'), 'tempfail', 'but not the first time');
is_deeply(verdict($limited, '', %few)->{findings}, ['UNCHECKED'], 'with the finding');
is(action($limited, 'uncheckable sender=@a.example tag', %few, options => ['--again', '--from', 'x@a.example']), 'reject',
	'a pattern with @ stands for a whole address');
is(action($limited, 'uncheckable sender=a.example tag', %few, options => ['--again', '--from', 'x@a.example']), 'tag',
	'exceptions of that class hold then');
my $both = virus_mail() =~ s/\n(--part-\d+)--\n/\n$1\nContent-Type: application\/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n@{[
	MIME::Base64::encode_base64(slurp("$folder\/clean.zip"))]}\n$1--\n/r;
is(action($both, '', %few), 'reject', 'what is refused anyway is not put off');

# Senders.
my $program = $mails{attachment_banned};
for my $case (['ann@a.example', 1], ['ann@A.EXAMPLE', 1], ['ann@b.example', 0], ['ann@sub.a.example', 0],
	['', 0], ['a.example', 0]) {
	my ($sender, $fits) = @$case;
	is(action($program, 'banned sender=a.example tag', from($sender)), $fits ? 'tag' : 'reject',
		"sender <$sender>" . ($fits ? '' : ': no exception'));
}
is(action($program, 'banned sender=*.a.example tag', from('ann@sub.a.example')), 'tag', 'a pattern for a domain');
is(action($program, 'banned sender=ann@* tag', from('ann@b.example')), 'tag', 'one for an address');
is(action($program, 'banned sender=<> tag', from('')), 'tag', 'the null sender');
is(action($program, 'banned sender=<> tag', from('ann@b.example')), 'reject', 'which no other is');
is(action($program, 'banned sender=b.example sender=a.example tag', from('ann@a.example')), 'tag', 'one of several');
is(action($program, 'banned sender=a.example rule=NONE tag', from('ann@a.example')), 'reject', 'all kinds are needed');

# Several recipients: each is looked at, the strictest wins.
my $mild = 'banned recipient=a.example tag';
is(action($program, $mild, to('john@a.example')), 'tag', 'one recipient');
is(action($program, $mild, to('john@a.example', 'ann@a.example')), 'tag', 'all are excepted');
is(action($program, $mild, to('john@a.example', 'ann@b.example')), 'reject', 'one is not');
is(action($program, $mild), 'reject', 'no recipient is none of them');
is(action($program, "$mild\nbanned recipient=b.example quarantine", to('john@a.example', 'ann@b.example')), 'quarantine',
	'each by a line of its own: the stricter one');
my $strict = 'encrypted recipient=kids@a.example reject Not for kids';
is(action($mails{attachment_encrypted}, $strict, to('kids@a.example', 'ann@a.example')), 'reject',
	'a stricter exception needs one recipient');
is(action($mails{attachment_encrypted}, $strict, to('ann@a.example')), 'tag', 'and does not hold for others');
is(action($program, "banned recipient=a.example quarantine\nbanned tag", to('ann@a.example')), 'quarantine',
	'the first line that fits counts');

# Rules by name.
my $report = attachment_mail('list.bin', 'text');
is(action($report), 'quarantine', 'as the rule says');
is(action($report, 'banned rule=LOCAL_* accept'), 'accept', 'an exception from the rule');
is(verdict($report, 'banned rule=LOCAL_* accept')->{attachments}[0]{rule}, 'LOCAL_REPORT', 'which is told all the same');
is(action(attachment_mail('list.exe', 'MZ'), 'banned rule=LOCAL_* accept'), 'reject', 'other rules hold');
is(action(attachment_mail('x.bin', 'text'), '', attachment_banned => 'reject'), 'accept', 'a rule without an action bans nothing');

# Signatures by name.
my %head = (virus_database => "$folder/head.ndb");
is(action(virus_mail(), 'virus signature=mild.* tag', %head), 'tag', 'an exception by signature');
is(verdict(virus_mail(), 'virus signature=mild.* tag', %head)->{virus}, 'Mild.Head.UNOFFICIAL', 'which is told');
is(action(virus_mail(), 'virus signature=other.* tag', %head), 'reject', 'one for another');
my $found = verdict(virus_mail(), 'virus signature=Mild.* tag');
is($found->{action}, 'reject', 'another signature that fits the same file counts');
is($found->{virus}, 'Hard.Tail.UNOFFICIAL', 'and is the one that is told');
$found = verdict(virus_mail(), "virus signature=Hard.* tag\nvirus signature=Mild.* discard");
is($found->{action}, 'discard', 'the strictest of several');
my $two = clean_mail() =~ s/Hello John,/$head/r . $tail . "\n";
is(action($two, 'virus signature=Mild.* tag'), 'reject', 'nor is the rest of the mail left unscanned');

# Mistakes, with file and line.
sub lint {
	my ($text) = @_;
	spew("$folder/conf", "stages = attachment\nrules = $folder/own.cf\n$text");
	my ($status, $output) = run({ seconds => 60 }, program(), 'lint', '-q', '-c', "$folder/conf");
	return "$status " . $output =~ s/\Q$folder\E/F/gr;
}
my $lines = "policy_exceptions =\n  virus tag\n# no\n\n  ";
like(lint("${lines}spam tag\n"), qr/^1 F\/conf:7: error: policy_exceptions: expected virus, banned.*, found "spam"$/m,
	'an unknown class');
like(lint("${lines}virus rule=x tag\n"), qr/^1 F\/conf:7: error: .*no such condition for this class: "rule=x"$/m,
	'a condition of another class');
like(lint("${lines}virus sender= tag\n"), qr/conf:7: error: .*"sender="$/m, 'an empty one');
like(lint("${lines}virus\n"), qr/conf:7: error: .*expected an action, found ""$/m, 'no action');
like(lint("${lines}virus tagg\n"), qr/conf:7: error: .*expected an action, found "tagg"$/m, 'an unknown action');
like(lint("${lines}virus tag it\n"), qr/conf:7: error: .*no reply for the text "it"$/m, 'a text that nobody sees');
like(lint("virus_action = tag it\n"), qr/conf:3: error: virus_action = tag it: only reject and tempfail/, 'so in the settings');
like(lint("virus_action = drop\n"), qr/conf:3: error: virus_action = drop: expected one of: tag/, 'no such action');
like(lint("$lines\n"), qr/^0 /, 'no mistake');

done_testing;
