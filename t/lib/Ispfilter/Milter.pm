# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Milter;

# The mail server's side of the milter protocol, as Postfix speaks it: packet by
# packet, in any order, and with the answers as they came.
#
#	my $milter = Ispfilter::Milter->new(path => $socket);
#	my $answer = $milter->mail_one(sender => 'a@b', ...);
#	$answer->{reply}	# "c", "r", "t", "d", "y 550 5.1.1 text"
#	$answer->{edits}	# [["i", 1, "X-Spam", " Yes"], ["m", 1, ...]]
#
# A connection that the filter closes reads as reply "eof".

use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;

use constant {
	ALL_ACTIONS => 0x1ff,
	ALL_STEPS   => 0x1fffff,
};

# Which step each "no reply" and "do not send" bit is about.
my %no_reply = (C => 0x1000, H => 0x2000, M => 0x4000, R => 0x8000,
	T => 0x10000, U => 0x20000, N => 0x40000, B => 0x80000, L => 0x80);
my %not_sent = (C => 1, H => 2, M => 4, R => 8, B => 0x10, L => 0x20,
	N => 0x40, U => 0x100, T => 0x200);

sub new
{
	my ($class, %with) = @_;
	my $self = bless { timeout => 30, actions => ALL_ACTIONS,
		steps => ALL_STEPS, %with }, $class;
	$self->{socket} = $self->{path}
	    ? IO::Socket::UNIX->new(Peer => $self->{path})
	    : IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $self->{port});
	die "milter: no connection: $!\n" unless $self->{socket};
	binmode $self->{socket};
	$self->negotiate unless $self->{raw};
	return $self;
}

sub send_packet
{
	my ($self, $command, $data) = @_;
	local $SIG{PIPE} = 'IGNORE';
	my $packet = pack('N', 1 + length $data) . $command . $data;
	while (length $packet) {
		my $n = syswrite $self->{socket}, $packet;
		return $self unless defined $n;
		substr $packet, 0, $n, '';
	}
	return $self;
}

sub _read
{
	my ($self, $n) = @_;
	my $select = IO::Select->new($self->{socket});
	my $bytes = '';
	while (length $bytes < $n) {
		return undef unless $select->can_read($self->{timeout});
		my $got = sysread $self->{socket}, $bytes,
		    $n - length $bytes, length $bytes;
		return undef unless $got;
	}
	return $bytes;
}

# (command, data), or nothing at the end.
sub read_packet
{
	my ($self) = @_;
	my $head = $self->_read(5);
	return unless defined $head;
	my ($len, $command) = unpack 'N a', $head;
	my $data = $len > 1 ? $self->_read($len - 1) : '';
	return unless defined $data;
	return ($command, $data);
}

sub negotiate
{
	my ($self) = @_;
	$self->send_packet('O', pack 'NNN', 6, $self->{actions},
		$self->{steps});
	my ($command, $data) = $self->read_packet;
	$self->{gone} = 1, return unless defined $command;
	@$self{qw(version want_actions want_steps)} = unpack 'NNN', $data;
	$self->{symbols} = substr $data, 12;
	return $self;
}

sub macros
{
	my ($self, $command, %macros) = @_;
	return $self->send_packet('D', $command
		. join '', map { "$_\0$macros{$_}\0" } sort keys %macros);
}

# The final answer to a step, with what came before it.
sub answer
{
	my ($self) = @_;
	my %answer = (edits => [], progress => 0);
	while (1) {
		my ($command, $data) = $self->read_packet;
		return { %answer, reply => 'eof' } unless defined $command;
		if ($command eq 'p') {
			$answer{progress}++;
		} elsif ($command =~ /[im]/) {
			my ($index, $name, $value) =
			    unpack 'N Z* Z*', $data;
			push @{ $answer{edits} },
			    [$command, $index, $name, $value];
		} elsif ($command =~ /[hq+\-b]/) {
			push @{ $answer{edits} },
			    [$command, split /\0/, $data];
		} elsif ($command eq 'y') {
			$data =~ s/\0\z//;
			return { %answer, reply => "y $data" };
		} else {
			return { %answer, reply => $command };
		}
	}
}

# Sends a step unless the filter does not want it, and reads the answer unless
# it gives none ("" then).
sub step
{
	my ($self, $command, $data) = @_;
	return '' if ($not_sent{$command} // 0) & $self->{want_steps};
	$self->send_packet($command, $data);
	return '' if ($no_reply{$command} // 0) & $self->{want_steps};
	return $self->answer->{reply};
}

sub connect
{
	my ($self, %with) = @_;
	my %is = (name => 'client.example.net', addr => '192.0.2.7',
		port => 40001, helo => 'client.example.net', macros => {},
		%with);
	$self->macros('C', j => 'mx.example.org',
		'{daemon_name}' => 'smtpd', %{ $is{macros} });
	my $family = $is{addr} =~ /:/ ? '6' : '4';
	my $first = $self->step('C', "$is{name}\0$family" . pack('n', $is{port})
		. "$is{addr}\0");
	return $first if $first !~ /^c?$/;
	return $self->step('H', "$is{helo}\0");
}

sub mail
{
	my ($self, $sender, @arguments) = @_;
	return $self->step('M', join '', map { "$_\0" } "<$sender>",
		@arguments);
}

sub rcpt
{
	my ($self, $address, $queue_id) = @_;
	$self->macros('R', i => $queue_id) if defined $queue_id;
	return $self->step('R', "<$address>\0");
}

sub data { return $_[0]->step('T', '') }
sub header { return $_[0]->step('L', "$_[1]\0$_[2]\0") }
sub end_of_header { return $_[0]->step('N', '') }
sub body { return $_[0]->step('B', $_[1]) }
sub abort { return $_[0]->send_packet('A', '') }

# End of message without waiting; answer() has the rest.
sub end { return $_[0]->send_packet('E', '') }

# Header and body of a whole mail, with queue id.
sub content
{
	my ($self, %with) = @_;
	my %is = (queue_id => 'Q1', header => [['From', ' a@example.net'],
		['Subject', ' lunch']], body => ["text\r\n"], %with);
	$self->data;
	$self->macros('N', i => $is{queue_id});
	$self->header(@$_) for @{ $is{header} };
	$self->end_of_header;
	$self->body($_) for @{ $is{body} };
	$self->macros('E', i => $is{queue_id});
	return $self->end;
}

# From MAIL to the answer at the end, or the first that is not "continue".
sub mail_one
{
	my ($self, %with) = @_;
	my %is = (sender => 'a@example.net', rcpt => ['b@example.org'],
		%with);
	my $reply = $self->mail($is{sender}, @{ $is{arguments} // [] });
	return { reply => $reply } if $reply ne 'c';
	my @accepted = grep { $self->rcpt($_, $is{queue_id} // 'Q1') eq 'c' }
	    @{ $is{rcpt} };
	return { reply => 'none' } unless @accepted;
	$self->content(%with);
	return $self->answer;
}

sub quit
{
	my ($self) = @_;
	$self->send_packet('Q', '');
	close $self->{socket};
	return;
}

# Hangs up without a word.
sub drop { close $_[0]{socket}; return }

1;
