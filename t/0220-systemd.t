#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The unit of systemd: hardened, and still letting the daemon do what it does.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Tools qw(run slurp top);

chdir top();
my $unit = 'contrib/systemd/ispfilter.service';
my $text = slurp($unit);

# The groups of calls are systemd's own; ours must name the rest.
my %allowed = map { $_ => 1 } map { split ' ' }
    $text =~ /^SystemCallFilter=([^~].*)$/mg;
ok $allowed{$_}, "$_ is allowed, for the inspectors' cage"
    for qw(seccomp landlock_create_ruleset landlock_add_rule
    landlock_restrict_self setrlimit prlimit64);
ok $allowed{sched_setscheduler}, 'slow inspectors can be told to stand back';
like $text, qr/^StartLimitIntervalSec=0$/m,
    'failing often does not end it for good';
like $text, qr/^RestrictAddressFamilies=.*\bAF_UNIX\b/m,
    'pairs of sockets can be made';
unlike $text, qr/^MemoryDenyWriteExecute=yes/m,
    'patterns can be compiled to code';
my ($scratch) = slurp('ispfilter.conf') =~ /^#scratch_directory = (.*)$/m;
like $text, qr/^TemporaryFileSystem=\Q$scratch\E:(?=.*\bsize=\d+G)(?=.*\bmode=1777)/m,
    'temporary files are kept in memory, so much and no more';
like $text, qr/^SupplementaryGroups=postfix$/m,
    'the socket can be given to postfix';

SKIP: {
	my ($status, $output) = run('systemd-analyze', 'security',
		'--offline=yes', $unit);
	skip 'systemd-analyze security --offline is not there', 2
	    if $output !~ /Overall exposure level/;
	my ($level) = $output =~ /Overall exposure level for \S+: ([\d.]+)/;
	cmp_ok $level, '<', 2.0, "exposure level $level is below 2.0";
	my (undef, $complaints) = run('systemd-analyze', 'verify',
		'--man=no', $unit);
	my @about = grep { /ispfilter\.service/ && !/not executable|not found/ }
	    split /\n/, $complaints;
	is_deeply \@about, [], 'systemd understands each line';
}
done_testing;
