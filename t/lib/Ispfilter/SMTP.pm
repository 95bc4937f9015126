# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::SMTP;

# A small SMTP client that says exactly what it is told to: command by command,
# pipelined, in chunks (BDAT), or a whole mail at once. It never dies of a
# reply; a lost connection reads as "000 connection lost".

use strict;
use warnings;
use IO::Socket::INET;

# Connects and reads the greeting; says EHLO unless `helo => undef`.
sub new
{
	my ($class, %with) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $with{port}, Proto => 'tcp', Timeout => 10)
	    or die "smtp: port $with{port}: $!\n";
	my $self = bless { socket => $socket, replies => [],
		timeout => $with{timeout} // 60 }, $class;
	binmode $socket;
	$self->{greeting} = $self->reply;
	my $helo = exists $with{helo} ? $with{helo} : 'client.example';
	$self->{ehlo} = $self->say("EHLO $helo") if defined $helo;
	return $self;
}

# Bytes as they are.
sub put
{
	my ($self, $bytes) = @_;
	local $SIG{PIPE} = 'IGNORE';
	$self->{socket}->print($bytes);
	$self->{socket}->flush;
	return $self;
}

sub _line
{
	my ($self) = @_;
	my $line;
	eval {
		local $SIG{ALRM} = sub { die "late\n" };
		alarm $self->{timeout};
		$line = readline $self->{socket};
		alarm 0;
	};
	alarm 0;
	return $line;
}

# The next reply: "250 2.1.0 Ok"; lines of a longer one are joined by \n.
sub reply
{
	my ($self) = @_;
	my @lines;
	while (1) {
		my $line = $self->_line;
		if (!defined $line) {
			push @lines, '000 connection lost';
			last;
		}
		$line =~ s/\r?\n\z//;
		push @lines, $line;
		last unless $line =~ /^\d\d\d-/;
	}
	my $reply = join "\n", @lines;
	push @{ $self->{replies} }, $reply;
	return $reply;
}

# One command and its reply.
sub say
{
	my ($self, $command) = @_;
	return $self->put("$command\r\n")->reply;
}

# Several commands in one packet; a list of replies.
sub pipeline
{
	my ($self, @commands) = @_;
	$self->put(join '', map { "$_\r\n" } @commands);
	return map { $self->reply } @commands;
}

sub mail { my ($self, $from) = @_; return $self->say("MAIL FROM:<$from>") }
sub rcpt { my ($self, $to) = @_; return $self->say("RCPT TO:<$to>") }
sub rset { return $_[0]->say('RSET') }

sub quit
{
	my ($self) = @_;
	my $reply = $self->say('QUIT');
	close $self->{socket};
	return $reply;
}

# The message after DATA: line ends become CRLF, dots are doubled. Returns the
# last reply, or that to DATA if it was refused.
sub data
{
	my ($self, $message) = @_;
	my $reply = $self->say('DATA');
	return $reply unless $reply =~ /^354/;
	$message =~ s/\r?\n/\r\n/g;
	$message .= "\r\n" unless $message =~ /\r\n\z/;
	$message =~ s/^\./../mg;
	return $self->put("$message.\r\n")->reply;
}

# The message in chunks of a size, not dot-stuffed. Returns the last reply.
sub bdat
{
	my ($self, $message, $size) = @_;
	$message =~ s/\r?\n/\r\n/g;
	while (length $message) {
		my $chunk = substr $message, 0, $size, '';
		my $last = length $message ? '' : ' LAST';
		my $reply = $self->put('BDAT ' . length($chunk)
			. "$last\r\n$chunk")->reply;
		return $reply if $last || $reply !~ /^250/;
	}
}

# A whole mail in an open session: { mail, rcpt => [...], data }. It goes on
# only as far as replies allow.
sub send
{
	my ($self, %with) = @_;
	my @to = ref $with{to} ? @{ $with{to} } : $with{to};
	my %got = (mail => $self->mail($with{from}), rcpt => []);
	return \%got unless $got{mail} =~ /^250/;
	push @{ $got{rcpt} }, $self->rcpt($_) for @to;
	return \%got unless grep { /^25/ } @{ $got{rcpt} };
	$got{data} = $self->data($with{message});
	return \%got;
}

1;
