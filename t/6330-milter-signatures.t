#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Virus signatures arrive, break and vanish while mail comes in; the log is
# rotated. The daemon loads what is whole, keeps what it has otherwise, and
# never judges a mail by halves.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time sleep);
use Ispfilter::Daemon;
use Ispfilter::Milter;
use Ispfilter::Tools qw(folder slurp spew wait_until);

my $folder = folder('signatures');
my $path = "$folder/run/s.sock";
my $virus = "$folder/virus";

sub signature
{
	my ($name, $text) = @_;
	return "$name:0:*:" . unpack('H*', $text) . "\n";
}

# As freshclam does it: whole, under another name, and renamed.
sub arrive
{
	my ($text) = @_;
	spew("$virus/tmp.1", $text);
	rename "$virus/tmp.1", "$virus/test.ndb" or die;
}

mkdir $virus;
arrive(signature('Test.One', 'first-test-signature'));
my %conf = (
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	stages => 'virus', virus_database => $virus, inspectors => 2,
	scratch_directory => "$folder/scratch", socket_group => '',
	virus_database_check => '200ms', inspect_queue_time => '10s',
);
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => \%conf);
$daemon->start;

sub reply_to
{
	my ($text) = @_;
	my $milter = Ispfilter::Milter->new(path => $path);
	$milter->connect;
	return $milter->mail_one(body => ["$text\r\n"])->{reply};
}

sub finds
{
	my ($text, $seconds) = @_;
	return wait_until(sub { reply_to($text) =~ /^y 554 .*virus/ },
		$seconds // 15);
}

sub count { my $count = () = $daemon->log =~ /$_[0]/g; return $count }

# One nursery, and not that one.
sub is_new
{
	my ($old) = @_;
	my @now = $daemon->nurseries;
	return @now == 1 && $now[0] != $old;
}

ok finds('first-test-signature'), 'a signature of the start';
is reply_to('second-test-signature'), 'c', 'the other is not known yet';

subtest 'new signatures arrive' => sub {
	my ($old) = $daemon->nurseries;
	arrive(signature('Test.One', 'first-test-signature')
		. signature('Test.Two', 'second-test-signature'));
	ok finds('second-test-signature'), 'they are loaded';
	ok finds('first-test-signature'), 'beside the old ones';
	ok $daemon->wait_log('virus signatures have changed'), 'so it is said';
	ok wait_until(sub { is_new($old) }), 'by a new nursery';
	my $reloads = count('ispfilter\[\d+\]: reload');
	sleep 1;
	is count('ispfilter\[\d+\]: reload'), $reloads, 'once';
};

for my $how (
	['broken', sub { arrive("this is no signature\n") }],
	['empty', sub { arrive('') }],
	['gone', sub { unlink "$virus/test.ndb" }],
	['gone with their folder', sub { rename $virus, "$virus.away" }],
	['unreadable', sub { rename "$virus.away", $virus;
		arrive(signature('A.B', 'x')); chmod 0, "$virus/test.ndb" }],
) {
	my ($what, $do) = @$how;
	subtest "signatures are $what" => sub {
		my @before = $daemon->nurseries;
		my $failed = count('the old policy stays in service');
		$do->();
		ok wait_until(sub {
			count('the old policy stays in service') > $failed;
		}), 'a reload fails, aloud';
		ok finds('second-test-signature', 1), 'the old ones serve';
		is reply_to('harmless'), 'c', 'and mail passes';
		ok wait_until(sub { (my @now = $daemon->nurseries) == 1 }),
		    'one nursery remains';
		is_deeply [$daemon->nurseries], \@before, 'the old one';
	};
}

subtest 'a reload for other reasons fails as well' => sub {
	my $failed = count('the old policy stays in service');
	$daemon->reload;
	ok wait_until(sub {
		count('the old policy stays in service') > $failed;
	}), 'it does';
	ok finds('second-test-signature', 1), 'the old signatures serve';
};

subtest 'they are whole again' => sub {
	arrive(signature('Test.Three', 'third-test-signature'));
	ok finds('third-test-signature'), 'and loaded';
	is reply_to('second-test-signature'), 'c', 'what went has gone';
};

subtest 'one copy only' => sub {
	$daemon->configure(%conf, clamav_concurrent_reload => 'no');
	my $ready = count('policy in service');
	$daemon->reload;
	ok wait_until(sub { count('policy in service') > $ready }), 'reload';
	my ($old) = $daemon->nurseries;
	my $begun = Ispfilter::Milter->new(path => $path);
	$begun->connect;
	$begun->mail('a@example.net');
	$begun->rcpt('b@example.org', 'BEGUN');
	my $changes = count('virus signatures have changed');
	arrive(signature('Test.Four', 'fourth-test-signature'));
	ok wait_until(sub {
		count('virus signatures have changed') > $changes;
	}), 'the change is noticed';
	my $late = Ispfilter::Milter->new(path => $path);
	$late->connect;
	$late->mail('a@example.net');
	$late->rcpt('b@example.org', 'LATE');
	$late->content(queue_id => 'LATE',
		body => ["fourth-test-signature\r\n"]);
	sleep 0.3;
	is_deeply [$daemon->nurseries], [$old],
	    'no other nursery while a mail has the old one';
	$begun->content(queue_id => 'BEGUN',
		body => ["fourth-test-signature\r\n"]);
	is $begun->answer->{reply}, 'c', 'it is judged by what it began with';
	like $late->answer->{reply}, qr/^y 554 .*virus/,
	    'the next one has waited for the new ones';
	ok wait_until(sub { is_new($old) }), 'which are those of a new nursery';
};

subtest 'one copy only, and it breaks' => sub {
	arrive("this is no signature\n");
	ok wait_until(sub { reply_to('harmless') =~ /^y 451 / }),
	    'mail is put off';
	arrive(signature('Test.Five', 'fifth-test-signature'));
	ok finds('fifth-test-signature'), 'until there are signatures';
	is reply_to('harmless'), 'c', 'then it passes';
};

subtest 'many arrivals under load' => sub {
	$daemon->configure(%conf, virus_database_check => '20ms');
	my $ready = count('policy in service');
	$daemon->reload;
	wait_until(sub { count('policy in service') > $ready });
	# Each set knows one text under two names for it.
	my %seen;
	my $end = time + 6;
	my $n = 0;
	while (time < $end) {
		$n++;
		arrive(signature("Set.A$n", 'text-of-all-sets')
			. signature("Set.B$n", "text-of-set-$n"));
		# What changes between any two looks is never loaded.
		my $next = time + 0.1;
		do {
			my $reply = reply_to('text-of-all-sets');
			$seen{ $reply =~ /^y 554 .*Set\.A/ ? 'found' : $reply }++;
			$reply = reply_to('harmless');
			$seen{$reply}++;
		} while (time < $next);
	}
	is_deeply [sort keys %seen], ['c', 'found'], 'every mail is judged'
	    or diag explain \%seen;
	note "$n arrivals, " . count('policy in service') . ' loads';
};

subtest 'the log is rotated' => sub {
	$daemon->stop;
	spew("$folder/run.log", '');
	chown +(getpwnam 'nobody')[2, 3], "$folder/run.log";
	mkdir "$folder/log";
	chown +(getpwnam 'nobody')[2, 3], "$folder/log";
	$daemon->configure(%conf, log => "$folder/log/ispfilter.log");
	$daemon->start;
	reply_to('harmless');
	rename "$folder/log/ispfilter.log", "$folder/log/ispfilter.log.1";
	$daemon->reload;
	ok wait_until(sub { (slurp("$folder/log/ispfilter.log") // '')
		=~ /policy in service/ }), 'a reload opens it by its name';
	reply_to('harmless');
	ok wait_until(sub { (slurp("$folder/log/ispfilter.log") // '')
		=~ /action=accept/ }), 'mails are noted there';
};

$daemon->stop;
is_deeply [$daemon->unexpected(qr/the old policy stays|signature|libclamav|could not load|nursery|reload failed|Set\.A|Test\.|LATE|Q1: /)],
    [], 'nothing else in the log';
done_testing;
