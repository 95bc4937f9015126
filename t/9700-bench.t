#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# `make bench` in small: it runs, every mail is taken, and the table holds a
# figure for each contender.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Sender qw(sender_program);
use Ispfilter::MariaDB;
use Ispfilter::Postfix;
use Ispfilter::Tools qw(run top);

my $cannot = Ispfilter::Postfix->cannot || Ispfilter::MariaDB->cannot;
plan skip_all => $cannot if $cannot;
plan skip_all => 'SpamAssassin\'s rules are not installed'
    unless -d '/usr/share/spamassassin';
plan skip_all => 'make bench-programs has not been run'
    unless -x sender_program('smtp-load');

$ENV{ROUNDS} = 1;
$ENV{MAILS} = 24;
$ENV{CONTENDERS} = 'none idle ispfilter';
my ($status, $output) = run({ seconds => 300 }, top() . '/t/bench/peers');
is($status, 0, 'the bench runs') or diag $output;
my @rows = grep { /^\| / } split /\n/, $output;
is(scalar @rows, 4, 'there is a row for each contender') or diag $output;
unlike($output, qr/^round.*taken (?!24 of 24)/m, 'every mail is taken');
like($output, qr/^\| ispfilter \| \d+\.\d+ \(.*\| 1\.00 \|/m,
	'the ratio is to ispfilter');
like($output, qr/^ispfilter: ispfilter \d.*mariadbd \d/m,
	'what it asks is told apart');
done_testing;
