#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The Nth call of a function fails, in the daemon, the nursery or an inspector,
# for every N that a mail comes to: no mail with a virus passes, no clean one is
# refused for good, and the daemon is well afterwards or has ended for its
# supervisor to start it anew. $ISPFILTER_FULL tries every N, else a few.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time sleep);
use Ispfilter::Daemon;
use Ispfilter::Mail qw(attachment_mail eicar eicar_signature);
use Ispfilter::Milter;
use Ispfilter::Tools qw(folder lend rules slurp spew top wait_until);

my $library = top() . '/build/t/faults.so';
plan skip_all => 'build/t/faults.so is not built' unless -e $library;
my %calls = (malloc => 1, read => 2, write => 3, open => 4, mmap => 5,
	poll => 6, sendmsg => 7, recvmsg => 8, memfd => 9, thread => 10,
	fork => 11, socketpair => 12, pread => 13, fsync => 14, send => 15,
	recv => 16, fstat => 17, fcntl => 18);
my %roles = (daemon => 1, nursery => 2, inspector => 3);

my $folder = folder('faults');
my $path = "$folder/run/s.sock";
spew("$folder/virus/eicar.ndb", eicar_signature());
spew("$folder/domains", "example.org yes\n");
spew("$folder/mailboxes", "b\@example.org yes\n");
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => {
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	stages => 'recipients attachment virus spam', rules => rules($folder),
	virus_database => "$folder/virus", inspectors => 1,
	virtual_mailbox_domains => "texthash:$folder/domains",
	virtual_mailbox_maps => "texthash:$folder/mailboxes",
	scratch_directory => "$folder/scratch", socket_group => '',
	inspect_time_limit => '3s', inspect_queue_time => '3s',
	poison_directory => '',
});

spew("$folder/faults", "\0" x 4096, 0666);

sub page
{
	my ($role, $call, $n) = @_;
	open my $out, '+<:raw', "$folder/faults" or die;
	print $out pack 'l4 q', $role, $call, $n, 0, 0;
	close $out;
}

sub fired { return (unpack 'l4', slurp("$folder/faults"))[3] }

sub start
{
	page(0, 0, 0);
	local $ENV{LD_PRELOAD} = lend($folder, 'build/t/faults.so');
	local $ENV{FAULTS} = "$folder/faults";
	$daemon->start;
	wait_until { (my @now = $daemon->inspectors) == 1 };
}

# Each mail is another one: what an inspector died of is known again.
my $number = 0;

sub clean { return (header => [[Subject => ' Mail ' . $number++]]) }

sub virus
{
	my ($head, $body) = attachment_mail('a.bin', eicar(),
		Subject => 'Mail ' . $number++) =~ /\A(.*?\n)\n(.*)\z/s;
	return (header => [map { [split /:/, $_, 2] } split /\n(?![ \t])/,
			$head],
		body => [$body =~ s/\n/\r\n/gr]);
}

# The last answer of the daemon, or "eof".
sub reply_to
{
	my (%mail) = @_;
	my $milter = eval { Ispfilter::Milter->new(path => $path) }
	    or return 'eof';
	return 'eof' if $milter->{gone};
	$milter->connect;
	my $reply = $milter->mail('a@example.net');
	$reply = $milter->rcpt('b@example.org', 'Q') if $reply eq 'c';
	return $reply if $reply ne 'c';
	$milter->content(queue_id => 'Q', %mail);
	return $milter->answer->{reply};
}

# After a fault: well again, by itself or by a new start.
my $starts = 0;

sub is_well
{
	my ($what) = @_;
	page(0, 0, 0);
	my $end = time + 20;
	while (time < $end) {
		my $ended = waitpid($daemon->pid, 1) != 0;
		if ($ended) {
			delete $daemon->{pid};
			unlink $path;
			$starts++;
			start();
		}
		return 1 if reply_to(clean()) eq 'c'
		    && reply_to(virus()) =~ /^y 554/;
		sleep 0.1;
	}
	return 0;
}

start();
is reply_to(clean()), 'c', 'a clean mail passes';
like reply_to(virus()), qr/^y 554 5\.7\.1 .*Eicar/, 'a virus does not';

my $full = $ENV{ISPFILTER_FULL};
my ($trials, %outcomes) = (0);
for my $role (sort keys %roles) {
	for my $call (sort keys %calls) {
		my (@bad, $tried);
		my $step = 1;
		for (my $n = 1; $n < 100_000; $n += $step) {
			$step = 1 + ($full ? 0 : $n);
			my $any = 0;
			for my $mail ([c => \&clean], [virus => \&virus]) {
				my ($kind, $with) = @$mail;
				page($roles{$role}, $calls{$call}, $n);
				my $reply = reply_to($with->());
				my $fired = fired() or next;
				$any = 1;
				$tried++;
				$reply =~ s/^(y \d).*/$1xx/;
				$outcomes{"$kind: $reply"}++;
				# "r": refused, without memory for the words.
				push @bad, "$n: $kind: $reply"
				    if $kind eq 'c' ? $reply !~ /^(?:c|y 4xx|t|eof)$/
					: $reply !~ /^(?:y 4xx|y 5xx|r|t|eof)$/;
				push @bad, "$n: $kind: not well afterwards"
				    unless is_well();
			}
			last unless $any;
		}
		next unless $tried;
		$trials += $tried;
		is_deeply \@bad, [], "$role: $call, $tried faults";
	}
}
note "$trials faults, the daemon was started anew $starts times";
note "$_: $outcomes{$_}" for sort keys %outcomes;
cmp_ok $trials, '>', 50, 'there were faults';
$daemon->stop;
done_testing;
