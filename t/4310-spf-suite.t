#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# SPF by the test suite for RFC 7208, and the records that crash libspf2, where
# they are there: ../shared/hostile/spf.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Tools qw(folder run slurp spew top);

chdir top();
my $shared = '../shared/hostile/spf';
my $program = 'build/t/4300-spf';
my $folder = folder('spf');
plan skip_all => "$program is not built" unless -x $program;

subtest 'RFC 7208' => sub {
	my $suite = "$shared/rfc7208-tests.yml";
	plan skip_all => "$suite is not there" unless -e $suite;
	plan skip_all => 'python3-yaml is not installed'
	    if (run('python3', '-c', 'import yaml'))[0];
	my ($status, $cases) = run('python3', 't/lib/spf-suite.py', $suite);
	is($status, 0, 'the suite is read') or diag($cases);
	spew("$folder/cases", $cases);
	my $count = () = $cases =~ /^case /mg;
	my ($failed, $output) = run($program, "$folder/cases");
	my @wrong = $output =~ /^(not ok .*(?:\n#.*)*)/mg;
	is($count, 203, 'it has 203 cases');
	is($failed, 0, 'all come out as it says') or diag(join "\n", @wrong);
};

# Each line of such a file is what the DNS might say of some name.
sub zone_of
{
	my ($file) = @_;
	my ($n, $zone) = (0, '');
	for my $line (split /\n/, slurp($file)) {
		my $text = $line =~ s/([^ -~]|["\\])/sprintf '\x%02x', ord $1/ger;
		my @names = ("c$n.test", $line =~ /exp=([a-z.]+)/g);
		$zone .= "$_ TXT \"$text\"\n" for @names;
		$n++;
	}
	return $zone . join '', map {
		"case c$_ 192.0.2.1 helo.test strong-bad\@c$_.test "
		    . "none,neutral,pass,fail,softfail,permerror,temperror\n"
	} 0 .. $n - 1;
}

subtest 'records that crash libspf2' => sub {
	my @files = glob "$shared/libspf2-crashers/*";
	plan skip_all => "$shared/libspf2-crashers is not there" unless @files;
	for my $file (@files) {
		spew("$folder/crash", "zone crash\n" . zone_of($file));
		my ($status, $output) = run($program, "$folder/crash");
		is($status, 0, "$file is harmless") or diag($output);
	}
};

done_testing;
