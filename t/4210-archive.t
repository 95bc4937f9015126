#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Members of archives: every kind shows its names, sizes and true types to the
# rules and its bytes to the scanner; what is encrypted, damaged or beyond a
# bound is never "clean"; and what is made to exhaust ends soon.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Digest::SHA qw(sha256_hex);
use JSON::PP qw(decode_json);
use MIME::Base64 qw(encode_base64);
use Test::More;
use Ispfilter::Daemon;
use Ispfilter::Mail qw(attachment_mail);
use Ispfilter::Milter;
use Ispfilter::Tools qw(folder program rules run slurp spew top);

chdir top();
my $folder = folder();
my $samples = "$folder/samples";
mkdir $samples;
my ($made, $said) = run({ seconds => 60 }, 't/lib/archive-samples', $samples);
is($made, 0, 'the samples are made') or BAIL_OUT($said);

# The verdict on a mail that carries the file; rules as shipped, or @rules.
our @rules;
sub verdict {
	my ($file, %settings) = @_;
	my ($name) = $file =~ m{([^/]+)$};
	my $path = $file =~ m{/} ? $file : "$samples/$file";
	%settings = (stages => 'attachment', %settings);
	spew("$folder/mail", attachment_mail($name, slurp($path)));
	my (undef, $output) = run({ seconds => 60 }, program(), 'scan', '-L',
		(map { ('-C', $_) } @rules ? @rules : 'rules/10_attachments.cf'), '-f', 'json',
		(map { ('-o', "$_=$settings{$_}") } sort keys %settings), "$folder/mail");
	my ($line) = $output =~ /^(\{.*\})$/m;
	return defined $line ? decode_json($line) : { broken => $output };
}

sub paths {
	my ($verdict) = @_;
	return map { $_->{path} } @{$verdict->{attachments}};
}

sub has_path {
	my ($file, $path, $what) = @_;
	my $verdict = verdict($file);
	ok((grep { $_ eq $path } paths($verdict)), $what // "$file shows $path")
	    or diag(explain($verdict));
	return $verdict;
}

# Every kind, and a name that the shipped rules refuse.
my $text = "a text that nobody minds\n";
for my $kind (qw(zip stored.zip bzip2.zip lzma.zip tar pax.tar tar.gz tar.bz2 tar.xz tar.zst rar rar5 7z cpio cpio.gz)) {
	my $verdict = has_path("docs.$kind", "docs.$kind/docs/b.exe");
	is($verdict->{action}, 'reject', 'and it is refused');
	is_deeply($verdict->{findings}, [], 'and nothing is missed');
	my ($member) = grep { $_->{name} eq 'b.exe' } @{$verdict->{attachments}};
	is($member->{size}, length $text, 'with its size');
	is($member->{type}, 'text/plain', 'and its true type');
	is($member->{rule}, 'BANNED_PROGRAM_NAME', 'and the rule');
}
for my $case (['flat.ar', 'b.exe'], ['flat.iso.bin', 'B.EXE'], ['flat.cab', 'b.exe'], ['b.exe.gz', 'b.exe'],
	['b.exe.bz2', 'b.exe'], ['b.exe.xz', 'b.exe'], ['b.exe.lzma', 'b.exe'], ['noted.gz', 'b.exe'], ['b.exe.Z', 'b.exe'],
	['b.exe.zst', 'b.exe'], ['b.exe.lz', 'b.exe'], ['b.exe.lz4', 'b.exe'], ['flat.lzh', 'b.exe'], ['flat.xar', 'b.exe'],
	['link.tar', 'b.exe'], ['link.zip', 'b.exe'], ['behind.gz', 'docs/b.exe'], ['two-first.zip', 'b.exe'],
	['wrong.jpg', 'b.exe'], ['wrong.txt', 'b.exe'], ['nested.zip', 'b/inner.zip'], ['nested.zip', 'b/inner.zip/c.exe'],
	['mixed.tar.gz', 'x/inner.zip/in.tar.xz/c.exe'], ['front.jpg', 'docs/b.exe'], ['rar.jpg', 'b.exe'],
	['backslash.zip', 'docs/b.exe'], ['traversal.zip', '../../etc/b.exe'],
	['unicode.zip', "\x{fc}ber/\x{43f}\x{440}\x{438}\x{432}\x{435}\x{442}.exe"],
	['unicode.7z', "\x{fc}ber/\x{43f}.exe"], ['old-names.zip', "\x{fc}ber.exe"]) {
	my ($file, $member) = @$case;
	is(has_path($file, "$file/$member", "$file shows a member")->{action}, 'reject', 'and it is refused');
}
ok(!-e "$folder/etc", 'no name is used as a path');
is(verdict('type.zip')->{attachments}[0]{rule}, 'BANNED_PROGRAM_TYPE', 'a program by its bytes');

# Rules on paths.
spew("$folder/own.cf", "attachment LOCAL_PATH path =~ m{^nested\\.zip/b/.*\\.exe\$}\naction LOCAL_PATH discard\n");
@rules = ("$folder/own.cf");
is(verdict('nested.zip')->{action}, 'discard', 'a rule on the path');
is(verdict('docs.zip')->{action}, 'accept', 'which does not hold for others');
@rules = ();

# What everyone sends.
for my $file (qw(clean.zip a.docx a.xlsx a.odt a.epub many.zip text.txt)) {
	my $verdict = verdict($file);
	is($verdict->{action}, 'accept', "$file is accepted") or diag(explain($verdict));
	is_deeply($verdict->{findings}, [], 'and nothing is missed');
	is_deeply([grep { defined $_->{rule} } @{$verdict->{attachments}}], [], 'and no rule hits');
}
is(verdict('a.docx.zip')->{action}, 'reject', 'a document by its content alone is an archive');
is(verdict('program.docx')->{action}, 'reject', 'a program in a document');

# Behind a password.
for my $file (qw(locked.zip locked.rar locked.7z locked-names.rar locked-names.7z)) {
	my $verdict = verdict($file);
	is_deeply($verdict->{findings}, ['ENCRYPTED'], "$file is found to be encrypted") or diag(explain($verdict));
	is($verdict->{action}, 'tag', 'and tagged');
	is(verdict($file, attachment_encrypted => $_)->{action}, $_, "attachment_encrypted = $_")
	    for qw(reject accept);
}
# What is found can be scored.
spew("$folder/finding.cf", "ifplugin Mail::SpamAssassin::Plugin::Ispfilter\nheader LOCKED eval:check_finding('ENCRYPTED')\n"
	. "score LOCKED 2\nheader UNSEEN eval:check_finding('UNCHECKED')\nendif\n");
{
	local @rules = ("$folder/finding.cf");
	is_deeply([map { $_->{name} } @{verdict('locked.zip', stages => 'attachment spam')->{tests}}], ['LOCKED'],
		'a rule asks for a finding');
}
has_path($_, "$_/b.pdf") for qw(locked.zip locked.rar locked.7z);
is(verdict('locked-exe.zip')->{action}, 'reject', 'names that can be read are judged');

# Two stories: both are heard.
for my $file (qw(two-names.zip two-names-turned.zip unlisted.zip listed-only.zip in-front.zip in-comment.zip nul.zip)) {
	my $verdict = verdict($file);
	is($verdict->{action}, 'reject', "$file: the other name is seen") or diag(explain($verdict));
}

# Damaged, or of a kind that is not read: cannot tell.
for my $file (qw(cut.zip crc.zip cut.gz cut.7z cut.tar cut.rar stub.rpm stub.zst stub.lz4 stub.xz stub.cab stub.xar
	method-1.zip method-6.zip method-9.zip method-10.zip method-18.zip method-96.zip method-97.zip method-200.zip
	head.bz2 named.bz2 head.lz named.lz head.lzh head.cpio named.cpio head.Z other.wim other.arj)) {
	my $verdict = verdict($file);
	is_deeply($verdict->{findings}, ['UNCHECKED'], "$file cannot be told") or diag(explain($verdict));
	is($verdict->{action}, 'reject', 'and is refused');
	like($verdict->{error}, qr/^attachment: (?:\Q$file\E|archive)/, 'with the reason');
}
ok(!exists verdict('cut.Z')->{broken}, 'two bytes of compress do no harm');
is_deeply(verdict('other.ace')->{findings}, ['UNCHECKED'], 'an unknown kind cannot be told');
for my $action (qw(tag quarantine tempfail discard accept)) {
	my $verdict = verdict('cut.zip', attachment_uncheckable => $action);
	is($verdict->{action}, $action, "attachment_uncheckable = $action");
	is_deeply($verdict->{findings}, ['UNCHECKED'], 'and the finding stays');
}

# Every bound.
for my $case (['nested.zip', archive_depth_limit => 1, 'deeper'], ['clean.zip', archive_members_limit => 2, 'more members'],
	['docs.stored.zip', archive_expanded_limit => 1024, undef], ['a.docx', archive_members_limit => 3, 'more members'],
	['cut.zip', archive_expanded_limit => 4096, 'more bytes']) {
	my ($file, $key, $value, $why) = @$case;
	my $verdict = verdict($file, $key => $value);
	is_deeply($verdict->{findings}, defined $why ? ['UNCHECKED'] : [], "$file: $key = $value");
	next unless defined $why;
	like($verdict->{error}, qr/$why/, 'and the reason');
	is($verdict->{action}, 'tempfail', 'put off once') if $file ne 'cut.zip';
}

# What is made to exhaust, with the scanner too: soon over, little memory, never
# clean. The signature is one that does not match.
spew("$folder/none.hsb", 'a' x 64 . ":1234:Ispfilter.Test.None\n");
my %both = (stages => 'attachment virus', virus_database => "$folder/none.hsb");
for my $path (sort glob "$samples/bomb-*") {
	my ($name) = $path =~ m{([^/]+)$};
	spew("$folder/mail", attachment_mail($name, slurp($path)));
	my (undef, $output) = run({ seconds => 60 }, 'python3', '-c', <<'END', program(), 'scan', '-L', '-C', 'rules/10_attachments.cf',
import resource, subprocess, sys
subprocess.run(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print('used', used.ru_utime + used.ru_stime, used.ru_maxrss)
END
		'-f', 'json', (map { ('-o', "$_=$both{$_}") } sort keys %both), "$folder/mail");
	my ($cpu, $memory) = $output =~ /^used (\S+) (\d+)$/m;
	my ($line) = $output =~ /^(\{.*\})$/m;
	my $verdict = decode_json($line // '{}');
	# Many small texts are work and no bomb: a quick machine gets to their end
	# within archive_time_limit, and then they are clean.
	my $done = $name eq 'bomb-texts.zip' && !defined $verdict->{error};
	like($verdict->{action}, $done ? qr/^accept$/ : qr/^(tempfail|reject)$/,
		$done ? "$name is looked at to its end" : "$name is not clean")
	    or diag(substr $output, 0, 500);
	is_deeply($verdict->{findings}, $done ? [] : ['UNCHECKED'], 'and says so');
	# Debian 13's libmagic takes twice as long for a text.
	cmp_ok($cpu, '<', $done ? 15 : 5, 'CPU seconds');
	cmp_ok($memory, '<', 300 * 1024, 'kB of memory');
}

# The scanner sees members, also of archives that it cannot open itself: the
# signature fits a file of just these bytes.
spew("$folder/member.hsb", sha256_hex($text) . ':' . length($text) . ":Ispfilter.Test.Member\n");
for my $file (qw(docs.rar docs.rar5 docs.7z docs.zip docs.tar.gz docs.lzma.zip mixed.tar.gz flat.iso.bin rar.jpg
	unlisted.zip b.exe.lzma)) {
	like(verdict($file, stages => 'virus', virus_database => "$folder/member.hsb")->{virus},
		qr/^Ispfilter\.Test\.Member/, "$file: a virus in a member");
}
is(verdict('clean.zip', stages => 'virus', virus_database => "$folder/none.hsb")->{virus}, undef, 'none in a clean one');
is(verdict('cut.zip', stages => 'virus', virus_database => "$folder/none.hsb")->{action}, 'reject',
	'a damaged one is not clean for the scanner alone');
is_deeply(verdict('locked.zip', stages => 'virus', virus_database => "$folder/none.hsb")->{findings}, ['ENCRYPTED'],
	'nor is an encrypted one');

# The same in an inspector, which is locked in: nothing may be missing there.
my $socket = "$folder/run/s.sock";
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => {
	listen => "unix:$socket", user => 'nobody', log => 'stderr', stages => 'attachment virus', inspectors => 1,
	scratch_directory => "$folder/scratch", socket_group => '', rules => rules($folder) . '/10_attachments.cf',
	virus_database => "$folder/none.hsb" });
$daemon->start;
for my $case (['unicode.7z', qr/^y 554.*The attachment/], ['docs.rar5', qr/^y 554.*The attachment/],
	['flat.iso.bin', qr/^y 554/], ['docs.tar.xz', qr/^y 554/], ['docs.lzma.zip', qr/^y 554/],
	['clean.zip', qr/^c/], ['cut.zip', qr/^y 554/], ['bomb-members.zip', qr/^y 451/]) {
	my ($file, $expected) = @$case;
	my $milter = Ispfilter::Milter->new(path => $socket);
	$milter->connect;
	my $answer = $milter->mail_one(header => [['Subject', ' a file'], ['MIME-Version', ' 1.0'],
		['Content-Type', qq( application/octet-stream; name="$file")], ['Content-Transfer-Encoding', ' base64']],
		body => [(encode_base64(slurp("$samples/$file"), "\r\n")) =~ /(.{1,60000})/gs]);
	like($answer->{reply}, $expected, "$file in an inspector") or diag(explain($answer), $daemon->log);
	$milter->quit;
}
$daemon->stop;

# ClamAV's own samples, in all containers that are read here.
SKIP: {
	my $clam = '/usr/share/clamav-testfiles';
	skip 'clamav-testfiles is not installed', 1 unless -d $clam;
	for my $file (qw(clam.7z clam.bin-be.cpio clam.bin-le.cpio clam.bz2.zip clam.cab clam.exe.bz2 clam.newc.cpio
		clam.odc.cpio clam.tar.gz clam.zip)) {
		my $verdict = has_path("$clam/$file", "$file/clam.exe");
		is($verdict->{action}, 'reject', 'and it is refused');
	}
	like(verdict("$clam/clam.arj")->{error}, qr/kind that cannot be read/, 'clam.arj cannot be told');
}

done_testing;
