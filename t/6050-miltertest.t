#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The daemon, asked by miltertest.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Daemon;
use Ispfilter::Tools qw(folder run);

plan skip_all => 'miltertest is not installed' unless -x '/usr/bin/miltertest';

my $folder = folder('miltertest');
my $path = "$folder/run/s.sock";
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => {
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	stages => '', inspectors => 1, scratch_directory => "$folder/scratch",
	socket_group => '',
});
$daemon->start;
my ($status, $text) = run('timeout', 60, 'miltertest', '-D', "socket=$path",
	'-s', "$FindBin::Bin/6050-milter-test.lua");
is $status, 0, 'the script ends';
my @failed = grep { /^failed/ } split /\n/, $text;
is_deeply \@failed, [], 'nothing failed';
my $passed = () = $text =~ /^passed/mg;
is $passed, 31, 'every step passed' or diag $text;
ok $daemon->wait_log('LUA2: action=accept'), 'both mails are in the log';
is $daemon->stop, 0, 'the daemon ends well';
is_deeply [$daemon->unexpected], [], 'nothing unexpected in the log';
done_testing();
