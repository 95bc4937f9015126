#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What the daemon needs runs out: descriptors, processes, memory, disks, the log
# server, the clock. Mail gets 451 or a right verdict, never a wrong one, and
# all is well by itself when the trouble is over.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::UNIX;
use Socket qw(SOCK_DGRAM);
use Test::More;
use Time::HiRes qw(time sleep);
use Ispfilter::Daemon;
use Ispfilter::Mail qw(attachment_mail eicar eicar_signature);
use Ispfilter::Milter;
use Ispfilter::Tools qw(folder lend program rules run
    slurp spew top wait_until);

plan skip_all => 'only root sets limits of others' if $>;
chdir top();
my $folder = folder('outages');
my $path = "$folder/run/s.sock";
spew("$folder/virus/eicar.ndb", eicar_signature());
my %conf = (
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	stages => 'attachment virus spam', rules => rules($folder),
	virus_database => "$folder/virus", inspectors => 2,
	scratch_directory => "$folder/scratch", socket_group => '',
	inspect_time_limit => '10s', inspect_queue_time => '5s',
);

my $number = 0;

sub clean
{
	return (header => [[Subject => ' Mail ' . $number++]],
		body => ["Good morning.\r\n"]);
}

sub infected
{
	my ($name, $bytes) = @_ ? @_ : ('a.bin', eicar());
	my ($head, $body) = attachment_mail($name, $bytes,
		Subject => 'Mail ' . $number++) =~ /\A(.*?\n)\n(.*)\z/s;
	$body =~ s/\n/\r\n/g;
	return (header => [map { [split /:/, $_, 2] } split /\n(?![ \t])/,
			$head],
		body => [$body =~ /(.{1,60000})/gs]);
}

sub connected
{
	my $milter = eval { Ispfilter::Milter->new(path => $path) };
	return undef if !$milter || $milter->{gone};
	$milter->connect;
	return $milter;
}

sub reply_to
{
	my (%mail) = @_;
	my $milter = connected() or return 'eof';
	return $milter->mail_one(%mail)->{reply};
}

sub is_well
{
	my ($seconds) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok wait_until(sub { reply_to(clean()) eq 'c'
		&& reply_to(infected()) =~ /^y 554/ }, $seconds // 20),
	    'well again by itself';
}

# Limits a process, or gives it back what it may have at most.
sub limit
{
	my ($pid, $name, $value) = @_;
	my %titles = (nofile => 'Max open files', nproc => 'Max processes',
		fsize => 'Max file size', as => 'Max address space');
	my ($most) = slurp("/proc/$pid/limits")
	    =~ /^\Q$titles{$name}\E\s+\S+\s+(\S+)/m;
	$value //= $most;
	my ($status, $output) = run('setpriv', '--reuid=nobody',
		'--regid=nogroup', '--clear-groups', 'prlimit', "--pid=$pid",
		"--$name=$value:");
	die $output if $status;
}

sub descriptors { return scalar(my @all = glob "/proc/$_[0]/fd/*") }

sub daemon_with
{
	my (%with) = @_;
	my $daemon = Ispfilter::Daemon->new(folder => $folder,
		conf => { %conf, %with });
	unlink $daemon->log_file;
	$daemon->start;
	wait_until { (my @now = $daemon->inspectors) == 2 };
	return $daemon;
}

my $daemon = daemon_with();
is_well();

subtest 'no descriptors' => sub {
	limit($daemon->pid, nofile => descriptors($daemon->pid) + 4);
	my @open = map { IO::Socket::UNIX->new(Peer => $path) } 1 .. 20;
	sleep 0.5;
	my @replies = map { reply_to_at_once() } 1 .. 3;
	unlike "@replies", qr/(?:^| )(?:c|y 5)/, "no verdict that is wrong";
	note "@replies";
	close $_ for @open;
	limit($daemon->pid, 'nofile');
	is_well(30);
	ok kill(0, $daemon->pid), 'the same process';
};

# A session that does not wait for a daemon that cannot answer.
sub reply_to_at_once
{
	my $milter = eval { Ispfilter::Milter->new(path => $path, raw => 1,
		timeout => 1) } or return 'none';
	eval { $milter->negotiate; 1 } or return 'late';
	return 'late' if $milter->{gone};
	$milter->connect;
	return $milter->mail_one(clean())->{reply};
}

subtest 'no new processes' => sub {
	my ($nursery) = $daemon->nurseries;
	limit($nursery, nproc => 1);
	kill 'KILL', $daemon->inspectors;
	sleep 0.3;
	my $reply = reply_to(clean());
	like $reply, qr/^y 451 4\.3\.2 /, 'mail is put off';
	limit($nursery, 'nproc');
	is_well();
};

subtest 'no room for messages' => sub {
	limit($daemon->pid, fsize => 200_000);
	like reply_to(infected('a.bin', eicar() . 'x' x 300_000)),
	    qr/^y 451 4\.3\.0 /, 'a large mail is put off';
	is reply_to(clean()), 'c', 'a small one passes';
	limit($daemon->pid, 'fsize');
	is_well();
	ok kill(0, $daemon->pid), 'the same process';
};

subtest 'no memory' => sub {
	my ($size) = slurp('/proc/' . $daemon->pid . '/statm') =~ /^(\d+)/;
	limit($daemon->pid, as => $size * 4096 + (1 << 20));
	my @milters = grep { defined } map { connected() } 1 .. 30;
	my @replies = map { reply_to(infected('a.bin', eicar() . 'x' x 50_000)) }
	    1 .. 3;
	is scalar(grep { /^c/ } @replies), 0, 'no virus passes';
	note join ' ', map { substr $_, 0, 10 } @replies;
	undef @milters;
	limit($daemon->pid, 'as')
	    if kill 0, $daemon->pid;
	if (waitpid($daemon->pid, 1) != 0) {
		isnt $? >> 8, 0, 'it has ended, and its supervisor knows';
		delete $daemon->{pid};
		unlink $path;
		$daemon->start;
	}
	is_well();
};

subtest 'the disk of scratch is full' => sub {
	mkdir "$folder/tiny";
	my ($cannot) = run('mount', '-t', 'tmpfs', '-o', 'size=64m,mode=0755',
		'none', "$folder/tiny");
	plan skip_all => 'no mount here' if $cannot;
	chown +(getpwnam 'nobody')[2, 3], "$folder/tiny";
	$daemon->stop;
	$daemon = daemon_with(scratch_directory => "$folder/tiny");
	run('python3', '-c', 'import sys,zipfile
z=zipfile.ZipFile(sys.argv[1],"w",zipfile.ZIP_DEFLATED)
z.writestr("a.bin",sys.argv[2]); z.writestr("b.bin","x"*500000)',
		"$folder/eicar.zip", eicar());
	my $zip = slurp("$folder/eicar.zip");
	my $result = run('sh', '-c', "head -c 80000000 /dev/zero >$folder/tiny/fill 2>/dev/null; true");
	my @replies = map { reply_to(infected('a.zip', $zip)) } 1 .. 2;
	is scalar(grep { /^c/ } @replies), 0, 'no virus in an archive passes';
	note join ' | ', @replies;
	like reply_to(clean()), qr/^(?:c|y 451 4\.3\.0 .*)$/,
	    'a clean one passes or is put off';
	unlink "$folder/tiny/fill";
	is_well();
	like reply_to(infected('a.zip', $zip)), qr/^y 554 /,
	    'and so is the archive';
	$daemon->stop;
	run('umount', "$folder/tiny");
};

subtest 'the clock steps' => sub {
	my $library = top() . '/build/t/faults.so';
	plan skip_all => "$library is not built" unless -e $library;
	spew("$folder/clock", "\0" x 4096, 0666);
	local $ENV{LD_PRELOAD} = lend($folder, 'build/t/faults.so');
	local $ENV{FAULTS} = "$folder/clock";
	$daemon->stop;
	$daemon = daemon_with();
	my $waiting = connected();
	$waiting->mail('a@example.net');
	for my $step (86400 * 365, -86400 * 365, 3600, 0) {
		open my $out, '+<:raw', "$folder/clock" or die;
		print $out pack 'l4 q', 0, 0, 0, 0, $step;
		close $out;
		my $began = time;
		is reply_to(clean()), 'c', "by $step s: mail passes";
		like reply_to(infected()), qr/^y 554 /, 'a virus does not';
		cmp_ok time - $began, '<', 5, 'in time';
	}
	$waiting->rcpt('b@example.org', 'Q9');
	$waiting->content(clean());
	is $waiting->answer->{reply}, 'c', 'a mail that was under way, too';
};

subtest 'the log server does not read' => sub {
	plan skip_all => 'there is a log server here' if -e '/dev/log';
	my $server = IO::Socket::UNIX->new(Type => SOCK_DGRAM,
		Local => '/dev/log') or plan skip_all => "/dev/log: $!";
	chmod 0666, '/dev/log';
	$daemon->stop;
	$daemon = daemon_with(log => 'syslog:mail');
	my $slowest = 0;
	for (1 .. 40) {
		my $began = time;
		is reply_to(clean()), 'c', "mail $_ passes" or last;
		$slowest = time - $began if time - $began > $slowest;
	}
	cmp_ok $slowest, '<', 5, 'none waits for the log';
	$server->blocking(0);
	my $lines = '';
	my $drain = sub {
		while (defined $server->recv(my $line, 8192)) {
			last if $line eq '';
			$lines .= "$line\n";
		}
	};
	$drain->();
	like $lines, qr/^<22>\w{3} [ \d]\d \d\d:\d\d:\d\d ispfilter\[\d+\]: \S+: action=accept /m,
	    'what it took is well';
	is reply_to(clean()), 'c', 'it reads again';
	$drain->();
	like $lines, qr/^<20>.* warning: \d+ lines were lost/m,
	    'and hears what it has missed';
	# A server that is started anew has another socket.
	close $server;
	unlink '/dev/log';
	is reply_to(clean()), 'c', 'mail passes without a server';
	$server = IO::Socket::UNIX->new(Type => SOCK_DGRAM,
		Local => '/dev/log');
	chmod 0666, '/dev/log';
	$server->blocking(0);
	is reply_to(clean()), 'c', 'and with a new one';
	$lines = '';
	$drain->();
	like $lines, qr/ action=accept /, 'which gets the lines';
	close $server;
	unlink '/dev/log';
};

$daemon->stop;
done_testing;

END {
	my $status = $?;
	run('umount', '-l', "$folder/tiny")
	    if defined $folder && -d "$folder/tiny";
	$? = $status;
}
