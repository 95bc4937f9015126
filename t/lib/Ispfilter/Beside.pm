# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Beside;

# What honest clients notice while others do their worst: some of them, each with
# an address of its own, send a mail now and then straight to the milter, and
# the time from the end of a mail to its answer is taken.
#
#	my $others = Ispfilter::Beside->new(path => $socket, mail => $text);
#	my $normal = $others->watch(10);	# seconds
#	my $beside = $others->watch(sub { ...the worst... });
#	$beside->{p99}, {p50}, {worst}	# seconds
#	$beside->{count}, {bad}		# mails; answers that were not "continue"
#	$others->notice_nothing_of('bombs', sub { ...the worst... });	# tests

use strict;
use warnings;
use Exporter 'import';
use POSIX qw(_exit);
use Test::More ();
use Time::HiRes qw(time sleep);
use Ispfilter::Milter;

our @EXPORT_OK = qw(figures hostile_mails packets);

use constant { CLIENTS => 4, PAUSE => 0.1 };

sub new
{
	my ($class, %with) = @_;
	return bless { clients => CLIENTS, %with }, $class;
}

# A mail as the milter protocol wants it.
sub packets
{
	my ($mail) = @_;
	my ($head, $body) = $mail =~ /\A(.*?\n)\n(.*)\z/s;
	my @fields = map { /\A([^:]*):(.*?)\n?\z/s ? [$1, $2] : () }
	    split /\n(?![ \t])/, $head;
	my @pieces = unpack '(a65000)*', $body =~ s/\n/\r\n/gr;
	return (header => \@fields, body => \@pieces);
}

sub _client
{
	my ($self, $number, $out, $stop) = @_;
	my $sent = 0;
	my %mail = packets($self->{mail});
	sleep PAUSE * rand;
	until (-e $stop) {
		my $reply = 'eof';
		my $milter = eval { Ispfilter::Milter->new(timeout => 60,
			path => $self->{path}) };
		if ($milter && !$milter->{gone}) {
			$milter->connect(addr => "192.0.2.$number");
			$milter->mail('ada@sender.example');
			$milter->rcpt('john@example.org', "GOOD$number");
			$milter->content(%mail, queue_id => "GOOD$number");
		}
		my $began = time;
		$reply = $milter->answer->{reply}
		    if $milter && !$milter->{gone};
		syswrite $out, sprintf "%.6f %s\n", time - $began, $reply;
		sleep PAUSE * (0.5 + rand);
	}
}

sub watch
{
	my ($self, $while) = @_;
	my $stop = "$self->{folder}/stop";
	unlink $stop;
	pipe my $in, my $out or die "pipe: $!\n";
	my @pids;
	for my $number (1 .. $self->{clients}) {
		my $pid = fork // die "fork: $!\n";
		if (!$pid) {
			srand $number;
			eval { $self->_client($number, $out, $stop) };
			_exit(0);
		}
		push @pids, $pid;
	}
	close $out;
	ref $while ? $while->() : sleep $while;
	open my $end, '>', $stop or die "$stop: $!\n";
	my (@times, %bad);
	while (my $line = <$in>) {
		my ($time, $reply) = $line =~ /^(\S+) (.*)/ or next;
		push @times, $time;
		$bad{$reply}++ if $reply ne 'c';
	}
	waitpid $_, 0 for @pids;
	@times = sort { $a <=> $b } @times;
	return { count => scalar @times, bad => \%bad, worst => $times[-1],
		p50 => $times[@times / 2], p99 => $times[@times * 0.99] };
}

sub figures
{
	my ($name, $seen) = @_;
	Test::More::note(sprintf
	    '%s: %d mails, p50 %.1f ms, p99 %.1f ms, worst %.1f ms',
	    $name, $seen->{count}, map { 1000 * $_ } @$seen{qw(p50 p99 worst)});
}

# Watches before, meanwhile and afterwards.
sub notice_nothing_of
{
	my ($self, $name, $while) = @_;
	my $alone = $ENV{ISPFILTER_FULL} ? 10 : 4; # seconds
	my $before = $self->watch($alone);
	my $beside = $self->watch($while);
	my $after = $self->watch($alone);
	figures('alone', $before);
	figures($name, $beside);
	figures('alone again', $after);
	Test::More::is_deeply($beside->{bad}, {},
	    "$name: others' mail passes");
	my ($usual) = sort { $b <=> $a } $before->{p99}, $after->{p99};
	Test::More::note(sprintf 'p99 is %.2f times the normal',
	    $beside->{p99} / $usual);
	# What else the machine is busy with is no fault of ours.
	Test::More::cmp_ok($beside->{p99}, '<', 2 * $usual + 0.5,
	    'at most twice as late as normal, and some');
}

# Sends all these mails at once, [queue id, client, mail], each from a process
# of its own that leaves the processor to others, as another machine would.
# Returns [queue id, answer, seconds] of each.
sub hostile_mails
{
	my ($path, $patience, @mails) = @_;
	pipe my $in, my $out or die "pipe: $!\n";
	my @pids;
	for my $one (@mails) {
		my ($id, $client, $mail) = @$one;
		my $pid = fork // die "fork: $!\n";
		push(@pids, $pid), next if $pid;
		setpriority 0, 0, 19;
		my %mail = packets($mail);
		my $reply = 'eof';
		my $began = time;
		my $milter = eval { Ispfilter::Milter->new(path => $path,
			timeout => $patience) };
		if ($milter && !$milter->{gone}) {
			$milter->connect(addr => $client);
			$milter->mail('bomb@sender.example');
			$milter->rcpt('john@example.org', $id);
			$milter->content(%mail, queue_id => $id);
			$began = time;
			$reply = $milter->answer->{reply};
		}
		syswrite $out, sprintf "%s %.3f %s\n", $id, time - $began,
		    $reply;
		_exit(0);
	}
	close $out;
	my @answers = map { /^(\S+) (\S+) (.*)/ ? [$1, $3, $2] : () } <$in>;
	waitpid $_, 0 for @pids;
	return @answers;
}

1;
