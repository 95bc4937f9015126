#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Inspectors that hang, compute without end, or are stopped from outside: their
# mails are answered within the limit and 2 s, and others' mail meanwhile as
# fast as ever. $ISPFILTER_FULL has twenty such mails, else six.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time sleep);
use Ispfilter::Beside qw(figures hostile_mails);
use Ispfilter::Daemon;
use Ispfilter::Mail qw(clean_mail eicar_signature);
use Ispfilter::Tools qw(folder rules spew top wait_until);

BEGIN { $ENV{ISPFILTER} = top() . '/build/ispfilter-rigged' }
plan skip_all => 'build/ispfilter-rigged is not built'
    unless -x $ENV{ISPFILTER};
chdir top();
my $full = $ENV{ISPFILTER_FULL};
my $at_once = $full ? 20 : 6;
my $limit = 3;
my $folder = folder('hangs');
my $path = "$folder/run/s.sock";
spew("$folder/eicar.ndb", eicar_signature());
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => {
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	stages => 'attachment virus spam', rules => rules($folder),
	virus_database => "$folder/eicar.ndb", inspectors => 4,
	inspect_time_limit => "${limit}s", inspect_queue_time => '120s',
	scratch_directory => "$folder/scratch", socket_group => '',
});
$daemon->start;
ok wait_until(sub { my @now = $daemon->inspectors; @now == 4 }),
    'there are four inspectors';
my $others = Ispfilter::Beside->new(path => $path, folder => $folder,
	mail => clean_mail());
$others->watch(1);

my $number = 0;
sub hangs_beside
{
	my ($how, $name) = @_;
	my @answers;
	$others->notice_nothing_of($name, sub {
		@answers = hostile_mails($path, 300, map { ["HANG$_",
			'198.51.100.1', clean_mail('X-Rig' => "$how\@virus",
				Subject => 'Number ' . $number++)] }
			1 .. $at_once);
	});
	is scalar(grep { $_->[1] =~ /^y 451 4\.3\.0/ } @answers), $at_once,
	    "$name: each gets 451" or diag explain \@answers;
	# Those that wait for an inspector wait for others of their kind.
	my ($first) = sort { $a <=> $b } map { $_->[2] } @answers;
	cmp_ok $first, '<', $limit + 2, 'answered within the limit and 2 s';
	note sprintf 'the first answer after %.1f s', $first;
}

hangs_beside('hang', "$at_once mails that hang");
hangs_beside('loop', "$at_once mails without end");

subtest 'an inspector is stopped from outside' => sub {
	ok wait_until(sub { my @now = $daemon->inspectors; @now == 4 }, 30),
	    'there are four inspectors';
	my @all = $daemon->inspectors;
	kill 'STOP', $all[0];
	my $beside = $others->watch($limit + 4);
	figures('one is stopped', $beside);
	my $put_off = $beside->{bad}{'y 451 4.3.0 This message cannot be '
		. 'checked now; please try again later'} // 0;
	my $bad = 0;
	$bad += $_ for values %{ $beside->{bad} };
	cmp_ok $bad, '<=', 1, 'it costs one mail at most'
	    or diag explain $beside->{bad};
	cmp_ok $beside->{worst}, '<', $limit + 2,
	    'which is answered within the limit and 2 s';
	cmp_ok $beside->{p99}, '<', 1, 'others do not wait';
	kill 'CONT', $all[0];
};
$daemon->stop;
done_testing;
