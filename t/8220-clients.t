#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Clients of the milter that idle in their hundreds, vanish, dawdle, or bring
# more than can be inspected; and Postfix started anew in the middle of a mail.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time sleep);
use Ispfilter::Daemon;
use Ispfilter::Mail qw(clean_mail);
use Ispfilter::Milter;
use Ispfilter::System;
use Ispfilter::Tools qw(folder program rules slurp spew top wait_until);

# A descriptor for each connection.
if (!$ENV{ISPFILTER_FILES}) {
	$ENV{ISPFILTER_FILES} = 1;
	exec 'sh', '-c', 'ulimit -n 4096 2>/dev/null; exec "$@"', 'sh', $^X,
	    $0, @ARGV;
}
chdir top();
my $folder = folder('clients');
my $path = "$folder/run/s.sock";
my %conf = (
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	stages => 'spam', rules => rules($folder), inspectors => 2,
	scratch_directory => "$folder/scratch", socket_group => '',
	inspect_queue_time => '1s', stop_time_limit => '10s',
);
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => \%conf);
$daemon->start;

sub connected
{
	my (%with) = @_;
	my $milter = Ispfilter::Milter->new(path => $path, %with);
	$milter->connect;
	return $milter;
}

sub figure
{
	my ($pid, $file, $name) = @_;
	return slurp("/proc/$pid/$file") =~ /^$name:\s+(\d+)/m ? $1 : undef;
}

sub descriptors
{
	my @all = glob '/proc/' . $daemon->pid . '/fd/*';
	return scalar @all;
}

is connected()->mail_one->{reply}, 'c', 'mail passes' for 1 .. 3;

subtest 'a thousand idle connections' => sub {
	my $pid = $daemon->pid;
	my $before = figure($pid, 'smaps_rollup', 'Pss');
	my $files = descriptors();
	my @idle;
	for (1 .. 1000) {
		my $milter = eval { connected() } or last;
		push @idle, $milter;
	}
	cmp_ok scalar @idle, '>=', 500, scalar(@idle) . ' are taken';
	sleep 0.5;
	my $each = (figure($pid, 'smaps_rollup', 'Pss') - $before) / @idle;
	cmp_ok $each, '<', 32, 'each takes at most 32 kB';
	note sprintf '%.1f kB each, %d threads', $each,
	    figure($pid, 'status', 'Threads');
	my $began = time;
	is connected()->mail_one->{reply}, 'c', 'mail passes beside them';
	cmp_ok time - $began, '<', 5, 'without waiting';
	$_->mail('a@example.net'), $_->rcpt('b@example.org', 'Q') for @idle;
	sleep 0.5;
	$each = (figure($pid, 'smaps_rollup', 'Pss') - $before) / @idle;
	note sprintf '%.1f kB each with an envelope, %d threads', $each,
	    figure($pid, 'status', 'Threads');
	is connected()->mail_one->{reply}, 'c', 'mail passes';
	undef @idle;
	ok wait_until(sub { descriptors() <= $files + 5 }),
	    'their descriptors are closed when they go';
};

subtest 'clients vanish at every step' => sub {
	my $files = descriptors();
	for my $step (0 .. 7) {
		for (1 .. 5) {
			my $milter = Ispfilter::Milter->new(path => $path,
				raw => $step == 0);
			$milter->connect if $step > 1;
			$milter->mail('a@example.net') if $step > 2;
			$milter->rcpt('b@example.org', 'GONE') if $step > 3;
			$milter->data, $milter->header('Subject', ' x')
			    if $step > 4;
			$milter->body('half a mail') if $step > 5;
			$milter->end if $step > 6;
			$milter->drop;
		}
	}
	ok wait_until(sub { descriptors() <= $files + 2 }),
	    'no descriptor stays' or diag descriptors(), " $files";
	is connected()->mail_one->{reply}, 'c', 'mail passes';
};

subtest 'a client that dawdles' => sub {
	my $slow = connected();
	$slow->mail('a@example.net');
	$slow->rcpt('b@example.org', 'SLOW');
	$slow->data;
	# One packet in pieces, with others' mail in between.
	my $packet = pack('N', 1 + 11) . "LSubject\0 x\0";
	for my $byte (split //, $packet) {
		syswrite $slow->{socket}, $byte;
		is connected()->mail_one->{reply}, 'c', 'others pass' or last;
	}
	$slow->body("text\r\n");
	$slow->end;
	is $slow->answer->{reply}, 'c', 'and so does it';
};

subtest 'more mail than can be inspected' => sub {
	# Both inspectors stand still for a while, as over large mails.
	my @pids;
	for (1 .. 20) {
		@pids = $daemon->inspectors;
		kill 'STOP', @pids;
		my @busy = map { my $m = connected(); $m->mail('a@example.net');
			$m->rcpt('b@example.org', 'BUSY'); $m->content; $m } 1, 2;
		sleep 0.4;
		kill 'CONT', @pids;
		$_->answer for @busy;
	}
	# Now an inspection is known to take long; sixty come at once.
	@pids = $daemon->inspectors;
	kill 'STOP', @pids;
	my @crowd = map { my $m = connected(); $m->mail('a@example.net');
		$m->rcpt('b@example.org', 'CROWD'); $m->content; $m } 1 .. 60;
	my $began = time;
	my @times;
	sleep 0.2;
	ok $daemon->wait_log('CROWD: \d+ mails wait for \d+ inspectors', 3)
	    || $daemon->wait_log('mails wait for 2 inspectors', 3),
	    'some are told at once';
	kill 'CONT', @pids;
	my %replies;
	$replies{ $_->answer->{reply} =~ /^(c|y 451 4\.3\.2)/ ? $1 : 'bad' }++
	    for @crowd;
	cmp_ok time - $began, '<', 5, 'all have an answer soon';
	is $replies{bad}, undef, 'a verdict or 451' or diag explain \%replies;
	note join ', ', map { "$_: $replies{$_}" } sort keys %replies;
	ok wait_until(sub { connected()->mail_one->{reply} eq 'c' }, 10),
	    'then it is as before';
};

subtest 'a stop does not wait for idle sessions' => sub {
	my $idle = connected();
	my $reset = connected();
	$reset->mail('a@example.net');
	$reset->rcpt('b@example.org', 'RESET');
	$reset->abort;
	my $done = connected();
	$done->mail_one;
	sleep 0.3;
	my $began = time;
	is $daemon->stop, 0, 'the daemon stops';
	cmp_ok time - $began, '<', 5, 'at once';
	like $daemon->log, qr/stopping; 0 mails in progress/,
	    'nothing is in progress after RSET';
};

subtest 'Postfix is started anew in the middle of a mail' => sub {
	plan skip_all => Ispfilter::System->cannot if Ispfilter::System->cannot;
	my $system = Ispfilter::System->new(folder => "$folder/system",
		mailboxes => ['john@example.org'],
		conf => { stop_time_limit => '10s' })->start;
	my $smtp = $system->smtp;
	$smtp->mail('ada@sender.example');
	$smtp->rcpt('john@example.org');
	$smtp->say('DATA');
	$smtp->put("Subject: half\r\n\r\nhalf a mail\r\n");
	my $reset = $system->smtp;
	$reset->mail('ada@sender.example');
	$reset->rcpt('john@example.org');
	like $reset->rset, qr/^250/, 'RSET';
	$system->postfix->stop;
	$system->postfix->start;
	my $got = $system->send(to => 'john@example.org',
		message => clean_mail());
	like $got->{data}, qr/^250 /, 'the next mail passes';
	ok $system->wait_empty, 'and is delivered';
	my $began = time;
	is $system->daemon->stop, 0, 'the daemon stops';
	cmp_ok time - $began, '<', 5, 'at once: nothing is left of the half mail';
	like $system->daemon->log, qr/stopping; 0 mails/, 'so it says';
};

done_testing;
