#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Lists that have gone mad: one lists everything, one answers that it may not be
# asked, one's domain was sold, one goes mad later. No mail is judged by them.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Daemon;
use Ispfilter::DNS;
use Ispfilter::Milter;
use Ispfilter::Tools qw(folder program run slurp spew wait_until);

plan skip_all => 'NSD is not installed' unless -x '/usr/sbin/nsd';

my $folder = folder('9606');
my $sane = <<'END';
2.0.0.127.sane.test. A 127.0.0.2
66.2.0.192.sane.test. A 127.0.0.2
2.0.0.127.later.test. A 127.0.0.2
66.2.0.192.later.test. A 127.255.255.254
66.2.0.192.quiet.test. A 127.0.0.2
*.all.test. A 127.0.0.2
*.blocked.test. A 127.255.255.254
*.sold.test. A 192.0.2.80
END
my $dns = Ispfilter::DNS->new(folder => $folder, zones => { '.' => $sane });
$dns->start;
my @zones = qw(sane later quiet all blocked sold);
spew("$folder/rules.cf", join '', "required_score 5\n",
	"loadplugin Mail::SpamAssassin::Plugin::DNSEval\n", map {
		"header IN_\U$_\E eval:check_rbl('$_-lastexternal', '$_.test.')\n" .
		    "tflags IN_\U$_\E net\nscore IN_\U$_\E 1\n"
	} @zones);
my $path = "$folder/run/s.sock";
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => {
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	stages => 'spam', inspectors => 1, socket_group => '',
	scratch_directory => "$folder/scratch", rules => "$folder/rules.cf",
	state_directory => "$folder/state", $dns->conf });
$daemon->start;

my %states;
sub states
{
	my ($status, $output) = run(program(), 'lists', '-c',
		$daemon->conf_file, @_);
	%states = $output =~ /^(\w+)\.test\s+(\w+)/mg;
	return ($status, $output);
}

wait_until { states(); ($states{sane} // '') eq 'sane' } 20;
my ($status, $output) = states();
is_deeply(\%states, { sane => 'sane', later => 'sane', quiet => 'silent',
	all => 'open', blocked => 'open', sold => 'open' },
	'the probes find what each is') or diag($output);
is($status, 1, 'the exit status says that one is open');
like($output, qr/^all\.test .*lists 127\.0\.0\.1/m, 'and the reason is told');
for my $zone (qw(all blocked sold)) {
	my @lines = $daemon->log =~ /(dns list $zone\.test: .*not used)/g;
	is(scalar(@lines), 1, "$zone: one loud line");
}

my $id = 0;
sub tests
{
	my $queue = sprintf 'LIST%d', ++$id;
	my $milter = Ispfilter::Milter->new(path => $path);
	$milter->connect(name => 'x.test', addr => '192.0.2.66',
		helo => 'x.test');
	$milter->mail_one(queue_id => $queue, sender => 'a@b.test');
	$milter->quit;
	my ($tests) = ($daemon->wait_log("$queue: ") // '') =~ /tests=(\S*)/;
	return $tests // '';
}

my $tests = tests();
like($tests, qr/IN_SANE/, 'a sane list is used');
like($tests, qr/IN_QUIET/, 'so is one without test entries');
unlike($tests, qr/IN_(ALL|BLOCKED|SOLD)/, 'mad ones are not');
unlike($tests, qr/IN_LATER/, 'an error code is no listing');
like($daemon->wait_log('dns list later\.test: .*127\.255\.255'),
	qr/not used/, 'and opens the circuit at once');
like(tests(), qr/IN_SANE/, 'the others go on');
($status, $output) = states('--probe');
is($states{all}, 'open', '--probe asks without the daemon') or diag($output);
is_deeply([$daemon->unexpected(qr/dns list/)], [], 'no other complaint');
$daemon->stop;
($status, $output) = run(program(), 'lists', '-c', '/dev/null', '-x');
is($status, 64, 'usage');
done_testing;
