#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Reloads one after the other under load: no session is dropped, and each mail
# is judged by one configuration, recipients and rules. And the memory that a
# reload takes. ISPFILTER_FULL=60 goes on for so many seconds, with a thousand
# reloads a minute asked for; ISPFILTER_SIGNATURES=1000000 loads as many.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time sleep);
use Ispfilter::Daemon;
use Ispfilter::Milter;
use Ispfilter::Tools qw(folder slurp spew wait_until);

my $folder = folder('reloads');
my $path = "$folder/run/s.sock";
my %base = (
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	inspectors => 2, scratch_directory => "$folder/scratch",
	socket_group => '',
);

# Two configurations, each with a domain and two rules of its own.
my %conf;
for my $which (qw(A B)) {
	my $domain = lc($which) . '.example';
	spew("$folder/$which/rules/1.cf", "header ONE_$which Subject =~ /x/\n"
		. "score ONE_$which 0.1\n"
		. "add_header all Seen _TESTS_\n");
	spew("$folder/$which/rules/2.cf", "header TWO_$which Subject =~ /x/\n"
		. "score TWO_$which 0.1\n");
	spew("$folder/$which/domains", "$domain yes\n");
	spew("$folder/$which/mailboxes", "you\@$domain yes\n");
	$conf{$which} = { %base, stages => 'recipients spam',
		rules => "$folder/$which/rules",
		virtual_mailbox_domains =>
		    "texthash:$folder/A/domains, texthash:$folder/B/domains",
		virtual_mailbox_maps => "texthash:$folder/$which/mailboxes" };
}
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => $conf{A});
$daemon->start;

# The whole file at once, as an editor or a package manager would.
sub set_conf
{
	my ($which) = @_;
	my %settings = (%{ $conf{$which} }, map { $_ => $daemon->{conf}{$_} }
		qw(state_directory poison_directory dns));
	spew("$folder/next", join '',
		map { "$_ = $settings{$_}\n" } grep { defined $settings{$_} }
		sort keys %settings);
	rename "$folder/next", $daemon->conf_file or die;
}

# What a mail was judged by: "A" or "B", or what is wrong.
sub judged
{
	my ($milter) = @_;
	my $reply = $milter->mail('a@example.net');
	return "MAIL: $reply" if $reply ne 'c';
	my %took = map { $_ => $milter->rcpt("you\@" . lc($_) . '.example', 'Q') }
	    qw(A B);
	my @took = grep { $took{$_} eq 'c' } sort keys %took;
	return "RCPT: $took{A}, $took{B}" unless @took == 1;
	$milter->content(header => [[Subject => ' x']]);
	my $answer = $milter->answer;
	return "end: $answer->{reply}" if $answer->{reply} ne 'c';
	my ($seen) = map { $_->[3] } grep { $_->[2] eq 'X-Spam-Seen' }
	    @{ $answer->{edits} };
	return "rules: " . ($seen // 'none')
	    if ($seen // '') !~ /^\s*ONE_$took[0],\s*TWO_$took[0]\s*$/;
	return $took[0];
}

# A process that sends mails until the time; what became of them goes to a file.
sub sender
{
	my ($end, $file) = @_;
	my $pid = fork // die "fork: $!";
	return $pid if $pid;
	my (%seen, $milter);
	while (time < $end) {
		# Sessions of one mail and of many.
		if (!$milter || rand() < 0.3) {
			$milter->quit if $milter;
			$milter = eval { Ispfilter::Milter->new(
				path => $path) };
			if (!$milter || $milter->{gone}) {
				$seen{'no session'}++;
				undef $milter;
				next;
			}
			$milter->connect;
		}
		my $judged = judged($milter);
		$seen{$judged}++;
		undef $milter if length $judged > 1;
	}
	spew($file, join '', map { "$_\t$seen{$_}\n" } sort keys %seen);
	require POSIX;
	POSIX::_exit(0);
}

subtest 'reloads under load' => sub {
	my $seconds = $ENV{ISPFILTER_FULL} || 6;
	my $end = time + $seconds;
	my @pids = map { sender($end, "$folder/seen.$_") } 1, 2;
	my $reloads = 0;
	while (time < $end) {
		set_conf($reloads % 2 ? 'A' : 'B');
		$daemon->reload;
		$reloads++;
		sleep 0.05;
	}
	waitpid $_, 0 for @pids;
	my %seen;
	for (1, 2) {
		my $text = slurp("$folder/seen.$_");
		$seen{$1} += $2 while $text =~ /^(.*)\t(\d+)$/mg;
	}
	is_deeply [sort keys %seen], ['A', 'B'],
	    'no session is dropped, each mail is judged by one configuration'
	    or diag explain \%seen;
	my $loads = () = $daemon->log =~ /policy in service/g;
	note sprintf '%d reloads asked for in %d s, %d loads, %d mails',
	    $reloads, $seconds, $loads - 1, $seen{A} + $seen{B};
	ok wait_until(sub { (my @now = $daemon->nurseries) == 1 }),
	    'one nursery remains';
};
is_deeply [$daemon->unexpected], [], 'nothing in the log';
$daemon->stop;

# Memory of the daemon and all its processes, each page counted once, in MB.
sub memory
{
	my $sum = 0;
	for my $pid ($daemon->pid, $daemon->nurseries, $daemon->inspectors) {
		my $text = slurp("/proc/$pid/smaps_rollup") // '';
		$sum += $1 if $text =~ /^Pss:\s+(\d+)/m;
	}
	return $sum / 1024;
}

sub signatures
{
	my ($name, $count) = @_;
	open my $out, '>', "$folder/virus/new" or die;
	srand 7;
	for my $n (1 .. $count) {
		print $out "$name.$n:0:*:" . join('', map {
			sprintf '%02x', int rand 256 } 1 .. 24) . "\n";
	}
	close $out;
	rename "$folder/virus/new", "$folder/virus/test.ndb" or die;
}

subtest 'memory of a reload' => sub {
	my $count = $ENV{ISPFILTER_SIGNATURES} || 200_000;
	mkdir "$folder/virus";
	my %peak;
	for my $concurrent (qw(yes no)) {
		signatures('Test.Old', $count);
		$daemon = Ispfilter::Daemon->new(
			folder => $folder, conf => { %base, stages => 'virus',
				virus_database => "$folder/virus",
				virus_database_check => 0,
				clamav_concurrent_reload => $concurrent });
		unlink $daemon->log_file;
		$daemon->start;
		wait_until { (my @now = $daemon->inspectors) == 2 };
		sleep 0.5;
		my $before = memory();
		signatures('Test.New', $count);
		my $peak = 0;
		$daemon->reload;
		my $done = 0;
		while (!$done) {
			$done = (() = $daemon->log =~ /policy in service/g) > 1
			    && (my @now = $daemon->nurseries) == 1;
			my $now = memory();
			$peak = $now if $now > $peak;
		}
		$peak{$concurrent} = $peak;
		wait_until { (my @now = $daemon->inspectors) == 2 };
		sleep 0.5;
		my $after = memory();
		note sprintf 'clamav_concurrent_reload = %s: %d signatures: '
		    . '%.0f MB before, at most %.0f MB, %.0f MB after',
		    $concurrent, $count, $before, $peak, $after;
		cmp_ok $after, '<', $before * 1.3 + 5,
		    "$concurrent: no more memory after it than before";
		$daemon->stop;
	}
	cmp_ok $peak{no}, '<', $peak{yes}, 'one copy takes less than two';
};

done_testing;
