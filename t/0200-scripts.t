#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Every script of the tree is one that its interpreter understands, and can be
# run as it stands.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Tools qw(run slurp top);

chdir top();
my @scripts = grep { -f } glob('contrib/* t/* t/bench/* t/lib/Ispfilter/*.pm .ci/*');
for my $file (@scripts) {
	my ($line) = (slurp($file) // '') =~ /\A#!(.*)/;
	my $is_module = $file =~ /\.pm\z/;
	next unless defined $line || $is_module;
	ok(-x $file, "$file can be run")
	    unless $is_module || $file =~ /\.t\z/;
	my $is_perl = $is_module || $line =~ /perl/;
	my (undef, $output) = run($is_perl ? ('perl', '-It/lib', '-wc')
		: ('sh', '-n'), $file);
	is($output, $is_perl ? "$file syntax OK\n" : '', "$file is sound");
}

my %seen;
my ($status, $names) = run('contrib/packages');
is($status, 0, 'contrib/packages lists the packages');
is_deeply([grep { $seen{$_}++ } split ' ', $names], [],
	'each package is named once');
is((run('contrib/packages', 'nonsense'))[0], 64,
	'an unknown group is an error');
done_testing;
