#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# ispfilter masscheck: what it counts, and that no message can stop it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use Test::More;
use Ispfilter::Tools qw(folder program run slurp spew start_process top wait_until);

chdir top();
my $folder = folder();
my $rules = spew("$folder/rules.cf", <<'RULES');
body     PILLS   /\bpills\b/
describe PILLS   Sells pills
score    PILLS   3
body     CHEAP   /\bcheap\b/
describe CHEAP   Sells cheaply
score    CHEAP   2.5
body     __HELLO /\bhello\b/
meta     NEVER   (PILLS && !PILLS)
score    NEVER   1
RULES
my @masscheck = (program(), 'masscheck', '-C', $rules, '-o', 'stages=spam');

sub mail
{
	my ($text) = @_;
	return "From: a\@b.example\nTo: c\@d.example\nSubject: x\n\n$text\n";
}

my $from = "From a\@b.example Thu Aug 22 12:36:23 2002\n";
spew("$folder/spam/" . $_, mail("cheap pills $_")) for 1 .. 12;
spew("$folder/spam/mixed", mail('pills, hello'));
spew("$folder/ham.mbox", join "\n", map { $from . mail("hello $_") } 1 .. 9);
spew("$folder/ham/wrong", mail('pills and cheap things'));
my @mail = ('--spam', "$folder/spam", '--ham', "$folder/ham.mbox", '--ham', "$folder/ham");

my ($status, $output) = run(@masscheck, @mail);
is($status, 0, 'all is checked') or diag($output);
like($output, qr/^100\.000 +10\.000 +0\.909 +3\.000  PILLS$/m, 'share of spam and ham, S/O, score');
like($output, qr/^ 92\.308 +10\.000 +0\.902 +2\.500  CHEAP$/m, 'of each rule that hit');
like($output, qr/^2 rules hit, 1 more did not$/m, 'those that did not are counted');
like($output, qr/^  92\.9%  PILLS CHEAP$/m, 'rules that hit together');
like($output, qr/^23 messages in .* spam from 5\.0 points on$/m, 'an mbox counts as its messages');
like($output, qr/^spam found: +12 of 13  92\.31%$/m, 'spam found');
like($output, qr/^false positives: 1 of 10  10\.00%$/m, 'false positives');
unlike($output, qr/__HELLO|\r/, 'no rules without a score, and no bar into a file');

($status, $output) = run(@masscheck, @mail, '--show-errors', '--subrules');
like($output, qr/^false positives:\n   5\.500  \Q$folder\E\/ham\/wrong\n +CHEAP PILLS\n/m,
	'a false positive is named, and the rules');
like($output, qr/^false negatives:\n   3\.000  \Q$folder\E\/spam\/mixed\n/m, 'so is a false negative');
like($output, qr/^  7\.692 +90\.000 .* __HELLO$/m, 'rules without a score, if asked for');

my $other = spew("$folder/other.cf", "score PILLS 6\nscore CHEAP -4\n");
($status, $output) = run(@masscheck, @mail, '--compare', $other);
is($status, 0, 'other rules are compared');
like($output, qr/^   3\.000 -> 6\.000  spam: \Q$folder\E\/spam\/mixed$/m, 'a mail that becomes spam');
like($output, qr/^   5\.500 -> 2\.000  ham: \Q$folder\E\/ham\/wrong$/m, 'one that is spam no more');
like($output, qr/^spam: 1 now called spam, 12 no more\nham: 0 now called spam, 1 no more$/m, 'and their number');

($status, $output) = run(@masscheck, @mail, '--format', 'json', '--jobs', 3);
my $json = decode_json($output);
my ($totals, $messages) = @$json{qw(totals messages)};
is_deeply([@$totals{qw(spam ham spam_found false_positives unchecked processes)}], [13, 10, 12, 1, 0, 3],
	'JSON: totals');
my ($third) = grep { $_->{file} eq "$folder/ham.mbox:3" } @$messages;
is_deeply($third, { file => "$folder/ham.mbox:3", class => 'ham', spam => JSON::PP::false, score => 0,
	tests => [], error => undef }, 'JSON: a message');
is_deeply($json->{together}, [{ first => 'PILLS', second => 'CHEAP', both => 13, either => 14 }], 'JSON: pairs');
is_deeply([map { "$_->{name} $_->{spam} $_->{ham}" } @{ $json->{rules} }], ['PILLS 13 1', 'CHEAP 12 1'],
	'JSON: rules');

my @halves = map { decode_json((run(@masscheck, @mail, '-f', 'json', '--part', "$_/2"))[1]) } 1, 2;
is_deeply([map { scalar @{ $_->{messages} } } @halves], [7 + 5, 6 + 5], '--part: halves');
my %seen;
$seen{ $_->{file} }++ for map { @{ $_->{messages} } } @halves;
is(scalar keys %seen, 23, 'that have nothing in common');
($status, $output) = run(@masscheck, @mail, '--only', '1*');
like($output, qr/^spam found: +4 of 4 /m, '--only: names of files');
like($output, qr/of 0  0\.00%$/m, 'without ham nothing is divided by nothing');

is((run(@masscheck))[0], 64, 'no mail: 64');
is((run(@masscheck, @mail, 'more'))[0], 64, 'an operand: 64');
is((run(@masscheck, @mail, '--part', $_))[0], 64, "--part $_: 64") for qw(0/2 3/2 2 1/x);
is((run(@masscheck, @mail, '--jobs', 0))[0], 64, '--jobs 0: 64');
is((run(@masscheck, @mail, '-f', 'xml'))[0], 64, '-f xml: 64');
is((run(@masscheck, @mail, '-o', 'nonsense=1'))[0], 64, 'an unknown setting: 64');
is((run(@masscheck, @mail, '--compare', "$folder/missing"))[0], 78, 'no such rule file: 78');
($status, $output) = run(@masscheck, @mail, '--ham', "$folder/missing");
is($status, 65, 'a folder that is not there: 65');
like($output, qr/missing: No such file.*^spam found: +12 of 13/ms, 'and the others are checked');

# A process that dies costs the message in its hands, and that is named.
spew("$folder/many.mbox", join "\n", map { $from . mail("cheap pills $_ " . 'and more ' x 500) } 1 .. 4000);
my $log = "$folder/died.json";
my $pid = start_process($log, @masscheck, '--spam', "$folder/many.mbox", '-j', 1, '-f', 'json');
my $worker = wait_until { slurp("/proc/$pid/task/$pid/children") =~ /^(\d+) $/ && $1 };
ok($worker, 'there is one process at work');
kill 'KILL', $worker;
waitpid $pid, 0;
is($? >> 8, 75, 'it dies: 75');
my ($errors, $text) = (slurp($log) =~ /\A(.*?)^(\{"totals".*)\z/ms);
$json = decode_json($text);
is($json->{totals}{unchecked}, 1, 'a message is not checked');
is($json->{totals}{spam}, 3999, 'all others are');
my ($lost) = grep { $_->{error} } @{ $json->{messages} };
like($lost->{file} . ': ' . $lost->{error}, qr/^\Q$folder\E\/many.mbox:\d+: the worker died of it: signal 9 \(Killed\)$/,
	'it is named');
($status, $output) = run(@masscheck, '--spam', "$folder/many.mbox");
like($output, qr/^spam found: +4000 of 4000 /m, 'it was not to blame');
done_testing;
