#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Reload: new mail by the new policy, begun mail by the one that it began with,
# and a policy that does not load changes nothing.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time sleep);
use Ispfilter::Daemon;
use Ispfilter::Milter;
use Ispfilter::Tools qw(folder wait_until);

my $folder = folder('reload');
my $path = "$folder/run/s.sock";
my %conf = (
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	stages => '', inspectors => 2, scratch_directory => "$folder/scratch",
	message_size_limit => '100K', socket_group => '',
);
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => \%conf);
$daemon->start;

sub milter
{
	my $milter = Ispfilter::Milter->new(path => $path);
	$milter->connect;
	return $milter;
}

my @large = (body => [('x' x 998 . "\r\n") x 50]);

# Reloads with these settings and waits for a new line that says so.
sub reload
{
	my ($line, %with) = @_;
	my $count = () = $daemon->log =~ /$line/g;
	$daemon->configure(%conf, %with);
	$daemon->reload;
	return ok wait_until(sub {
		my $now = () = $daemon->log =~ /$line/g;
		$now > $count;
	}), "reload: $line";
}

sub has_nurseries
{
	my ($wanted) = @_;
	return wait_until { my @now = $daemon->nurseries; @now == $wanted };
}

my $old = milter();
is $old->mail_one(@large)->{reply}, 'c', 'a mail of 50 kB';
my ($first) = $daemon->nurseries;
my $begun = milter();
$begun->mail('a@example.net');
$begun->rcpt('b@example.org', 'BEGUN');

subtest 'a new policy' => sub {
	reload('policy in service', message_size_limit => '20K');
	like milter()->mail_one(@large)->{reply}, qr/^y 552 5\.3\.4 /,
	    'holds for new mail';
	like $old->mail_one(@large)->{reply}, qr/^y 552 5\.3\.4 /,
	    'in old sessions, too';
	my @nurseries = $daemon->nurseries;
	is scalar @nurseries, 2, 'the old nursery is still there';
	$begun->content(queue_id => 'BEGUN', @large);
	is $begun->answer->{reply}, 'c', 'for the mail that had begun';
	ok has_nurseries(1), 'and leaves after it';
	isnt(($daemon->nurseries)[0], $first, 'it is the old one that left');
};

subtest 'a mistake in the settings' => sub {
	my @before = $daemon->nurseries;
	reload('the old policy stays', mesage_size_limit => '1M');
	$daemon->wait_log('did you mean "message_size_limit"');
	like milter()->mail_one(@large)->{reply}, qr/^y 552 /,
	    'changes nothing';
	is_deeply [$daemon->nurseries], \@before, 'no nursery is left behind';
};

subtest 'rules that cannot be loaded' => sub {
	my @before = $daemon->nurseries;
	reload('the old policy stays', stages => 'spam',
		rules => "$folder/nowhere");
	is milter()->mail_one->{reply}, 'c', 'change nothing';
	ok has_nurseries(1), 'the failed nursery has gone';
	is_deeply [$daemon->nurseries], \@before, 'the old one has not';
};

subtest 'what only a start can change' => sub {
	reload('listen: the change takes effect', listen => 'unix:/nowhere');
	is milter()->mail_one->{reply}, 'c', 'the old socket serves';
};

subtest 'SIGHUP reloads as well' => sub {
	$daemon->configure(%conf);
	kill 'HUP', $daemon->pid;
	ok wait_until(sub {
		milter()->mail_one(@large)->{reply} eq 'c';
	}), 'the new policy is in service';
};

subtest 'many reloads under load' => sub {
	my %replies;
	my $milter = milter();
	my $end = time + 4;
	my $reloads = 0;
	my $next = 0;
	while (time < $end) {
		if (time > $next) {
			$daemon->reload;
			$reloads++;
			$next = time + 0.05;
		}
		$replies{ $milter->mail_one->{reply} }++;
		$replies{ milter()->mail_one->{reply} }++;
	}
	is_deeply [keys %replies], ['c'], 'every mail is accepted';
	note "$reloads reloads, $replies{c} mails";
	ok has_nurseries(1), 'one nursery remains';
};

is $daemon->stop, 0, 'the daemon ends well';
is_deeply [$daemon->unexpected(qr/the old policy stays|did you mean|nowhere|could not load|errors? in the settings|takes effect/)],
    [], 'nothing else in the log';
is_deeply [glob "$folder/scratch/*"], [], 'no scratch folder is left';
done_testing();
