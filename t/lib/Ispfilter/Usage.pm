# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Usage;

# What processes cost, from /proc: theirs and that of all their descendants,
# those that have ended included.
#
#	my $before = cpu_ms($pid, ...);
#	...
#	my $spent = cpu_ms($pid, ...) - $before;
#	my $megabytes = pss_mb($pid, ...);

use strict;
use warnings;
use Exporter 'import';
use Ispfilter::Tools qw(slurp);
use POSIX ();

our @EXPORT_OK = qw(cpu_ms pss_mb descendants name_of);

my $tick = 1000 / POSIX::sysconf(POSIX::_SC_CLK_TCK());

# pid, parent, and milliseconds, of every process there is.
sub _processes
{
	my %found;
	for my $file (glob '/proc/[0-9]*/stat') {
		my ($pid) = $file =~ /(\d+)/;
		my $line = slurp($file) // next;
		$line =~ s/^.*\) //s; # the name may hold anything
		my @field = split ' ', $line;
		$found{$pid} = { parent => $field[1],
			ms => ($field[11] + $field[12] + $field[13]
				+ $field[14]) * $tick };
	}
	return \%found;
}

sub _below
{
	my ($all, @pids) = @_;
	my (%children, %seen);
	push @{ $children{$all->{$_}{parent}} }, $_ for keys %$all;
	while (@pids) {
		my $pid = shift @pids;
		next unless $all->{$pid} && !$seen{$pid}++;
		push @pids, @{ $children{$pid} // [] };
	}
	return keys %seen;
}

sub descendants { return _below(_processes(), @_) }

sub cpu_ms
{
	my $all = _processes();
	my $sum = 0;
	$sum += $all->{$_}{ms} for _below($all, @_);
	return $sum;
}

# Memory, that which several share divided among them.
sub pss_mb
{
	my $sum = 0;
	for my $pid (descendants(@_)) {
		my $rollup = slurp("/proc/$pid/smaps_rollup") // next;
		$sum += $1 if $rollup =~ /^Pss:\s+(\d+)/m;
	}
	return $sum / 1024;
}

sub name_of
{
	my ($name) = (slurp("/proc/$_[0]/comm") // '') =~ /(.*)/;
	return $name;
}

1;
