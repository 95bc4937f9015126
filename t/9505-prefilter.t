#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Speed never changes a verdict: the stock rules over the whole public corpus,
# with the prefilter and without it. t/3920-prefilter does so for every 20th.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Tools qw(top);

chdir top() or die;
system 'make', '-s', 'build/t/3920-prefilter';
my $found = do {
	local $ENV{ISPFILTER_PREFILTER} = 1;
	`build/t/3920-prefilter`;
};
plan skip_all => $1 if $found =~ /# SKIP (.*)/i;
my ($mails) = $found =~ /^# (\d+) mails/m;
cmp_ok($mails, '>', 6000, 'all mails of the corpus');
like($found, qr/^ok 1 - the prefilter changes nothing, nor does waiting$/m, 'come out the same');
diag($found) if $found =~ /^not ok/m;
done_testing;
