# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Daemon;

# `ispfilter daemon` in a folder of its own: configuration, socket and log.
#
#	my $daemon = Ispfilter::Daemon->new(folder => $folder,
#		conf => { listen => "unix:$folder/ispfilter.sock", ... });
#	$daemon->start;		# returns when it listens
#	...
#	$daemon->stop;
#	is_deeply [$daemon->unexpected], [];

use strict;
use warnings;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Ispfilter::Tools qw(program slurp spew start_process stop_process
    wait_until);

sub new
{
	my ($class, %with) = @_;
	my $self = bless { start_seconds => 60, arguments => [], %with },
	    $class;
	die "the daemon needs a folder\n" unless $self->{folder};
	die "the daemon needs a place to listen\n"
	    unless $self->{conf}{listen};
	$self->configure(%{ $self->{conf} });
	return $self;
}

sub conf_file { return "$_[0]{folder}/ispfilter.conf" }
sub log_file { return "$_[0]{folder}/ispfilter.log" }
sub log { return slurp($_[0]->log_file) // '' }
sub pid { return $_[0]{pid} }

# Writes the configuration anew: all of it. No test asks a name server but one
# of its own (Ispfilter::DNS).
sub configure
{
	my ($self, %conf) = @_;
	$conf{dns} //= 'no' unless exists $conf{dns_resolver};
	%conf = (state_directory => "$self->{folder}/state",
		poison_directory => "$self->{folder}/state/poison", %conf);
	$self->{conf} = \%conf;
	spew($self->conf_file,
		join '', map { "$_ = $conf{$_}\n" } sort keys %conf);
	return $self;
}

# What smtpd_milters is to say, seen from a smtpd chrooted in $queue, if any.
sub milter
{
	my ($self, $queue) = @_;
	my $place = $self->{conf}{listen};
	$place =~ s{^unix:\Q$queue\E/}{unix:} if defined $queue;
	$place =~ s{^inet:(\d+)@([\d.]+)$}{inet:$2:$1};
	return $place;
}

sub _listens
{
	my ($self) = @_;
	my $place = $self->{conf}{listen};
	return IO::Socket::UNIX->new(Peer => $1) if $place =~ /^unix:(.*)/;
	return IO::Socket::INET->new(PeerAddr => "$2:$1")
	    if $place =~ /^inet:(\d+)@(.*)/;
	return IO::Socket::INET->new(PeerAddr => $1)
	    if $place =~ /^inet:(.*)/;
	die "cannot tell where $place is\n";
}

# Starts without waiting, for a daemon that is expected to refuse.
sub launch
{
	my ($self) = @_;
	$self->{pid} = start_process($self->log_file, program(), 'daemon',
		'-c', $self->conf_file, @{ $self->{arguments} });
	return $self;
}

sub start
{
	my ($self) = @_;
	require POSIX;
	$self->launch;
	my $gone;
	my $up = wait_until {
		$gone = waitpid($self->{pid}, POSIX::WNOHANG()) != 0;
		$gone || $self->_listens;
	} $self->{start_seconds};
	delete $self->{pid} if $gone;
	die "the daemon does not start:\n" . $self->log if $gone || !$up;
	return $self;
}

# SIGUSR1: libmilter owns SIGHUP.
sub reload { return kill 'USR1', $_[0]{pid} }

# Its wait status, or undef if it was not running.
sub stop
{
	my ($self, $seconds) = @_;
	my $pid = delete $self->{pid} or return undef;
	return stop_process($pid, $seconds);
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $@, $!);
	$self->stop;
}

# Process ids of its nurseries, and of a nursery's inspectors.
sub children { return map { /(\d+)/ } split /\n/, `pgrep -P $_[1]` }
sub nurseries { return $_[0]->children($_[0]->pid) }
sub inspectors
{
	my ($self) = @_;
	return sort { $a <=> $b } map { $self->children($_) }
	    $self->nurseries;
}

# The log's lines about inspectors that died; those that leave after a slow mail do
# not.
sub deaths { return grep { /inspector \d+ ended/ } split /\n/, $_[0]->log }

# The log's first line that matches, if need be after a while.
sub wait_log
{
	my ($self, $pattern, $seconds) = @_;
	return wait_until {
		my ($line) = grep { /$pattern/ } split /\n/, $self->log;
		$line;
	} $seconds // 15;
}

# Warnings and errors that `but` (a pattern) does not foresee.
sub unexpected
{
	my ($self, $but) = @_;
	return grep { /\b(?:warning|error|fatal|panic)\b|Sanitizer/ }
	    grep { !defined $but || !/$but/ } split /\n/, $self->log;
}

1;
