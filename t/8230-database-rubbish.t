#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A database server that hangs, hangs up, or talks nonsense at any point of the
# conversation: recipients get 451 within five seconds, nobody a wrong answer.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(time sleep);
use Ispfilter::Tools qw(folder program run spew);

my $folder = folder('rubbish');
srand 11;

# A server of one's own: each connection is given to the handler.
my @servers;

sub server
{
	my ($handler) = @_;
	my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
		Listen => 50, ReuseAddr => 1) or die "listen: $!";
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		$SIG{CHLD} = 'IGNORE';
		$SIG{PIPE} = 'IGNORE';
		$SIG{TERM} = 'DEFAULT';
		while (my $client = $listener->accept) {
			next if fork;
			$handler->($client);
			require POSIX;
			POSIX::_exit(0);
		}
		POSIX::_exit(0);
	}
	push @servers, $pid;
	return $listener->sockport;
}

sub noise { return join '', map { chr int rand 256 } 1 .. $_[0] }

# A packet of MariaDB's protocol: length, number, bytes.
sub packet
{
	my ($number, $bytes) = @_;
	return substr(pack('V', length $bytes), 0, 3) . chr($number) . $bytes;
}

my $greeting = packet(0, "\x0a5.5.5-10.11.19-MariaDB\0" . pack('V', 7)
	. 'abcdefgh' . "\0" . pack('v', 0xf7fe) . "\x2d" . pack('v', 2)
	. pack('v', 0x81bf) . "\x15" . "\0" x 10 . 'ijklmnopqrst' . "\0"
	. "mysql_native_password\0");
my $fine = packet(2, "\0\0\0\2\0\0\0");

# Says the greeting, takes the answer, says it is fine, takes a query.
sub log_in
{
	my ($client) = @_;
	syswrite $client, $greeting;
	sysread $client, my $answer, 4096;
	syswrite $client, $fine;
	sysread $client, $answer, 4096;
}

my @cases = (
	['says nothing', sub { sleep 30 }],
	['hangs up', sub { }],
	['sends noise', sub { syswrite $_[0], noise(100_000) for 1 .. 20;
		sleep 30 }],
	['sends zeros', sub { syswrite $_[0], "\0" x 100_000; sleep 30 }],
	['promises 16 MB', sub { syswrite $_[0], "\xff\xff\xff\0" . noise(100);
		sleep 30 }],
	['greets and goes', sub { syswrite $_[0], $greeting }],
	['greets with half a packet', sub {
		syswrite $_[0], substr $greeting, 0, 20; sleep 30 }],
	['greets and sends noise', sub { syswrite $_[0], $greeting;
		sysread $_[0], my $answer, 4096;
		syswrite $_[0], noise(5000); sleep 30 }],
	['lets us in and hangs', sub { log_in($_[0]); sleep 30 }],
	['lets us in and goes', sub { log_in($_[0]) }],
	['answers a query with noise', sub { log_in($_[0]);
		while (1) { syswrite $_[0], packet(1, noise(200)) or last;
			sysread $_[0], my $query, 4096 or last } }],
	['answers with columns without end', sub { log_in($_[0]);
		my $n = 0;
		syswrite $_[0], packet(1, "\xfc\xff\xff");
		while (1) { syswrite $_[0], packet($n++ & 255, "\3def" . "\0" x 20)
			or last } }],
	['answers with rows without end', sub { log_in($_[0]);
		syswrite $_[0], packet(1, "\1") . packet(2, "\3def\0\0\0\1x\1x\x0c"
			. "\x21\0\xff\0\0\0\xfd\0\0\0\0\0") . packet(3,
			"\xfe\0\0\2\0");
		my $n = 4;
		while (1) { syswrite $_[0], packet($n++ & 255, "\5a\@b.c")
			or last } }],
	['answers with an error that is long', sub { log_in($_[0]);
		while (1) { syswrite $_[0], packet(1, "\xff\x15\x04#28000"
			. 'x' x 60_000) or last;
			sysread $_[0], my $query, 4096 or last } }],
	['answers drop by drop', sub { log_in($_[0]);
		for (split //, packet(1, "\1") . "\x17\0\0" x 50) {
			syswrite $_[0], $_ or last; sleep 0.5 } }],
);

for my $case (@cases) {
	my ($what, $handler) = @$case;
	my $port = server($handler);
	spew("$folder/map.cf", "hosts = 127.0.0.1:$port\nuser = u\n"
		. "password = a-secret\ndbname = d\n"
		. "query = SELECT a FROM t WHERE b = '%s'\n");
	spew("$folder/domains", "example.org yes\n");
	spew("$folder/ispfilter.conf", "log = stderr\n"
		. "virtual_mailbox_domains = texthash:$folder/domains\n"
		. "virtual_mailbox_maps = mysql:$folder/map.cf\n");
	my $began = time;
	my ($status, $output) = run(program(), 'recipient', '-c',
		"$folder/ispfilter.conf", 'john@example.org');
	my $took = time - $began;
	like $output, qr/^john\@example\.org: 451 4\.3\.0 cannot tell/m,
	    "$what: 451";
	cmp_ok $took, '<', 5, sprintf '%s: in time (%.1f s)', $what, $took;
	unlike $output, qr/a-secret/, 'without the password';
	my $pid = pop @servers;
	kill 'TERM', $pid;
	waitpid $pid, 0;
}
done_testing;
