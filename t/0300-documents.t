#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Documents say what the program does: settings, commands, manual pages, rules.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Tools qw(slurp top);

chdir top();

my $program = $ENV{ISPFILTER} // 'build/ispfilter';

my $diff = `contrib/settings-docs --check $program 2>&1`;
is($?, 0, 'ispfilter.conf and its manual follow the option tables') or diag($diff);

for my $key (`$program config -d` =~ /^(\w+) =/mg) {
	my ($help) = `$program config -d why $key` =~ /the default\n  (\S.*\.)\n/;
	ok(defined $help, "$key is explained in a sentence");
}

# The shipped file sets nothing, and reads without a complaint.
my @changed = grep { !/^rules = \S+\/rules$/ } `$program config -n -c ispfilter.conf 2>&1`;
is_deeply(\@changed, [], 'the shipped file changes no default but where the rules are');

my $usage = `$program --help`;
my @commands = $usage =~ /^  ([a-z]+) {2,}/mg;
cmp_ok(scalar @commands, '>=', 5, 'there are commands');
my $manual = slurp('milter/ispfilter.8');
for my $command (@commands) {
	like($manual, qr/^\.It Cm \Q$command\E$/m, "ispfilter(8) describes $command");
	my $help = `$program $command --help 2>&1`;
	is($?, 0, "$command --help exits with 0");
	like($help, qr/^usage: ispfilter $command/, "$command --help says how to use it");
}

for my $page (glob 'milter/*.[1-8]') {
	my $found = `mandoc -T lint $page 2>/dev/null`;
	unlike($found, qr/: (?:WARNING|ERROR|UNSUPP)/, "$page is clean") or diag($found);
}

done_testing();
