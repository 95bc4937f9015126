#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The whole public corpus, 6,046 messages: each has its line, none is an error.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use Test::More;
use Ispfilter::Mail qw(eicar_signature);
use Ispfilter::Tools qw(folder program spew top);

chdir top();
my $corpus = $ENV{ISPFILTER_CORPUS} // 'build/corpus';
my @files = sort glob "$corpus/*/*.txt";
plan skip_all => "the public corpus is not in $corpus; t/fetch-corpus brings it" unless @files;

my $signatures = spew(folder() . '/test.ndb', eicar_signature());
open my $scan, '-|', program(), 'scan', '-L', '-f', 'json', '-C', 'rules', '-o', "virus_database=$signatures",
    glob "$corpus/*/" or die "scan: $!";
my ($lines, @errors, @undecided, %seen) = (0);
while (my $line = <$scan>) {
	my $verdict = decode_json($line);
	next unless $verdict->{file} =~ /\.txt$/;
	$lines++;
	$seen{$verdict->{file}}++;
	push @errors, "$verdict->{file}: $verdict->{error}" if defined $verdict->{error};
	push @undecided, $verdict->{file} unless defined $verdict->{spam};
}
close $scan;
is($? >> 8, 0, 'the scan ends well');
is($? & 127, 0, 'and by itself');
is($lines, scalar @files, 'each message has its line');
is(scalar keys %seen, scalar @files, 'of its own');
is_deeply(\@errors, [], 'none is an error');
is_deeply(\@undecided, [], 'each has a score');
done_testing;
