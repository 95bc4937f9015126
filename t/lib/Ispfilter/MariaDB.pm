# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::MariaDB;

# A MariaDB of one's own in one folder: data, socket, log, a loopback port. A
# system's MariaDB is neither used nor touched. Needs root or an own user.
#
#	my $mariadb = Ispfilter::MariaDB->new(folder => $folder);
#	$mariadb->start;
#	$mariadb->sql('CREATE DATABASE mailserver');
#	$mariadb->load('mailserver', 'sql/mariadb-howto.sql');
#	$mariadb->hang;			# SIGSTOP ...
#	$mariadb->go_on;		# ... and SIGCONT
#	$mariadb->stop;

use strict;
use warnings;
use IO::Socket::UNIX;
use Ispfilter::Tools qw(free_port run slurp start_process stop_process
    wait_until);
use POSIX qw(WNOHANG);

sub new
{
	my ($class, %with) = @_;
	my $self = bless { user => 'mysql', options => [], %with }, $class;
	die "MariaDB needs a folder\n" unless $self->{folder};
	$self->{port} ||= free_port();
	$self->{data} = "$self->{folder}/mariadb";
	$self->{scratch} = "$self->{folder}/mariadb-tmp";
	return $self;
}

# Why it cannot run here, or "".
sub cannot
{
	return 'MariaDB is not installed'
	    unless -x '/usr/sbin/mariadbd' && -x '/usr/bin/mariadb-install-db';
	return 'there is no user mysql' if !$> && !defined getpwnam 'mysql';
	return '';
}

sub socket { return "$_[0]{folder}/mariadb.sock" }
sub port { return $_[0]{port} }
sub pid { return $_[0]{pid} }
sub log_file { return "$_[0]{folder}/mariadb.log" }
sub log { return slurp($_[0]->log_file) // '' }

# A server that starts removes the temporary tables in its tmpdir, those of
# another server too: so each has its own.
sub _install
{
	my ($self) = @_;
	mkdir $self->{data};
	mkdir $self->{scratch};
	my @user = $> ? () : ("--user=$self->{user}");
	unless ($>) {
		my ($uid, $gid) = (getpwnam $self->{user})[2, 3];
		chown $uid, $gid, $self->{data}, $self->{scratch},
		    $self->{folder};
	}
	my ($status, $output) = run('mariadb-install-db', '--no-defaults',
		"--datadir=$self->{data}", "--tmpdir=$self->{scratch}",
		'--skip-test-db', @user,
		'--auth-root-authentication-method=normal',
		'--innodb-log-file-size=4M');
	die "mariadb-install-db: $output\n" if $status;
	return $self;
}

# Starts without waiting.
sub launch
{
	my ($self) = @_;
	$self->_install unless -d "$self->{data}/mysql";
	$self->{pid} = start_process($self->log_file, '/usr/sbin/mariadbd',
		'--no-defaults', "--datadir=$self->{data}",
		"--tmpdir=$self->{scratch}",
		'--socket=' . $self->socket, "--port=$self->{port}",
		'--bind-address=127.0.0.1', '--skip-name-resolve',
		"--pid-file=$self->{folder}/mariadb.pid",
		'--innodb-buffer-pool-size=16M', '--innodb-log-file-size=4M',
		'--innodb-flush-log-at-trx-commit=0', '--skip-log-bin',
		'--performance-schema=OFF', '--max-connections=40',
		($> ? () : ("--user=$self->{user}")), @{ $self->{options} });
	return $self;
}

sub start
{
	my ($self) = @_;
	$self->launch;
	my $gone;
	my $up = wait_until {
		$gone = waitpid($self->{pid}, WNOHANG) != 0;
		$gone || IO::Socket::UNIX->new(Peer => $self->socket);
	} 60;
	delete $self->{pid} if $gone;
	die "MariaDB does not start:\n" . $self->log if $gone || !$up;
	return $self;
}

# Runs statements as root and returns what they print, without headings.
sub sql
{
	my ($self, $sql, $database) = @_;
	my ($status, $output) = run({ stdin => $sql }, 'mariadb',
		'--no-defaults', '--socket=' . $self->socket, '--user=root',
		'--batch', '--skip-column-names', $database // ());
	die "SQL: $output\n" if $status;
	return $output;
}

sub load
{
	my ($self, $database, $file) = @_;
	$self->sql("CREATE DATABASE IF NOT EXISTS $database");
	return $self->sql(slurp($file) // die("$file: $!\n"), $database);
}

# It hangs: connections are taken by the kernel, nobody answers.
sub hang { return kill 'STOP', $_[0]{pid} }
sub go_on { return kill 'CONT', $_[0]{pid} }

sub stop
{
	my ($self) = @_;
	my $pid = delete $self->{pid} or return;
	kill 'CONT', $pid;
	return stop_process($pid, 30);
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $@, $!);
	$self->stop;
}

1;
