#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Processes die and hang under the daemon: the mail in their hands is put off,
# no other one notices, and all is well again soon afterwards.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time sleep);
use Ispfilter::Daemon;
use Ispfilter::Milter;
use Ispfilter::Tools qw(folder wait_until);

my $folder = folder('faults');
my $path = "$folder/run/s.sock";
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => {
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	stages => '', inspectors => 2, scratch_directory => "$folder/scratch",
	inspect_time_limit => '2s', inspect_queue_time => '1500ms',
	stop_time_limit => '3s', socket_group => '',
	inspector_memory_limit => '16M', header_count_limit => 10000000,
	header_size_limit => '1G',
});
$daemon->start;

sub milter
{
	my $milter = Ispfilter::Milter->new(path => $path);
	$milter->connect;
	return $milter;
}

# A mail whose end has been sent; its answer is still to come.
sub mail_in_hand
{
	my ($id) = @_;
	my $milter = milter();
	$milter->mail('a@example.net');
	$milter->rcpt('b@example.org', $id);
	$milter->content(queue_id => $id);
	return $milter;
}

sub has_inspectors
{
	my ($wanted) = @_;
	return wait_until { my @now = $daemon->inspectors; @now == $wanted };
}

sub is_whole
{
	my ($inspectors) = @_;
	ok has_inspectors($inspectors),
	    "there are $inspectors inspectors again";
	is milter()->mail_one(queue_id => 'WELL')->{reply}, 'c',
	    'and mail passes';
}

ok has_inspectors(2), 'two inspectors';
is milter()->mail_one->{reply}, 'c', 'mail passes';

subtest 'idle inspectors are killed' => sub {
	my @before = $daemon->inspectors;
	kill 'KILL', @before;
	is milter()->mail_one->{reply}, 'c', 'the next mail does not notice';
	is_whole(2);
	my %old = map { $_ => 1 } @before;
	ok !(grep { $old{$_} } $daemon->inspectors), 'they are new ones';
};

subtest 'an inspector is killed before it reads its mail' => sub {
	sleep 1.1;
	my @pids = $daemon->inspectors;
	kill 'STOP', @pids;
	my @mails = map { mail_in_hand("UNREAD$_") } 1 .. 2;
	sleep 0.3;
	kill 'KILL', @pids;
	is $_->answer->{reply}, 'c', 'another one gets it' for @mails;
	is_whole(2);
};

# Header fields of a part enough to need more memory than an inspector may have.
my @poison = (header => [['From', ' a@example.net'],
	['Content-Type', ' multipart/mixed; boundary=b']],
	body => ["--b\r\n", ("a:b\r\n" x 12000) x 50]);

subtest 'a mail kills its inspector' => sub {
	my $before = $daemon->deaths;
	my $milter = milter();
	like $milter->mail_one(queue_id => 'POISON', @poison)->{reply},
	    qr/^y 451 4\.3\.0 .*POISON/, 'it is put off';
	is $milter->mail_one->{reply}, 'c', 'the next one is not';
	is_whole(2);
	is $daemon->deaths - $before, 1, 'only one inspector was lost';
	ok $daemon->wait_log('POISON: action=tempfail by=daemon .*died'),
	    'the log says why';
	my @replies = map { milter()->mail_one(@$_)->{reply} }
	    ([@poison], [], [@poison], []);
	like "@replies", qr/^y 451 .* c y 451 .* c$/, 'and so on';
	is_whole(2);
};

subtest 'an inspector hangs' => sub {
	my $before = $daemon->deaths;
	my ($first, $second) = $daemon->inspectors;
	kill 'STOP', $first, $second;
	my $hung = mail_in_hand('HUNG');
	sleep 0.2;
	# One of the two has the mail; the other one may go on.
	my $began = time;
	my $answer = $hung->answer;
	like $answer->{reply}, qr/^y 451 4\.3\.0 /, 'its mail is put off';
	cmp_ok time - $began, '<', 4, 'at the time limit';
	kill 'CONT', $first, $second;
	is_whole(2);
	my @lost;
	ok wait_until(sub { (@lost = $daemon->deaths) > $before }),
	    'an inspector was ended';
	is @lost - $before, 1, 'only one';
	like $lost[-1], qr/inspector (?:$first|$second) /, 'that which hung';
};

subtest 'one hangs, others work' => sub {
	my ($first, $second) = $daemon->inspectors;
	kill 'STOP', $first, $second;
	my $hung = mail_in_hand('HANG2');
	sleep 0.2;
	my $other = mail_in_hand('OTHER');
	sleep 0.2;
	# Both are busy and stopped: the third one waits, and is put off.
	my $third = mail_in_hand('THIRD');
	like $third->answer->{reply}, qr/^y 451 4\.3\.2 /,
	    'without a free inspector a mail is put off';
	kill 'CONT', $first, $second;
	$_->answer for $hung, $other;
	is_whole(2);
};

subtest 'the nursery is killed' => sub {
	my ($nursery) = $daemon->nurseries;
	my @old = $daemon->inspectors;
	kill 'KILL', $nursery;
	ok wait_until(sub { !grep { kill 0, $_ } @old }, 5),
	    'its inspectors go with it';
	my $milter = milter();
	my $reply = $milter->mail_one->{reply};
	like $reply, qr/^(?:c$|y 451 4\.3\.2 )/, 'mail waits or is put off';
	ok $daemon->wait_log('a new nursery is ready'), 'a new one comes';
	is_whole(2);
	is $milter->mail_one->{reply}, 'c', 'old sessions go on';
};

subtest 'the nursery hangs' => sub {
	my ($nursery) = $daemon->nurseries;
	kill 'STOP', $nursery;
	is milter()->mail_one->{reply}, 'c', 'mail does not need it';
	kill 'CONT', $nursery;
};

subtest 'a stop waits for mail in hand' => sub {
	my @pids = $daemon->inspectors;
	kill 'STOP', @pids;
	my $slow = mail_in_hand('SLOW');
	my $idle = milter();
	my $half = milter();
	$half->mail('a@example.net');
	sleep 0.2;
	kill 'TERM', $daemon->pid;
	ok $daemon->wait_log('stopping; 2 mails'), 'the stop has begun';
	like $idle->mail_one->{reply}, qr/^y 421 4\.3\.2 /,
	    'new mail is put off';
	kill 'CONT', @pids;
	is $slow->answer->{reply}, 'c', 'the mail in hand is judged';
	$half->rcpt('b@example.org', 'HALF');
	$half->content(queue_id => 'HALF');
	is $half->answer->{reply}, 'c', 'so is one that had begun';
	my $pid = $daemon->pid;
	ok wait_until(sub { waitpid($pid, 1) == $pid }, 5), 'then it ends';
	is $?, 0, 'well';
	delete $daemon->{pid};
	is_deeply [grep { kill 0, $_ } @pids], [], 'without its inspectors';
};

is_deeply [$daemon->unexpected(qr/inspector \d+ (?:died|ended|needed)|POISON|out.of.memory|failed to allocate|Q1|HUNG|HANG2|OTHER|THIRD|nursery|no inspector/)],
    [], 'nothing else in the log';
done_testing();
