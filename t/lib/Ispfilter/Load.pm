# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Load;

# Numbered mails, sent by several processes at once for as long as one wants,
# and the reckoning: what became of each of them.
#
#	my $load = Ispfilter::Load->new(folder => $folder, clients => 3,
#		port => $postfix->{port}, seed => 7);
#	$load->start;
#	...
#	$load->stop;
#	my $sum = $load->reckon(maildirs => { 'john@example.org' => $path },
#		queued => { queue id => 1 });
#
# The tables are those of sql/: john, steve, kerstin, and info for john and
# steve. A number and the seed decide what a mail is.

use strict;
use warnings;
use Digest::MD5 qw(md5);
use Exporter 'import';
use Ispfilter::Mail qw(attachment_mail clean_mail spam_mail virus_mail);
use Ispfilter::Maildir qw(header maildir_files);
use Ispfilter::SMTP;
use Ispfilter::Tools qw(slurp spew);
use POSIX ();
use Time::HiRes qw(sleep);

our @EXPORT_OK = qw(numbers_of);

# Share of a hundred, to whom, and what must come of it: the mailboxes, or none.
my @kinds = (
	[plain => 52, ['john@example.org'], ['john@example.org']],
	[two => 10, ['john@example.org', 'steve@example.org'],
		['john@example.org', 'steve@example.org']],
	[alias => 10, ['info@example.org'],
		['john@example.org', 'steve@example.org']],
	[large => 3, ['kerstin@example.net'], ['kerstin@example.net']],
	[spam => 5, ['steve@example.org'], ['steve@example.org']],
	[mixed => 5, ['nobody@example.org', 'kerstin@example.net'],
		['kerstin@example.net']],
	[virus => 6, ['john@example.org'], []],
	[banned => 6, ['john@example.org'], []],
	[unknown => 3, ['nobody@example.org'], []],
);
my %owners = map { $_->[0] => $_->[3] } @kinds;
my $end = 'This is the last line.';

sub new
{
	my ($class, %with) = @_;
	return bless { clients => 3, pause => 0.02, seed => 1, %with }, $class;
}

# Some bytes that only the seed, the number and the name decide.
sub _dice
{
	my ($self, $number, $name) = @_;
	return unpack 'N', md5("$self->{seed} $number $name");
}

sub kind
{
	my ($self, $number) = @_;
	my $left = $self->_dice($number, 'kind') % 100;
	for my $kind (@kinds) {
		$left -= $kind->[1];
		return $kind if $left < 0;
	}
}

# Forged fields must not pass for a verdict of ours.
sub message
{
	my ($self, $number) = @_;
	my $name = $self->kind($number)->[0];
	my %headers = (Subject => "number $number $name",
		'Message-ID' => "<$number\@sender.example>",
		'X-Spam-Status' => 'No, forged');
	my $mail = $name eq 'virus' ? virus_mail(%headers)
	    : $name eq 'banned' ? attachment_mail('holiday.pdf.exe',
		"MZ\0\0", %headers)
	    : $name eq 'spam' ? spam_mail(%headers) : clean_mail(%headers);
	my $lines = $name eq 'large' ? 4000
	    : $self->_dice($number, 'lines') % 60;
	$mail .= 'some more words of it, over and over ' x 2 . "\n"
	    for 1 .. $lines;
	return "$mail$end\n";
}

sub start
{
	my ($self) = @_;
	unlink "$self->{folder}/enough";
	for my $client (1 .. $self->{clients}) {
		my $pid = fork;
		die "fork: $!\n" unless defined $pid;
		if (!$pid) {
			$SIG{$_} = 'DEFAULT' for qw(INT TERM CHLD);
			eval { $self->_work($client); 1 } or warn $@;
			POSIX::_exit(0);
		}
		push @{ $self->{pids} }, $pid;
	}
	return $self;
}

sub stop
{
	my ($self) = @_;
	spew("$self->{folder}/enough", '');
	waitpid $_, 0 for @{ delete $self->{pids} // [] };
	return $self;
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $@, $!);
	kill 'KILL', @{ $self->{pids} // [] };
	waitpid $_, 0 for @{ $self->{pids} // [] };
}

sub _work
{
	my ($self, $client) = @_;
	my $number = $client;
	open my $ledger, '>>', "$self->{folder}/ledger.$client" or die $!;
	$ledger->autoflush(1);
	until (-e "$self->{folder}/enough") {
		my $smtp = eval { Ispfilter::SMTP->new(
			port => $self->{port}, timeout => 90) };
		sleep 0.1, next unless $smtp;
		for (1 .. 1 + $self->_dice($number, 'session') % 8) {
			last unless $self->_send($smtp, $number, $ledger);
			$number += $self->{clients};
			sleep $self->{pause} if $self->{pause};
		}
		$smtp->quit;
	}
}

# One line: number, what became of it, queue id. False ends the session.
sub _send
{
	my ($self, $smtp, $number, $ledger) = @_;
	my $kind = $self->kind($number);
	print $ledger "$number sent -\n";
	my $got = $smtp->send(from => 'ada@sender.example', to => $kind->[2],
		message => $self->message($number));
	my @all = ($got->{mail}, @{ $got->{rcpt} }, $got->{data} // ());
	my $last = $all[-1];
	my $fate = $last =~ /^2/ && defined $got->{data} ? 'accepted'
	    : (grep { /^000/ } @all) ? (defined $got->{data} ? 'open' : 'cut')
	    : $last =~ /^5/ ? 'refused' : 'put-off';
	# Whom Postfix did not take is not in an accepted mail.
	my @taken = map { $kind->[2][$_] }
	    grep { $got->{rcpt}[$_] =~ /^2/ } 0 .. $#{ $got->{rcpt} };
	my ($id) = $last =~ /queued as (\w+)/;
	$last =~ s/\s+/ /g;
	print $ledger join(' ', $number, $fate, $id // '-',
		join(',', @taken) || '-', $last), "\n";
	$smtp->rset unless $fate =~ /accepted|open|cut/;
	return $fate !~ /open|cut/ && $last !~ /^421/;
}

# number => { fate, id, taken, reply }; "sent" is one without an end.
sub ledger
{
	my ($self) = @_;
	my %mails;
	for my $file (glob "$self->{folder}/ledger.*") {
		open my $in, '<', $file or die "$file: $!\n";
		while (my $line = <$in>) {
			my ($number, $fate, $id, $taken, $reply) =
			    split ' ', $line, 5;
			$mails{$number} = { fate => $fate, id => $id,
				taken => [grep { $_ ne '-' }
					split /,/, $taken // ''],
				reply => $reply };
		}
	}
	return \%mails;
}

# The numbers of all mails in a Maildir: [number, what is wrong with it].
sub numbers_of
{
	my ($maildir) = @_;
	my @found;
	for my $file (map { maildir_files($maildir, $_) } '', '.Junk') {
		my $text = slurp($file);
		my ($subject) = header($text, 'Subject');
		my ($number, $kind) =
		    ($subject // '') =~ /number (\d+) (\w+)/;
		my @status = header($text, 'X-Spam-Status');
		my $wrong = $text !~ /\n\Q$end\E\n\z/ ? 'partial'
		    : @status != 1 || $status[0] =~ /forged/ ? 'unscanned'
		    : ($file =~ m{/\.Junk/} xor ($kind // '') eq 'spam')
		    ? 'misfiled' : '';
		push @found, [$number // "$file", $wrong];
	}
	return @found;
}

# Where a mail has to be, as { address => 1 }.
sub _wanted
{
	my ($self, $number, $mail) = @_;
	return {} unless $mail->{fate} eq 'accepted';
	my @taken = map { $_ eq 'info@example.org' ? @{ $owners{alias} } : $_ }
	    @{ $mail->{taken} };
	return { map { $_ => 1 } @taken };
}

# Replies that a mail of this kind may have for good.
sub _may_refuse
{
	my ($name, $reply) = @_;
	return $reply =~ /^550 5\.1\.1 / if $name =~ /unknown|mixed/;
	return $reply =~ /^5\d\d 5\.7\.1 / if $name =~ /virus|banned/;
	return 0;
}

sub reckon
{
	my ($self, %with) = @_;
	my $mails = $self->ledger;
	my %sum = map { $_ => [] } qw(lost twice stray partial unscanned
	    misfiled wrongly-refused);
	$sum{fates} = {};
	my (%found, %known);
	for my $address (sort keys %{ $with{maildirs} }) {
		for (numbers_of($with{maildirs}{$address})) {
			my ($number, $wrong) = @$_;
			push @{ $sum{$wrong} }, "$number $address" if $wrong;
			push @{ $sum{stray} }, "$number $address"
			    unless $mails->{$number};
			$found{$number}{$address}++;
			$sum{copies}++;
		}
	}
	for my $number (sort { $a <=> $b } keys %$mails) {
		my $mail = $mails->{$number};
		my $name = $self->kind($number)->[0];
		$sum{mails}++;
		$sum{fates}{ $mail->{fate} }++;
		push @{ $sum{'wrongly-refused'} }, "$number $mail->{reply}"
		    if $mail->{fate} eq 'refused'
		    && !_may_refuse($name, $mail->{reply});
		push @{ $sum{unscanned} }, "$number $name"
		    if !@{ $owners{$name} }
		    && ($mail->{fate} eq 'accepted' || $found{$number});
		my $wanted = $self->_wanted($number, $mail);
		my $got = $found{$number} // {};
		my $queued = $with{queued}{ $mail->{id} // '' };
		for my $address (keys %$wanted) {
			push @{ $sum{lost} }, "$number $address"
			    unless $got->{$address} || $queued;
		}
		for my $address (keys %$got) {
			push @{ $sum{twice} }, "$number $address"
			    if $got->{$address} > 1;
			# Without an answer it may be there, or not.
			push @{ $sum{stray} }, "$number $address"
			    unless $wanted->{$address}
			    || $mail->{fate} =~ /open|sent/;
		}
	}
	return \%sum;
}

1;
