#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# ispfilter scan: what it reads, what it prints, how it ends.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use Test::More;
use Ispfilter::Mail qw(clean_mail spam_mail attachment_mail);
use Ispfilter::Tools qw(folder program run spew top);

chdir top();
my $folder = folder();
my @scan = (program(), 'scan', '-L', '-C', 'rules', '-o', 'stages=attachment spam');

sub scan { return run(@scan, @_) }

sub json {
	my ($status, $output) = scan('-f', 'json', @_);
	return ($status, map { decode_json($_) } grep { /^\{/ } split /\n/, $output);
}

spew("$folder/mails/a/clean", clean_mail());
spew("$folder/mails/b/spam", spam_mail());
spew("$folder/mails/c/empty", '');
spew("$folder/mails/d/binary", join '', map { chr(($_ * 7919) % 256) } 1 .. 5000);
spew("$folder/mails/e/headless", "no header here\n");
spew("$folder/mails/f/endless", 'X-Long: ' . 'a' x 200_000);

my ($status, @lines) = json("$folder/mails");
is($status, 0, 'a folder with all kinds of files is scanned');
is_deeply([map { $_->{file} =~ m{([^/]+)$} } @lines], [qw(clean spam empty binary headless endless)],
	'each has its line, in order');
is_deeply([map { $_->{error} } @lines], [(undef) x 6], 'none is an error');
my ($clean, $spam) = @lines;
is($clean->{action}, 'accept', 'a clean mail is accepted');
is($spam->{action}, 'tag', 'spam is tagged');
ok($spam->{spam} && !$clean->{spam}, 'and called spam');
cmp_ok($spam->{score}, '>=', 1000, 'with its score');
is($spam->{required}, 5, 'and the threshold');
my ($gtube) = grep { $_->{name} eq 'GTUBE' } @{$spam->{tests}};
is($gtube->{score}, 1000, 'and the rule');
is_deeply([sort keys %$clean], [sort qw(file action spam score required tests subtests virus virus_in attachments
	findings notes error ms stages)], 'a line has all its members');

is((scan('--exit-code', "$folder/mails/a"))[0], 0, '--exit-code: nothing found');
is((scan('--exit-code', "$folder/mails/b"))[0], 1, '--exit-code: spam found');
is((scan("$folder/missing"))[0], 65, 'a file that is not there: 65');
is((scan())[0], 64, 'no file: 64');
is((scan('--nonsense', "$folder/mails/a"))[0], 64, 'an unknown option: 64');
is((scan('-o', 'nonsense=1', "$folder/mails/a"))[0], 64, 'an unknown setting: 64');
is((scan('-f', 'xml', "$folder/mails/a"))[0], 64, 'an unknown format: 64');
is((run(program(), 'scan', '-L', '-c', "$folder/missing.conf", "$folder/mails/a"))[0], 78, 'no such settings: 78');
($status, @lines) = json("$folder/missing", "$folder/mails/a/clean");
is(scalar @lines, 2, 'a bad file does not stop the others');
like($lines[0]{error}, qr/No such file/, 'and is named in its line');

($status, my $output) = run({ stdin => spam_mail() }, @scan, '-');
like($output, qr/^-: tag, spam, score 100\d\.\d of 5\.0$/m, 'standard input, as text');
like($output, qr/^ *1000\.000  GTUBE +The test text/m, 'with the rules and what they mean');
($status, $output) = scan('-e', "$folder/mails/b/spam");
like($output, qr/body paragraph \d+: ".*GTUBE-STANDARD/, '--explain shows what matched, and where');
($status, $output) = run('sh', '-c', '"$@" 2>&1 >/dev/null', 'sh', @scan, '--profile', "$folder/mails/b/spam");
like($output, qr/^1 mails; microseconds a mail:\n\n.* stage spam\n/ms, '--profile says where the time went');
like($output, qr/^ *[\d.]+ +[\d.]+ +1 +[01]  \w+ \(/m, 'and names the rules that cost most');
($status, $output) = scan('-f', 'headers', "$folder/mails/b/spam");
like($output, qr/^X-Spam-Flag: YES$/m, 'headers: X-Spam-Flag');
like($output, qr/^X-Spam-Status: Yes, score=100\d\.\d required=5\.0 tests=/m, 'headers: X-Spam-Status');
like($output, qr/^X-Spam: Yes$/m, 'headers: X-Spam');
like($output, qr/^X-Spam-Level: \*{50,}$/m, 'headers: X-Spam-Level');
like($output, qr/^X-Spam-Checker-Version: ispfilter \d/m, 'headers: X-Spam-Checker-Version');
like($output, qr/^X-Spam-Report: /m, 'headers: X-Spam-Report');
like($output, qr/^X-Spam-Score: 100\d\.\d$/m, 'headers: X-Spam-Score');
($status, $output) = scan('-f', 'headers', "$folder/mails/a/clean");
like($output, qr/^X-Spam-Status: No, score=/m, 'headers of a clean mail');
unlike($output, qr/^X-Spam(?:-Flag|-Report)?:/m, 'without those of spam');

# Where it was built it finds the rules that came with it, whatever the folder.
{
	local $ENV{PWD} = $folder;
	my ($plain_status, $plain) = run('sh', '-c', 'cd "$1" && exec "$2" scan "$3"', 'sh', $folder, program(),
		"$folder/mails/b/spam");
	like($plain, qr/: tag, spam, score 100\d\.\d of 5\.0$/m, 'without any option');
	is($plain_status, 0, 'and without trouble');
}

# Without settings, and with a file that sets a single key.
spew("$folder/one.conf", "required_score = 2000\n");
my ($one_status, $one) = run(program(), 'scan', '-L', '-c', "$folder/one.conf", '-C', 'rules', '-f', 'json',
	"$folder/mails/b/spam");
is($one_status, 0, 'a file that sets a single key is enough');
is(decode_json($one =~ /^(\{.*\})$/m)->{action}, 'accept', 'and is obeyed');

done_testing;
