#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# contrib/tune-scores: what it changes in rule files, and what it leaves.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(encode_json);
use Test::More;
use Ispfilter::Tools qw(folder run slurp spew top);

chdir top();
my $folder = folder();
my @messages;

sub messages
{
	my ($count, $class, $score, @tests) = @_;
	push @messages, { file => scalar @messages, class => $class, score => $score, tests => \@tests } for 1 .. $count;
}

messages(40, 'spam', 4.0, qw(GOOD BOUND));
messages(20, 'spam', 3.5, qw(GOOD HAND));
messages(5, 'spam', 0.5, qw(SELDOM));
messages(200, 'ham', 0);
messages(30, 'ham', 1.0, qw(BAD));
push @messages, { file => 'lost', class => 'spam', error => 'the worker died' };
my $json = encode_json({ messages => \@messages });

my $rules = <<'RULES';
body  GOOD   /good/
score GOOD   3.0
score BOUND  1.0 # at most 0.8
score HAND   0.5 # by hand
score SELDOM 0.5
score BAD    1.0
score OTHER  1.0
RULES
my $file = spew("$folder/rules.cf", $rules);
my @tune = ({ stdin => $json }, 'contrib/tune-scores');
my ($status, $output) = run(@tune, $file);
is($status, 0, 'it tunes');
like($output, qr/^3 scores from 65 spam and 230 ham: \d/m, 'scores of rules with enough hits');
my %score = $output =~ /^score (\w+) +([\d.]+)$/mg;
is(join(' ', sort keys %score), 'BAD BOUND GOOD', 'the others stay');
is($score{BOUND}, '0.8', 'a bound in a comment is kept');
is($score{BAD}, '0.1', 'what hits ham is worth the least');
cmp_ok($score{GOOD}, '<=', 2.5, 'nothing is worth more than 2.5');
is(slurp($file), $rules, 'without --write nothing is written');

is((run(@tune, '--write', $file))[0], 0, 'it writes');
like(slurp($file), qr/^score GOOD   \Q$score{GOOD}\E\nscore BOUND  0\.8 # at most 0\.8\nscore HAND   0\.5 # by hand\n/m,
	'scores into the lines, comments and columns kept');
isnt((run({ stdin => encode_json({ messages => [grep { $_->{class} eq 'ham' } @messages] }) },
	'contrib/tune-scores', $file))[0], 0, 'ham alone is not enough');
isnt((run('contrib/tune-scores'))[0], 0, 'no file: usage');
done_testing;
