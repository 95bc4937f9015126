#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A mail that takes long, on a machine that is busy with other things: others'
# mail comes first, but not other programs for ever.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time);
use Ispfilter::Mail qw(clean_mail);
use Ispfilter::System;
use Ispfilter::Tools qw(folder slurp top);

my $cannot = Ispfilter::System->cannot;
plan skip_all => $cannot if $cannot;
BEGIN { $ENV{ISPFILTER} = top() . '/build/ispfilter-rigged' }
plan skip_all => 'build/ispfilter-rigged is not built'
    unless -x $ENV{ISPFILTER};

my $system = Ispfilter::System->new(folder => folder('starved'),
	mailboxes => ['john@example.org'],
	conf => { inspectors => 2, inspect_time_limit => '18s',
		stages => 'recipients spam' })->start;
my $daemon = $system->daemon;

sub reply_to
{
	my ($message) = @_;
	my $began = time;
	my $reply = $system->send(to => 'john@example.org',
		message => $message)->{data};
	note sprintf '%.1f s: %s', time - $began, $reply;
	return $reply;
}

my $cores = grep { /^processor\s*:/ } split /\n/, slurp('/proc/cpuinfo');
my (@busy, $parent);
END {
	my $status = $?;
	kill 'KILL', @busy if defined $parent && $$ == $parent;
	$? = $status;
}
$parent = $$;
for (1 .. 3 * $cores) {
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		# Ends by itself, whatever becomes of the test.
		my $end = time + 120;
		while (time < $end) { }
		kill 'KILL', $$;
	}
	push @busy, $pid;
}

like reply_to(clean_mail('X-Rig' => 'work@spam')), qr/^250/,
    'a mail of 300 ms passes where others want all processors';
like reply_to(clean_mail()), qr/^250/, 'and so does a quick one';
is_deeply [grep { /keeps its/ } split /\n/, $daemon->log], [],
    'inspectors can be told to stand back';
kill 'KILL', @busy;
waitpid $_, 0 for @busy;
@busy = ();
like reply_to(clean_mail('X-Rig' => 'work@spam')), qr/^250/,
    'the same on an idle machine';
$system->stop;
done_testing;
