#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# `make install` puts everything in its place, and leaves an admin's
# configuration as it is.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Tools qw(folder run slurp spew top);

chdir top();
plan skip_all => 'there is no ispfilter.conf yet' unless -e 'ispfilter.conf';
delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};

my $root = folder('install');
my ($status, $output) = run('make', 'install', "DESTDIR=$root");
is($status, 0, 'make install succeeds') or diag($output);
for my $file ('usr/bin/ispfilter', 'etc/ispfilter/ispfilter.conf',
	'usr/lib/systemd/system/ispfilter.service',
	'usr/lib/sysusers.d/ispfilter.conf',
	'usr/lib/tmpfiles.d/ispfilter.conf',
	(map { "usr/share/ispfilter/$_" } glob 'rules/*.cf'),
	(map { "usr/share/doc/ispfilter/$_" } glob 'sql/*'),
	map { m{([^/]+\.(\d))$}; "usr/share/man/man$2/$1" }
	    glob 'milter/*.5 milter/*.8') {
	ok(-e "$root/$file", "$file is there");
}
is((run("$root/usr/bin/ispfilter", 'version'))[0], 0,
	'the installed program runs');

spew("$root/etc/ispfilter/ispfilter.conf", "# mine\n");
run('make', 'install', "DESTDIR=$root");
is(slurp("$root/etc/ispfilter/ispfilter.conf"), "# mine\n",
	"an admin's ispfilter.conf stays");
done_testing;
