# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Tools;

# What every test with real servers needs: a folder that servers of other
# users can enter, free ports, files in one go, waiting without guessing.

use strict;
use warnings;
use Exporter 'import';
use File::Path qw(make_path remove_tree);
use File::Temp ();
use IO::Socket::INET;
use IO::Socket::UNIX;

our @EXPORT_OK = qw(folder free_port wait_until slurp spew run top program
    lend rules start_process stop_process);

# The root of the source tree, from where this file lies.
sub top
{
	require Cwd;
	my ($here) = __FILE__ =~ m{^(.*)/[^/]+$};
	return Cwd::abs_path("$here/../../..");
}

# A file or folder of the source tree, in this folder: the tree may be where only
# root can go, and the daemon is not root.
sub lend
{
	my ($folder, $path) = @_;
	my ($name) = $path =~ m{([^/]+)$};
	return "$folder/$name" if -e "$folder/$name";
	my ($status, $output) = run('cp', '-R', top() . "/$path", $folder);
	die $output if $status;
	run('chmod', '-R', 'a+rX', "$folder/$name");
	return "$folder/$name";
}

sub rules { return lend($_[0], 'rules') }

# The program under test: build/ispfilter, or $ISPFILTER.
sub program
{
	return $ENV{ISPFILTER} || top() . '/build/ispfilter';
}

# A new folder below the system's temporary one that anybody may enter, short
# enough for a socket's name. It goes with the process, unless $ISPFILTER_KEEP.
sub folder
{
	my ($name) = @_;
	my $folder = File::Temp::tempdir('isp-' . ($name // 'test') . '-XXXXXX',
		TMPDIR => 1, CLEANUP => !$ENV{ISPFILTER_KEEP});
	chmod 0755, $folder;
	return $folder;
}

# A port is this process's for as long as it lives: a name in the kernel's list
# of unix sockets says so to other tests. The range is below the one that the
# kernel takes for outgoing connections.
my %given;

sub free_port
{
	for (1 .. 500) {
		my $port = 20_000 + int rand 12_000;
		next if $given{$port};
		my $mark = IO::Socket::UNIX->new(Type => SOCK_STREAM,
			Local => "\0isp-port-$port", Listen => 1) or next;
		IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp',
			LocalPort => $port, Listen => 1, ReuseAddr => 1)
		    or next;
		$given{$port} = $mark;
		return $port;
	}
	die "no free port\n";
}

# Calls until it is true; false after so many seconds. Returns what it said.
sub wait_until(&;$)
{
	my ($condition, $seconds) = @_;
	my $end = time + ($seconds // 15);
	while (1) {
		my $result = $condition->();
		return $result if $result;
		return undef if time > $end;
		select undef, undef, undef, 0.05;
	}
}

sub slurp
{
	my ($file) = @_;
	open my $in, '<:raw', $file or return undef;
	local $/;
	return scalar(<$in>) // '';
}

# Writes a file, its folders too; $mode is optional.
sub spew
{
	my ($file, $text, $mode) = @_;
	my ($folder) = $file =~ m{^(.*)/};
	make_path($folder) if defined $folder && !-d $folder;
	open my $out, '>:raw', $file or die "$file: $!\n";
	print $out $text;
	close $out or die "$file: $!\n";
	chmod $mode, $file if defined $mode;
	return $file;
}

# Runs a command without a shell: (status, output with errors). status is the
# exit code, or 128 + signal; after `seconds` (120) it is killed. `stdin` is a
# text for it to read, `errors` a file for its errors.
sub run
{
	my (@command) = @_;
	my %with = ref $command[0] eq 'HASH' ? %{ shift @command } : ();
	my $input = File::Temp->new;
	print $input $with{stdin} // '';
	$input->flush;
	my $seconds = $with{seconds} // 120;
	my $pid = open my $output, '-|';
	die "fork: $!\n" unless defined $pid;
	if (!$pid) {
		setpgrp;
		open STDIN, '<', $input->filename or die "stdin: $!\n";
		my @errors = defined $with{errors} ? ('>>', $with{errors}) : ('>&', \*STDOUT);
		open STDERR, $errors[0], $errors[1] or die "errors: $!\n";
		exec { $command[0] } @command or do {
			print "$command[0]: $!\n";
			require POSIX;
			POSIX::_exit(127);
		};
	}
	local $SIG{ALRM} = sub { kill 'KILL', -$pid };
	alarm $seconds;
	my $text = do { local $/; <$output> };
	close $output;
	alarm 0;
	my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
	return ($status, $text // '');
}

# Starts a command in the background with its output in a file. Returns the
# process id.
sub start_process
{
	my ($log, @command) = @_;
	my $pid = fork;
	die "fork: $!\n" unless defined $pid;
	return $pid if $pid;
	open STDIN, '<', '/dev/null';
	open STDOUT, '>>', $log or die "$log: $!\n";
	open STDERR, '>&', \*STDOUT;
	exec { $command[0] } @command or do {
		print STDERR "$command[0]: $!\n";
		require POSIX;
		POSIX::_exit(127);
	};
}

# Ends a process of ours and waits for it: SIGTERM, and SIGKILL when it has
# had its time. Returns its wait status.
sub stop_process
{
	my ($pid, $seconds) = @_;
	require POSIX;
	kill 'TERM', $pid;
	my $status;
	my $gone = wait_until {
		my $found = waitpid $pid, POSIX::WNOHANG();
		$status = $? if $found == $pid;
		$found != 0;
	} $seconds // 15;
	return $status if $gone;
	kill 'KILL', $pid;
	waitpid $pid, 0;
	return $?;
}

1;
