#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# SpamAssassin and `ispfilter scan` over the same 100 mails: what both say must
# agree as far as it did when these bars were measured. They are only ever
# raised. `make check-parity` does it over the whole corpus.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Parity qw(parity_cannot parity_files parity_compare
    parity_percent parity_report);
use Ispfilter::Tools qw(folder top);

plan skip_all => parity_cannot() if parity_cannot();
my $folder = folder('parity');
my @files = parity_files($folder, $ENV{ISPFILTER_PARITY_MAILS} // 100);
my $with_corpus = grep { !/^\Q$folder\E/ } @files;
diag('without the public corpus (t/fetch-corpus): only mails of our own')
    unless $with_corpus;

# Percent of hits, of scores, of verdicts.
my %bars = (hits => 99.9, score => 99, verdict => 99.9);
my $sum = parity_compare(folder => $folder, files => \@files);
is($sum->{mails}, scalar @files, 'both answered for every mail');
is(scalar @{ $sum->{unanswered} // [] }, 0, 'none is left over');
for my $what (sort keys %bars) {
	my $bar = $ENV{"ISPFILTER_PARITY_\U$what"} // $bars{$what};
	my $got = $what eq 'hits' ? parity_percent($sum)
	    : 100 * $sum->{$what} / ($sum->{mails} || 1);
	cmp_ok($got, '>=', $bar, sprintf '%s agree in %.2f %%', $what, $got);
}
note(parity_report($sum, 40));
done_testing;
