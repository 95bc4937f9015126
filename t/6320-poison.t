#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Mails that crash, loop or eat memory, at every stage, through a real Postfix:
# each is put off, costs nobody else, is known when it comes again, and is not
# inspected then. ISPFILTER_FULL=100 sends the hundred good mails as often.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time sleep);
use Ispfilter::Mail qw(clean_mail);
use Ispfilter::Maildir qw(maildir_files);
use Ispfilter::System;
use Ispfilter::Tools qw(folder run slurp spew top wait_until);

my $cannot = Ispfilter::System->cannot;
plan skip_all => $cannot if $cannot;
BEGIN { $ENV{ISPFILTER} = top() . '/build/ispfilter-rigged' }
plan skip_all => 'build/ispfilter-rigged is not built'
    unless -x $ENV{ISPFILTER};

my $inspectors = 4;
my $folder = folder('poison');
my %conf = (inspectors => $inspectors, inspect_time_limit => '2s',
	inspector_memory_limit => '64M', stages => 'recipients attachment virus spam');
my $system = Ispfilter::System->new(folder => $folder,
	mailboxes => ['john@example.org'], conf => \%conf)->start;
my $daemon = $system->daemon;

my $number = 0;

sub poison
{
	my ($rig, %headers) = @_;
	return clean_mail('X-Rig' => $rig, Subject => 'Poison ' . $number++,
		%headers);
}

sub reply_to
{
	my ($message) = @_;
	return $system->send(to => 'john@example.org',
		message => $message)->{data};
}

# The same mail as another server's next attempt brings it.
sub again
{
	my ($message) = @_;
	return reply_to("Received: from a.example ([192.0.2.1])\n"
		. "\tby b.example; " . localtime() . ' #' . $number++
		. "\n$message");
}

sub has_inspectors
{
	return wait_until { my @now = $daemon->inspectors;
		@now == $inspectors };
}

# The children of a process are not in every kernel's /proc.
my $has_children = -e "/proc/$$/task/$$/children";

sub last_line { return (grep { /action=/ } split /\n/, $daemon->log)[-1] }

sub is_known
{
	my ($message, $name) = @_;
	# One that hung is killed when its mail has an answer already.
	has_inspectors();
	my @before = $daemon->deaths;
	like again($message), qr/^451 4\.3\.0 .*the mail filter fails over it/,
	    "$name: put off when it comes again";
	like last_line(), qr/by=poison .*virus=\? findings=POISON,UNCHECKED/,
	    'without an inspection';
	is_deeply [$daemon->deaths], \@before, 'of which nobody died';
}

ok has_inspectors(), "there are $inspectors inspectors";
like reply_to(clean_mail()), qr/^250/, 'a good mail passes';

my @places = qw(parse attachment virus spam report answer);
my %poison;

for my $place (@places) {
	subtest "crash at $place" => sub {
		my $before = $daemon->deaths;
		my $message = $poison{$place} = poison("crash\@$place");
		like reply_to($message),
		    qr/^451 4\.3\.0 .*cannot be checked now/, 'put off';
		like reply_to(clean_mail()), qr/^250/, 'a good one passes';
		ok has_inspectors(), 'the inspector is replaced';
		is $daemon->deaths - $before, 1, 'that one alone';
		is_known($message, 'it');
	};
}

for my $how (qw(null abort stack call exit)) {
	subtest "crash by $how" => sub {
		my $message = poison("$how\@spam");
		like reply_to($message), qr/^451 4\.3\.0 /, 'put off';
		ok has_inspectors(), 'the inspector is replaced';
		is_known($message, 'it');
	};
}

for my $place (@places) {
	subtest "too much memory at $place" => sub {
		my $message = poison("eat\@$place");
		like reply_to($message), qr/^451 4\.3\.0 /, 'put off';
		ok $daemon->wait_log('ended over this message \(memory\)'),
		    'for want of memory';
		ok has_inspectors(), 'the inspector is replaced';
		is_known($message, 'it');
	};
}

for my $place (@places) {
	subtest "loop at $place" => sub {
		my $message = poison("loop\@$place");
		my ($tries, $reply, $good, $seconds, $known) = (0);
		# A busy machine may not let it loop for long enough.
		do {
			my $smtp = $system->smtp;
			$smtp->mail('ada@sender.example');
			$smtp->rcpt('john@example.org');
			$smtp->say('DATA');
			my $began = time;
			$smtp->put($message =~ s/\n/\r\n/gr . ".\r\n");
			$good = reply_to(clean_mail());
			$reply = $smtp->reply;
			$seconds = time - $began;
			my ($id) = $reply =~ /\((\w+)\)/;
			$known = $daemon->wait_log("$id: poison .*(?:loop|hang)",
				0);
		} while (++$tries < 6 && !$known);
		like $good, qr/^250/, 'a good mail passes meanwhile';
		like $reply, qr/^451 4\.3\.0 /, 'it is put off';
		cmp_ok $seconds, '<', 4, 'within the limit and two seconds'
		    or diag $daemon->log;
		ok has_inspectors(), 'the inspector is replaced';
		is_known($message, 'it');
		note "$tries attempts, " . sprintf '%.1f s', $seconds;
	};
}

subtest 'a hang may have other reasons' => sub {
	my $message = poison('hang@virus');
	for my $try (1 .. 3) {
		like reply_to($message), qr/^451 4\.3\.0 .*checked now/,
		    "attempt $try is inspected";
	}
	is_known($message, 'it');
};

subtest 'the time until there is a new inspector' => sub {
	plan skip_all => 'this kernel does not list children'
	    unless $has_children;
	my @times;
	for (1 .. 9) {
		has_inspectors();
		my %old = map { $_ => 1 } $daemon->inspectors;
		my ($nursery) = $daemon->nurseries;
		reply_to(poison('crash@parse'));
		my $began = time;
		while (time < $began + 10) {
			my @now = split ' ', slurp(
				"/proc/$nursery/task/$nursery/children");
			last if @now == $inspectors && grep { !$old{$_} } @now;
			sleep 0.002;
		}
		push @times, time - $began;
	}
	@times = sort { $a <=> $b } @times;
	cmp_ok $times[4], '<', 0.2, 'at most 200 ms';
	note sprintf 'median %.0f ms, longest %.0f ms', 1000 * $times[4],
	    1000 * $times[-1];
};

subtest 'over a restart' => sub {
	is $daemon->stop, 0, 'the daemon stops';
	$daemon->start;
	ok has_inspectors(), 'and starts';
	is_known($poison{$_}, $_) for @places;
};

sub command
{
	return run(slurp("/proc/$$/cmdline") ? $ENV{ISPFILTER} : (), 'poison',
		'-c', $daemon->conf_file, @_);
}

subtest 'the admin lists and forgets' => sub {
	my ($status, $list) = command('list');
	is $status, 0, 'a list';
	my @lines = split /\n/, $list;
	cmp_ok scalar @lines, '>', 20, 'with all of them';
	is scalar(grep { !m{^\d{4}-\d\d-\d\dT[\d:]{8} [0-9a-f]{32} \d+ (?:crash|memory|loop|hang) \d+ \Q$folder\E/\S+\.eml$} }
		@lines), 0, 'in lines with time, digest, count, reason and copy'
	    or diag $list;
	my ($digest) = (split ' ', $lines[-1])[1];
	($status) = command('forget', $digest);
	is $status, 0, 'one is forgotten';
	unlike +(command())[1], qr/$digest/, 'and not in the list';
	like again($poison{answer}), qr/^451 .*checked now/,
	    'the daemon tries it again';
	is_known($poison{answer}, 'and knows it again');
	($status) = command('forget', 'f' x 32);
	is $status, 65, 'a digest that is not remembered';
	($status) = command('forget');
	is $status, 64, 'usage';
};

subtest 'copies for the admin' => sub {
	my @copies = glob "$folder/daemon/state/poison/*";
	cmp_ok scalar @copies, '>', 20, 'there are some';
	is scalar(grep { !/\.eml$/ } @copies), 0, 'and nothing else';
	is sprintf('%o', (stat $copies[0])[2] & 07777), '600', 'private';
	is sprintf('%o', (stat "$folder/daemon/state/poison")[2] & 07777), '700',
	    'in a private folder';
	my ($copy) = grep { slurp($_) =~ /^X-Rig: crash\@spam$/m } @copies;
	ok defined $copy, 'each message is there';
	like slurp($copy), qr/^Return-Path: <ada\@sender\.example>\nReceived: .*\n\nHello John,.*\nAda\n\z/s,
	    'as it came';
	my ($status, $output) = run(top() . '/build/ispfilter', 'scan', '-c',
		$daemon->conf_file, $copy);
	is $status, 0, 'scan reads it' or diag $output;
};

subtest 'copies are bounded' => sub {
	$daemon->configure(%{ $daemon->{conf} }, poison_copies => 3);
	$daemon->reload;
	$daemon->wait_log('policy in service.*\n?', 10);
	wait_until(sub {
		reply_to(poison('crash@parse'));
		my @copies = glob "$folder/daemon/state/poison/*.eml";
		@copies == 3;
	}, 10);
	is scalar(my @copies = glob "$folder/daemon/state/poison/*.eml"), 3, 'three';
	ok +(grep { slurp($_) =~ /Poison @{[ $number - 1 ]}$/m } @copies),
	    'the last one is there';
};

# Reloads and waits until mail is judged by it.
sub set_poison
{
	my ($action) = @_;
	$daemon->configure(%{ $daemon->{conf} }, poison => $action);
	my $count = () = $daemon->log =~ /policy in service/g;
	$daemon->reload;
	return wait_until(sub {
		my $now = () = $daemon->log =~ /policy in service/g;
		$now > $count;
	}, 30);
}

subtest 'poison = reject' => sub {
	ok set_poison('reject'), 'reload';
	like again($poison{virus}), qr/^554 5\.6\.0 /, 'refused';
	like reply_to(poison('crash@virus')), qr/^451 /,
	    'but not the first time';
};

subtest 'poison = quarantine' => sub {
	ok set_poison('quarantine'), 'reload';
	my $reply = again($poison{virus});
	like $reply, qr/^250 /, 'taken';
	my ($id) = $reply =~ /queued as (\w+)/;
	like $system->postfix->queue_listing, qr/^\Q$id\E!/m,
	    'into the hold queue';
	$system->postfix->delete_all;
	ok set_poison('tempfail'), 'reload';
};

# One process, a session a mail; exits with the number of bad replies.
sub sender
{
	my ($count, $make) = @_;
	my $pid = fork // die "fork: $!";
	return $pid if $pid;
	my $bad = 0;
	for my $i (1 .. $count) {
		my ($message, $wanted) = $make->($i);
		$bad++ unless reply_to($message) =~ /^$wanted/;
	}
	require POSIX;
	POSIX::_exit($bad > 255 ? 255 : $bad);
}

subtest 'poison among good mails' => sub {
	my $rounds = $ENV{ISPFILTER_FULL} || 2;
	my @hows = qw(crash abort null stack eat);
	my $maildir = $system->maildir('john@example.org');
	$system->wait_empty;
	my $before = () = maildir_files($maildir);
	for my $round (1 .. $rounds) {
		my @good = map { sender(50, sub { (clean_mail(), 250) }) } 1, 2;
		my $bad = sender(10, sub { (poison($hows[$_[0] % @hows] . '@'
			. $places[$_[0] % @places],
			'Message-ID' => "<$round.$_[0]\@poison>"), 451) });
		for my $pid (@good) {
			waitpid $pid, 0;
			is $? >> 8, 0, "round $round: no good mail is put off";
		}
		waitpid $bad, 0;
		is $? >> 8, 0, 'each bad one is';
	}
	ok $system->wait_empty(120), 'the queue is empty';
	is scalar(my @all = maildir_files($maildir)) - $before, 100 * $rounds,
	    'each good mail is delivered, once';
	ok has_inspectors(), 'the inspectors are there';
};

subtest 'a memory that was damaged' => sub {
	$daemon->stop;
	spew("$folder/daemon/state/poison-list", 'rubbish');
	chown +(getpwnam 'nobody')[2, 3], "$folder/daemon/state/poison-list";
	$daemon->start;
	ok $daemon->wait_log('error: .*/poison-list makes no sense: .*forgotten'),
	    'is said aloud';
	like again($poison{spam}), qr/^451 .*checked now/, 'and begins empty';
	is_known($poison{spam}, 'and goes on');
	ok -e "$folder/daemon/state/poison-list.bad", 'it lies aside';
};

is_deeply [$system->complaints(qr/inspector \d+ (?:died|ended|needed)|poison|out of memory|: action=|milter-reject|4\.3\.0|5\.6\.0|copy of it/)],
    [], 'nothing else in the logs';
done_testing;
