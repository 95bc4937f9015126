#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# How the daemon starts: its socket, its user, what it refuses, and what it tells
# those who started it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::UNIX;
use Socket qw(SOCK_DGRAM);
use Test::More;
use Ispfilter::Daemon;
use Ispfilter::Milter;
use Ispfilter::Tools qw(folder free_port program rules run slurp spew wait_until);

my $folder = folder('start');
my $path = "$folder/run/s.sock";
my %conf = (
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	stages => '', inspectors => 1, scratch_directory => "$folder/scratch",
	socket_group => '', pid_file => "$folder/pid",
);

sub daemon
{
	my (%with) = @_;
	return Ispfilter::Daemon->new(folder => $folder,
		conf => { %conf, %with });
}

sub serves
{
	my (@where) = @_;
	my $milter = Ispfilter::Milter->new(@where);
	$milter->connect;
	return $milter->mail_one->{reply} eq 'c';
}

# The status and text of a daemon that is not to start.
sub refusal
{
	my $daemon = daemon(@_);
	my ($status, $text) = run('timeout', 20, program(), 'daemon', '-c',
		$daemon->conf_file);
	return "$status $text";
}

SKIP: {
	skip 'only root can start it as another user', 8 if $>;
	my $daemon = daemon(socket_group => 'nogroup', socket_mode => '0620');
	$daemon->start;
	ok serves(path => $path), 'it serves';
	my (undef, undef, $mode, undef, $uid, $gid) = stat $path;
	is $mode & 07777, 0620, 'mode of the socket';
	is $gid, scalar(getgrnam 'nogroup'), 'its group';
	my $nobody = getpwnam 'nobody';
	is $uid, $nobody, 'its owner';
	my $status = slurp('/proc/' . $daemon->pid . '/status');
	like $status, qr/^Uid:\t$nobody\t$nobody\t$nobody\t$nobody$/m,
	    'the daemon is nobody';
	unlike $status, qr/^Groups:.*\b0\b/m, 'without groups of root';
	like $status, qr/^NoNewPrivs:\t1$/m, 'and gets no new privileges';
	is slurp("$folder/pid"), $daemon->pid . "\n", 'its process id';
	is $daemon->stop, 0, 'it ends well';
	ok !-e $path, 'the socket goes with it';
	like refusal(user => 'root'), qr/^78 .*not handled as root/s,
	    'never root';
	like refusal(user => 'nobody-there'), qr/^78 .*no such user/s,
	    'nor somebody unknown';
	my $number = daemon(user => 12345, scratch_directory =>
		"$folder/scratch2", pid_file => '', listen =>
		"unix:$folder/run2/s.sock");
	$number->start;
	ok serves(path => "$folder/run2/s.sock"), 'a numeric user';
	$number->stop;
}

subtest 'what it remembers' => sub {
	my $state = "$folder/memory/state";
	my $daemon = Ispfilter::Daemon->new(folder => "$folder/memory", conf =>
		{ %conf, scratch_directory => "$state/scratch", stages => 'spam',
		rules => rules($folder) . '/10_attachments.cf' });
	for my $start (qw(first second third)) {
		$daemon->start;
		ok serves(path => $path), "a $start start";
		$daemon->stop;
		ok -f "$state/poison-list" && -d "$state/poison",
		    'the list and the copies lie side by side';
		# As an earlier version left it.
		next if $start ne 'second';
		rmdir "$state/poison";
		ok rename("$state/poison-list", "$state/poison"),
		    'the name that the list had before';
	}
	like $daemon->log, qr/policy in service: stages spam$/m,
	    'the log names the stages';
	unlike $daemon->log, qr/forgotten|cannot/, 'and nothing is lost';
};

subtest 'stale and live sockets' => sub {
	my $daemon = daemon();
	$daemon->start;
	serves(path => $path);
	my $pid = delete $daemon->{pid};
	kill 'KILL', $pid;
	waitpid $pid, 0;
	ok -e $path, 'killed, it leaves its socket';
	ok wait_until(sub { !`pgrep -f "^ispfilter nursery $pid\$"` }),
	    'but no process';
	$daemon->start;
	ok wait_until(sub { serves(path => $path) }), 'the next one takes it';
	like refusal(), qr/^78 .*another process answers/s,
	    'a third one does not';
	ok serves(path => $path), 'and leaves it alone';
	is_deeply [map { m{nursery-(\d+)} } glob "$folder/scratch/nursery-*"],
	    [$daemon->nurseries], 'nor the scratch folders';
	$daemon->stop;
	spew($path, "precious\n");
	like refusal(), qr/^78 .*not a socket/s, 'nor a file';
	is slurp($path), "precious\n", 'which stays';
	unlink $path;
};

subtest 'addresses' => sub {
	my $port = free_port();
	for my $form ("inet:$port\@127.0.0.1", "inet:127.0.0.1:$port") {
		my $daemon = daemon(listen => $form);
		$daemon->start;
		ok serves(port => $port), $form;
		my $milter = Ispfilter::Milter->new(port => $port);
		ok !($milter->{want_steps} & (0x200 | 0x80 | 0x80000)),
		    'every step is answered over TCP';
		$milter->drop;
		is $daemon->stop, 0, 'ends';
	}
	like refusal(listen => "unix:$path inet:$port\@127.0.0.1"),
	    qr/^78 .*exactly one/s, 'two are refused';
	like refusal(listen => 'unix:run/s.sock'), qr/^78 .*slash/s,
	    'a relative path';
	like refusal(listen => 'inet:99999@127.0.0.1'), qr/^78 .*port/s,
	    'a port out of range';
	like refusal(listen => 'carrier-pigeon'), qr/^78 .*expected unix/s,
	    'something else';
};

subtest 'what does not load' => sub {
	like refusal(stages => 'spam', rules => "$folder/nowhere"),
	    qr/^78 .*nowhere/s, 'rules that are not there';
	like refusal(stages => 'nonsense'), qr/^78 .*no stage/s,
	    'a stage that is not there';
	like refusal(listne => 'x'), qr/^78 .*did you mean "listen"/s,
	    'a key that is not there';
	ok !-e $path, 'no socket is left';
	is_deeply [glob "$folder/scratch/*"], [], 'nor scratch folders';
};

subtest 'what systemd hears' => sub {
	my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM,
		Local => "$folder/notify");
	chmod 0777, "$folder/notify";
	local $ENV{NOTIFY_SOCKET} = "$folder/notify";
	local $ENV{WATCHDOG_USEC} = 400000;
	my $daemon = daemon();
	$daemon->start;
	my $all = '';
	my $hear = sub {
		my ($wanted) = @_;
		return wait_until {
			my $text = '';
			$socket->blocking(0);
			$all .= "$text\n"
			    while defined $socket->recv($text, 4096) &&
			    length $text;
			$all =~ /$wanted/;
		};
	};
	ok $hear->('READY=1'), 'ready';
	ok $hear->('WATCHDOG=1\n(?s:.*)WATCHDOG=1'), 'the watchdog is fed';
	$daemon->reload;
	ok $hear->('RELOADING=1\nMONOTONIC_USEC=\d+\n(?s:.*)READY=1'),
	    'reloading, and ready again';
	my $environment = slurp('/proc/' . ($daemon->nurseries)[0]
		. '/environ');
	unlike $environment, qr/NOTIFY_SOCKET|WATCHDOG/,
	    'children do not speak for it';
	$daemon->stop;
	ok $hear->('STOPPING=1'), 'stopping';
};

subtest 'in the background' => sub {
	my $daemon = daemon(log => "$folder/own.log");
	my ($status, $text) = run(program(), 'daemon', '--background', '-c',
		$daemon->conf_file, '-o', 'message_size_limit = 64K');
	is $status, 0, 'it returns';
	my $pid = slurp("$folder/pid") + 0;
	ok serves(path => $path), 'and serves';
	kill 'TERM', $pid;
	ok wait_until(sub { !kill 0, $pid }), 'until it is stopped';
	like slurp("$folder/own.log"), qr/serves on.*stopped/s,
	    'the log is a file';
	my $bad = daemon(stages => 'spam', rules => "$folder/nowhere");
	($status) = run(program(), 'daemon', '--background', '-c',
		$bad->conf_file);
	isnt $status, 0, 'a failure is told';
};

# By the status systemd and people tell a wrong setting from bad luck.
{
	my ($daemon, $status);
	for (1 .. 10) {
		$daemon = daemon(stages => 'spam', rules => rules($folder));
		$daemon->launch;
		my @nursery;
		wait_until { @nursery = $daemon->nurseries };
		kill 'KILL', @nursery;
		my $pid = delete $daemon->{pid};
		wait_until { waitpid($pid, 1) == $pid } 3;
		$status = $? >> 8;
		last if $status == 69;
		kill 'KILL', $pid;
		waitpid $pid, 0;
	}
	is $status, 69, 'a nursery killed at the start: status 69, not 78';
}

# Its folder may be the unprivileged user's, who must not make root open and
# give away what a link names (ClamAV's CVE-2024-20506 was one of these).
SKIP: {
	skip 'only root opens a log for another user', 6 if $>;
	for my $how ('symlink', 'link') {
		my $target = spew("$folder/precious.$how", "precious\n", 0600);
		my $log = "$folder/linked.$how";
		$how eq 'link' ? link $target, $log : symlink $target, $log;
		like refusal(log => $log), qr/^78 .*no link/s,
		    "a log that is a $how is refused";
		is((stat $target)[4], 0, 'what it names is not given away');
		is slurp($target), "precious\n", 'and not written to';
	}
}

{
	my $daemon = daemon();
	$daemon->launch;
	wait_until { -S $path };
	kill 'USR1', $daemon->pid;
	kill 'HUP', $daemon->pid;
	ok wait_until(sub { (() = $daemon->log =~ /policy in service/g) >= 2 }),
	    'a reload that is asked for during the start comes after it';
	ok serves(path => $path), 'and does not end it';
	$daemon->stop;
}

my ($status, $text) = run(program(), 'daemon', '--help');
is $status, 0, '--help';
like $text, qr/SIGUSR1/, 'says how to reload';
is((run(program(), 'daemon', '--nonsense'))[0], 64, 'unknown arguments');
is((run(program(), 'nursery'))[0], 64, 'the nursery is not for people');
done_testing();
