# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Postfix;

# A Postfix of one's own, in one folder: configuration, queue, data, log and
# ports on the loopback. A system's Postfix is neither used nor touched, and
# may run at the same time. Needs root.
#
#	my $postfix = Ispfilter::Postfix->new(folder => $folder,
#		milter => 'unix:ispfilter/ispfilter.sock', chroot => 1,
#		main => { virtual_mailbox_domains => 'example.org' },
#		master => "deliver unix - n n - - pipe ...");
#	$postfix->start;
#	my $smtp = $postfix->smtp;		# an Ispfilter::SMTP
#	$postfix->wait_empty;
#	$postfix->stop;

use strict;
use warnings;
use File::Copy ();
use File::Path qw(make_path);
use Ispfilter::SMTP;
use Ispfilter::Tools qw(free_port run slurp spew wait_until);

sub new
{
	my ($class, %with) = @_;
	my $self = bless { chroot => 0, services => [], %with }, $class;
	die "Postfix needs a folder\n" unless $self->{folder};
	$self->{port} ||= free_port();
	$self->{etc} = "$self->{folder}/etc";
	$self->{queue} = "$self->{folder}/spool";
	make_path("$self->{folder}/data", $self->{etc}, $self->{queue});
	my ($uid, $gid) = (getpwnam 'postfix')[2, 3];
	die "there is no user postfix: is Postfix installed?\n"
	    unless defined $uid;
	chown $uid, $gid, "$self->{folder}/data";
	chmod 0700, "$self->{folder}/data";
	$self->_write_main;
	$self->_write_master;
	return $self;
}

# Why it cannot run here, or "".
sub cannot
{
	return 'only root can run a private Postfix' if $>;
	return 'Postfix is not installed' unless -x '/usr/sbin/postfix';
	return '';
}

sub log_file { return "$_[0]{folder}/maillog" }
sub log { return slurp($_[0]->log_file) // '' }

# Folder of the milter's socket as smtpd sees it, made for a daemon's user.
sub socket_folder
{
	my ($self, $owner) = @_;
	my $folder = "$self->{queue}/ispfilter";
	make_path($folder);
	my ($uid, $gid) = (getpwnam($owner // 'postfix'))[2, 3];
	chown $uid, (getgrnam 'postfix')[2] // $gid, $folder;
	chmod 0770, $folder;
	return $folder;
}

# Settings that are not the defaults. smtpd_peername_lookup stays on: the name
# of 127.0.0.1 is in /etc/hosts.
sub _write_main
{
	my ($self) = @_;
	my %main = (
		compatibility_level => '3.6',
		config_directory => $self->{etc},
		queue_directory => $self->{queue},
		data_directory => "$self->{folder}/data",
		mail_owner => 'postfix',
		maillog_file => $self->log_file,
		maillog_file_prefixes => $self->{folder},
		myhostname => 'mx.example.org',
		mydomain => 'example.org',
		myorigin => 'mx.example.org',
		mydestination => 'localhost',
		mynetworks => '127.0.0.0/8',
		inet_interfaces => 'loopback-only',
		inet_protocols => 'ipv4',
		alias_maps => '',
		alias_database => '',
		local_recipient_maps => '',
		smtp_dns_support_level => 'disabled',
		default_transport => 'error:mail to elsewhere stays here',
		relay_transport => 'error:mail to elsewhere stays here',
		append_dot_mydomain => 'no',
		biff => 'no',
		smtpd_forbid_bare_newline => 'yes',
		message_size_limit => 41943040,
		virtual_mailbox_limit => 0,
		strict_mailbox_ownership => 'no',
		in_flow_delay => '0',
		minimal_backoff_time => '2s',
		maximal_backoff_time => '5s',
		queue_run_delay => '2s',
		$self->{milter} ? (
			smtpd_milters => $self->{milter},
			milter_default_action => 'tempfail',
			milter_protocol => 6,
		) : (),
		%{ $self->{main} // {} },
	);
	spew("$self->{etc}/main.cf",
		join '', map { "$_ = $main{$_}\n" } sort keys %main);
}

sub _write_master
{
	my ($self) = @_;
	my $c = $self->{chroot} ? 'y' : 'n';
	spew("$self->{etc}/master.cf", <<"END" . ($self->{master} // ''));
127.0.0.1:$self->{port} inet n - $c - - smtpd
pickup	unix n - $c 1 1 pickup
cleanup	unix n - $c - 0 cleanup
qmgr	unix n - n 1 1 qmgr
tlsmgr	unix - - $c 1000? 1 tlsmgr
rewrite	unix - - $c - - trivial-rewrite
bounce	unix - - $c - 0 bounce
defer	unix - - $c - 0 bounce
trace	unix - - $c - 0 bounce
verify	unix - - $c - 1 verify
flush	unix n - $c 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp	unix - - $c - - smtp
relay	unix - - $c - - smtp
showq	unix n - $c - - showq
error	unix - - $c - - error
retry	unix - - $c - - error
discard	unix - - $c - - discard
local	unix - n n - - local
virtual	unix - n n - - virtual
lmtp	unix - - $c - - lmtp
anvil	unix - - $c - 1 anvil
scache	unix - - $c - 1 scache
postlog	unix-dgram n - n - 1 postlogd
END
}

# A changed setting takes effect with reload or the next start.
sub set
{
	my ($self, %settings) = @_;
	$self->{main} = { %{ $self->{main} // {} }, %settings };
	$self->_write_main;
}

# What a chrooted smtpd wants to read.
sub _furnish_chroot
{
	my ($self) = @_;
	make_path("$self->{queue}/etc");
	for my $name (qw(hosts nsswitch.conf services resolv.conf localtime)) {
		next unless -e "/etc/$name";
		File::Copy::copy("/etc/$name", "$self->{queue}/etc/$name");
		chmod 0644, "$self->{queue}/etc/$name";
	}
}

sub _command
{
	my ($self, $name, @rest) = @_;
	my ($status, $output) = run("/usr/sbin/$name", '-c', $self->{etc},
		@rest);
	return wantarray ? ($status, $output) : $output;
}

sub start
{
	my ($self) = @_;
	my ($status, $output) = $self->_command('postfix', 'start');
	die "postfix start: $output" . $self->log if $status;
	$self->{running} = 1;
	$self->_furnish_chroot if $self->{chroot};
	wait_until { IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $self->{port}) } 10
	    or die "Postfix does not answer:\n" . $self->log;
	return $self;
}

sub reload { return scalar $_[0]->_command('postfix', 'reload') }
sub flush { return scalar $_[0]->_command('postqueue', '-f') }
sub delete_all { return scalar $_[0]->_command('postsuper', '-d', 'ALL') }
sub queue_listing { return scalar $_[0]->_command('postqueue', '-p') }

sub stop
{
	my ($self) = @_;
	return unless delete $self->{running};
	my ($pid) = (slurp("$self->{queue}/pid/master.pid") // '') =~ /(\d+)/;
	$self->_command('postfix', 'stop');
	wait_until { !$pid || !kill 0, $pid } 10;
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $@, $!);
	$self->stop;
}

sub smtp
{
	my ($self, %with) = @_;
	return Ispfilter::SMTP->new(port => $self->{port}, %with);
}

# Hands a mail to sendmail(1), as programs on the machine do.
sub sendmail
{
	my ($self, $message, @arguments) = @_;
	return run({ stdin => $message }, '/usr/sbin/sendmail', '-C',
		$self->{etc}, @arguments);
}

# True when all mail has left the queue; false after so many seconds.
sub wait_empty
{
	my ($self, $seconds) = @_;
	return wait_until { $self->queue_listing =~ /queue is empty/ }
	    $seconds // 30;
}

# The log's first line that matches, if need be after a while.
sub wait_log
{
	my ($self, $pattern, $seconds) = @_;
	return wait_until {
		my ($line) = grep { /$pattern/ } split /\n/, $self->log;
		$line;
	} $seconds // 15;
}

# What Postfix says where a machine's clock is set back, in two lines.
my $CLOCK = qr/warning: (?:file system clock is|resetting file time stamps)/;

# Postfix's own complaints, but for those that `but` matches, and those of the
# machine's clock.
sub warnings
{
	my ($self, $but) = @_;
	return grep { /\b(?:warning|error|fatal|panic):/ && !/$CLOCK/ }
	    grep { !defined $but || !/$but/ } split /\n/, $self->log;
}

1;
