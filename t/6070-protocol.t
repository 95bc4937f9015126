#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The milter's socket against whoever writes nonsense to it: random sequences of
# packets, cut, overlong and out of order, end their own connection at most. A
# good mail in between is judged as ever, and afterwards the daemon has the
# descriptors and inspectors that it had. SEQUENCES=1000000 for the long
# form; SEED repeats one.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Daemon;
use Ispfilter::Mail qw(eicar eicar_signature);
use Ispfilter::Milter;
use Ispfilter::Tools qw(folder spew wait_until);

my $count = $ENV{SEQUENCES} // 10_000;
my $seed = $ENV{SEED} // int rand 2**31;
my $folder = folder('protocol');
my $path = "$folder/run/s.sock";
spew("$folder/eicar.ndb", eicar_signature());
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => {
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	stages => 'virus', inspectors => 2, scratch_directory => "$folder/scratch",
	virus_database => "$folder/eicar.ndb", socket_group => '',
	log_level => 'warning', inspector_messages => 1_000_000_000,
})->start;

sub milter { return Ispfilter::Milter->new(path => $path, timeout => 60, @_) }

sub descriptors
{
	my @files = glob '/proc/' . $daemon->pid . '/fd/*';
	return scalar @files;
}

my $virus = "The file:\r\n" . eicar() . "\r\n";

# What else went on in a connection must not decide about the next mail (Postfix
# 2026: an early "accept" leaked into the next message).
subtest 'each mail of a connection is judged for itself' => sub {
	my $milter = milter();
	$milter->connect;
	my $judge = sub {
		my ($body) = @_;
		my $answer = $milter->mail_one(body => [$body]);
		return join ' ', substr($answer->{reply}, 0, 5),
		    grep { /^[b+\-hq]$/ } map { $_->[0] } @{ $answer->{edits} };
	};
	is $judge->("hello\r\n"), 'c', 'a clean one';
	is $judge->($virus), 'y 554', 'a virus';
	is $judge->("hello\r\n"), 'c', 'a clean one behind it';
	$milter->mail('a@example.net');
	$milter->abort;
	is $judge->($virus), 'y 554', 'a virus behind one that was given up';
	$milter->mail('a@example.net');
	$milter->rcpt('b@example.org', 'Q2');
	$milter->data;
	$milter->macros('N', i => 'Q2');
	$milter->header('Subject', ' x');
	$milter->abort;
	is $judge->($virus), 'y 554', 'behind one that was cut in the header';
	is $judge->("hello\r\n"), 'c', 'and no virus stays behind';
	$milter->mail('a@example.net');
	$milter->rcpt('b@example.org', 'Q3');
	$milter->data;
	$milter->end_of_header;
	$milter->body($virus);
	$milter->abort;
	is $judge->("hello\r\n"), 'c', 'nor a body that was given up';
	$milter->quit;
};

# rspamd's proxy died of these.
subtest 'frames that are none' => sub {
	my %frames = ('nothing' => '', 'half a length' => "\0\0",
		'a length and no more' => "\0\0\0\5", 'length 0' => pack('N', 0),
		'the longest length' => pack('N a', 0xffffffff, 'O'),
		'half a greeting' => pack('N a N', 13, 'O', 6),
		'a greeting without numbers' => pack('N a', 1, 'O'),
		'a text where a greeting is due' => "GET / HTTP/1.0\r\n\r\n",
		'a body before all' => pack('N a a*', 4, 'B', 'abc'),
		'an end before all' => pack('N a', 1, 'E'));
	for my $name (sort keys %frames) {
		my $milter = milter(raw => 1, timeout => 3);
		local $SIG{PIPE} = 'IGNORE';
		syswrite $milter->{socket}, $frames{$name};
		shutdown $milter->{socket}, 1;
		1 while defined(($milter->read_packet)[0]);
		$milter->drop;
		my $other = milter();
		$other->connect;
		is $other->mail_one->{reply}, 'c', "$name: others are served";
	}
};

# --- random sequences ---
srand $seed;
my @commands = split //, 'OCHMRTLNBEADQKUX?';
my %good = (O => pack('NNN', 6, 0x1ff, 0x1fffff),
	C => "client\0" . '4' . pack('n', 25) . "192.0.2.1\0", H => "helo\0",
	M => "<a\@b>\0", R => "<c\@d>\0", L => "Subject\0 x\0", B => "text\r\n",
	D => "Mi\0Q9\0");

sub packet
{
	my $command = $commands[rand @commands];
	my $data = $good{$command} // '';
	my $what = rand;
	if ($what < 0.15) {
		$data = join '', map { chr rand 256 } 1 .. rand 40;
	} elsif ($what < 0.25) {
		$data = substr $data, 0, rand length $data;
	} elsif ($what < 0.3) {
		$data x= rand 50;
	} elsif ($what < 0.35) {
		$data =~ tr/\0/x/;
	}
	my $length = 1 + length $data;
	$length = int(rand() < 0.5 ? rand 2 ** rand 32 : $length + rand 9)
	    if rand() < 0.03;
	# libmilter 1.0.1 reads behind the end of a list of macros that has a
	# name without a value; README.privsep says what follows from that.
	if ($command eq 'D') {
		$data = (substr($data, 0, 1) || 'M') . 'n' . $data =~ tr/\0//dr
		    . "\0v\0";
		$length = 1 + length $data;
	}
	return pack('N a', $length, $command) . $data;
}

my $before = wait_until { descriptors() };
my @deaths = $daemon->deaths;
my ($sent, $connections, @wrong) = (0, 0);
while ($connections < $count) {
	my $milter = milter(raw => 1);
	my $head = rand() < 0.8 ? pack('N a', 13, 'O') . $good{O} : '';
	$head .= pack('N a', 1 + length $good{C}, 'C') . $good{C}
	    if rand() < 0.5;
	my $packets = 1 + int rand 30;
	local $SIG{PIPE} = 'IGNORE';
	syswrite $milter->{socket}, $head . join '', map { packet() }
	    1 .. $packets;
	$sent += $packets;
	# Some wait for the end, some go.
	if (rand() < 0.2) {
		shutdown $milter->{socket}, 1;
		$milter->{timeout} = 10;
		1 while defined(($milter->read_packet)[0]);
	}
	$milter->drop;
	next if ++$connections % 100;
	my $good = milter();
	$good->connect;
	push @wrong, "after $connections" unless $good->mail_one(
		body => [$virus])->{reply} =~ /^y 554/
	    && $good->mail_one->{reply} eq 'c';
	$good->quit;
}
note("SEED=$seed: $sent packets in $connections sequences");
is_deeply \@wrong, [], "good mail among $count random sequences is judged";
ok wait_until(sub { descriptors() <= $before }), 'no descriptor is lost';
is_deeply [$daemon->deaths], \@deaths, 'nor an inspector';
is $daemon->stop, 0, 'the daemon ends well';
unlike $daemon->log, qr/Sanitizer|panic|assert/, 'and has not complained';
done_testing;
