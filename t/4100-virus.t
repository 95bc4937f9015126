#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The virus stage: found in the raw mail and in each part; and whatever goes
# wrong with signatures or a scan is never "clean".
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use MIME::Base64 qw(encode_base64);
use Test::More;
use Ispfilter::Mail qw(clean_mail virus_mail attachment_mail eicar eicar_signature);
use Ispfilter::Tools qw(folder program run spew top);

chdir top();
my $folder = folder();
spew("$folder/test.ndb", eicar_signature());
spew("$folder/none.ndb", '');
spew("$folder/broken.ndb", "this is no signature\n");
mkdir "$folder/empty";

# The verdict on one mail, with settings.
sub verdict {
	my ($mail, %settings) = @_;
	spew("$folder/mail", $mail);
	my @options = map { ('-o', "$_=$settings{$_}") } sort keys %settings;
	my (undef, $output) = run(program(), 'scan', '-L', '-C', 'rules/00_settings.cf',
		'-f', 'json', @options, "$folder/mail");
	my ($line) = $output =~ /^(\{.*\})$/m;
	return defined $line ? decode_json($line) : { broken => $output };
}

my %with = (virus_database => "$folder/test.ndb", stages => 'virus');
my $found = verdict(virus_mail(), %with);
like($found->{virus}, qr/^Ispfilter\.Test\.Eicar/, 'found in an attachment');
is($found->{virus_in}, '2', 'the part is named');
is($found->{action}, 'reject', 'and refused');
is(verdict(virus_mail(), %with, virus_action => $_)->{action}, $_, "virus_action = $_")
    for qw(discard quarantine tag);

is_deeply([@{verdict(clean_mail(), %with)}{qw(virus virus_in)}], [undef, undef], 'nothing in a clean mail');
is(verdict(clean_mail(), %with)->{action}, 'accept', 'which is accepted');
like(verdict(clean_mail() . eicar() . "\n", %with)->{virus}, qr/Eicar/, 'found in plain text');

# A base64 text within which libclamav's own reader loses the thread.
my $broken = encode_base64('x' x 57 . eicar());
$broken =~ s/(.{20})/$1!!\n/;
like(verdict(clean_mail('MIME-Version' => '1.0', 'Content-Type' => 'application/octet-stream',
	'Content-Transfer-Encoding' => 'BASE64 (really)') =~ s/\n\n.*/\n\n$broken/sr,
	%with)->{virus} // 'none', qr/Eicar|none/, 'damaged base64 does no harm');

like(verdict(clean_mail() . "\nbegin 644 report.txt\n" . pack('u', eicar()) . "`\nend\n", %with)->{virus},
	qr/Eicar/, 'found in uuencode');

# Its reader of mail would make a file for each of these lines.
$found = verdict(clean_mail() . "begin 644 x\n" x 100_000, %with);
is($found->{action}, 'accept', 'a mail of beginnings');
cmp_ok($found->{ms}, '<', 5000, "does not keep it busy ($found->{ms} ms)");
my $small = "begin 644 x\n#0V%T\n`\nend\n" x 600;
like(verdict(clean_mail() . $small . "begin 644 y\n" . pack('u', eicar()) . "`\nend\n", %with)->{virus},
	qr/Eicar/, 'a virus behind 600 uuencoded files is found');
is(verdict(attachment_mail('mail.bin', clean_mail() . $small), %with)->{action}, 'tempfail',
	'a mail in a file that nobody has read to the end is not clean');

# libclamav's own reader of mail gives up here; the parts are ours to scan.
my $arguments = join ';', map { " a$_=b" } 1 .. 400;
my $odd = clean_mail('MIME-Version' => '1.0', 'Content-Type' => "text/plain;$arguments");
is(verdict($odd, %with)->{action}, 'accept', 'too many parameters for libclamav: still scanned');
($odd = virus_mail()) =~ s/^(Content-Type: application.*)$/$1;$arguments/m;
like(verdict($odd, %with)->{virus}, qr/Eicar/, 'and a virus is found');

for my $case (['a missing database', "$folder/missing.ndb"], ['an empty file', "$folder/none.ndb"],
	['a broken file', "$folder/broken.ndb"], ['an empty folder', "$folder/empty"]) {
	my ($what, $path) = @$case;
	my $verdict = verdict(clean_mail(), %with, virus_database => $path);
	is($verdict->{action}, 'tempfail', "$what: tempfail by default");
	like($verdict->{error}, qr/^virus: /, "$what: said in words");
	$verdict = verdict(clean_mail(), %with, virus_database => $path, virus_on_error => 'accept');
	is($verdict->{action}, 'accept', "$what: virus_on_error = accept");
	is_deeply($verdict->{findings}, ['UNCHECKED'], "$what: marked UNCHECKED");
}

# A bound that is reached is not "clean".
my $verdict = verdict(attachment_mail('big.bin', 'x' x 20000), %with,
	virus_file_size_limit => 4096, virus_scan_size_limit => 4096);
is($verdict->{action}, 'tempfail', 'a file above the limit is not clean');
like($verdict->{error}, qr/not scanned to the end/, 'and the reason says so');

# A virus in one part counts, even if another could not be scanned.
my $both = virus_mail();
my $large = encode_base64('y' x 20000);
$both =~ s/\n(--part-\d+)--\n/\n$1\nContent-Type: image\/png\nContent-Transfer-Encoding: base64\n\n$large\n$1--\n/;
is(verdict($both, %with, virus_file_size_limit => 4096)->{action}, 'reject',
	'one part that cannot be scanned does not hide a virus in another');

# libclamav needs files for what it unpacks; without them it sees nothing.
{
	local $ENV{TMPDIR} = "$folder/missing";
	my $blind = verdict(virus_mail(), %with);
	like($blind->{broken}, qr/cannot make a folder/, 'without a folder for files nothing is clean');
}

done_testing;
