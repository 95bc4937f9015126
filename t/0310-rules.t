#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The rules that we ship are without fault, and none stays idle.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Tools qw(folder program run slurp spew top);

chdir top();
my $conf = spew(folder() . '/lint.conf', "stages = attachment spam\n");
my ($status, $output) = run(program(), 'lint', '-c', $conf, '-C', 'rules');
is($status, 0, 'lint finds no error');
like($output, qr/^0 errors, 0 warnings$/m, 'and nothing to warn of') or diag($output);
unlike($output, qr/^ +\d+ not run: /m, 'each rule runs');

my (%described, %defined);
for my $file (glob 'rules/*.cf') {
	my $text = slurp($file);
	$defined{$1} = $file
	    while $text =~ /^(?:header|body|rawbody|uri|full|meta|mimeheader|attachment)\s+(\w+)/mg;
	$described{$1} = 1 while $text =~ /^describe\s+(\w+)\s+\S/mg;
}
my @dumb = grep { !/^__/ && !$described{$_} } sort keys %defined;
is_deeply(\@dumb, [], 'each rule with a score has a description');
my $table = slurp('rules/README.md');
like($table, qr/\Q$_\E/, "rules/README.md names $_") for map { m{([^/]+)$} } glob 'rules/*.cf';
done_testing;
