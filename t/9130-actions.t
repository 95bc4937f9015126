#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What a verdict can mean, seen through a real Postfix: hold, discard, refuse,
# a tag in the Subject, a scanner that cannot tell.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Mail qw(clean_mail spam_mail virus_mail attachment_mail);
use Ispfilter::Maildir qw(maildir_mails header);
use Ispfilter::System;
use Ispfilter::Tables qw(sqlite_tables);
use Ispfilter::Tools qw(folder spew wait_until);

plan skip_all => Ispfilter::System->cannot if Ispfilter::System->cannot;

my $folder = folder('9130');
my $count = 0;

# A mail system with these settings.
sub with_settings {
	my (%conf) = @_;
	my $number = ++$count;
	my $system = Ispfilter::System->new(folder => "$folder/$number", chroot => 1,
		conf => \%conf, tables => sub { return sqlite_tables("$_[0]{folder}/tables") });
	$system->start;
	return $system;
}

sub mails {
	my ($system, $name) = @_;
	$system->wait_empty;
	return maildir_mails($system->maildir('john@example.org') . ($name // ''));
}

my $system = with_settings(virus_action => 'quarantine', subject_tag => '[SPAM]', reject_score => 5000);
my $got = $system->send(to => 'john@example.org', message => virus_mail());
like($got->{data}, qr/^250/, 'quarantine: the mail is taken');
like($system->{postfix}->queue_listing, qr/^[0-9A-Z]+!/m, 'and lies in the hold queue');
is(scalar(maildir_mails($system->maildir('john@example.org'))), 0, 'not in the Maildir');
like($system->{daemon}->log, qr/action=quarantine by=virus .*virus=\S*Eicar\S* virus-in=2 /, 'the log says why');

$got = $system->send(to => 'john@example.org', message => spam_mail());
like($got->{data}, qr/^250/, 'spam below reject_score is taken');
ok((wait_until { scalar maildir_mails($system->maildir('john@example.org') . '/.Junk') }), 'into Junk');
my ($mail) = maildir_mails($system->maildir('john@example.org') . '/.Junk');
is((header($mail, 'Subject'))[0], '[SPAM] You have won', 'with its Subject tagged');
$system->stop;

spew("$folder/rules/subject.cf", <<'END');
rewrite_header Subject [SPAM _SCORE_ übel]
header FROM From =~ /./
score  FROM 0.1
subjprefix FROM [_HEADER(From:addr)_]
body   GTUBE /XJS\*C4JDBQADN1/
score  GTUBE 1000
END
$system = with_settings(rules => "$folder/rules", stages => 'recipients spam');
$system->send(to => 'john@example.org', message => clean_mail());
($mail) = mails($system);
like((header($mail, 'Subject'))[0], qr{^\[ada\@sender\.example\] Lunch}, 'subjprefix of a rule file changes the Subject of any mail');
$system->send(to => 'john@example.org', message => spam_mail());
($mail) = mails($system, '/.Junk');
is((header($mail, 'Subject'))[0] =~ s/\n\s+/ /r, '[SPAM 1000.1 =?UTF-8?Q?=C3=BCbel]?= [ada@sender.example] You have won',
	'rewrite_header that of spam, encoded where it must be');
$system->stop;

$system = with_settings(virus_action => 'discard', reject_score => 100);
$got = $system->send(to => 'john@example.org', message => virus_mail());
like($got->{data}, qr/^250/, 'discard: the sender hears that it is taken');
is(scalar(mails($system)), 0, 'and nothing arrives');
$got = $system->send(to => 'john@example.org', message => spam_mail());
like($got->{data}, qr/^554 5\.7\.1 The mail looks like spam/, 'spam above reject_score is refused');
like($got->{data}, qr/\([0-9A-Za-z]+\)$/, 'with the queue id');
$system->stop;

$system = with_settings(virus_database => "$folder/nothing.ndb");
$got = $system->send(to => 'john@example.org', message => clean_mail());
like($got->{data}, qr/^451 4\.3\.0 /, 'no signatures: the sender tries again later');
is(scalar(mails($system)), 0, 'and nothing arrives');
like($system->{daemon}->log, qr/action=tempfail by=virus .*virus=\? .*error="virus: /, 'the log says why');
$system->stop;

$system = with_settings(virus_database => "$folder/nothing.ndb", virus_on_error => 'accept');
$got = $system->send(to => 'john@example.org', message => clean_mail());
like($got->{data}, qr/^250/, 'virus_on_error = accept: it is taken');
is(scalar(mails($system)), 1, 'and arrives');
like($system->{daemon}->log, qr/findings=UNCHECKED/, 'marked in the log');
$system->stop;

# A mail to several recipients is one decision: each is looked at, the strictest
# wins.
$system = with_settings(policy_exceptions => "\n\tbanned recipient=john\@example.org tag\n\tvirus sender=lab.example accept");
my $program = attachment_mail('tool.exe', "no program but for its name\n");
$got = $system->send(to => 'john@example.org', message => $program);
like($got->{data}, qr/^250/, 'policy_exceptions: the one who may have it gets it');
is(scalar(mails($system)), 1, 'it is in the Maildir');
like($system->{daemon}->log, qr/action=tag by=attachment .*attachment=tool\.exe/, 'and in the log');
$got = $system->send(to => ['john@example.org', 'steve@example.org'], message => $program);
like($got->{data}, qr/^554 5\.7\.1 The attachment tool\.exe/, 'with somebody else among the recipients it is refused');
is(scalar(mails($system)), 1, 'and nobody gets it');
$got = $system->send(to => ['john@example.org', 'steve@example.org'], message => virus_mail(), from => 'ann@lab.example');
like($got->{data}, qr/^250/, 'an exception for a sender');
is(scalar(mails($system)), 2, 'for all recipients');
$system->stop;

done_testing;
