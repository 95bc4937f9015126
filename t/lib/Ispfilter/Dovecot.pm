# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Dovecot;

# A Dovecot of one's own in one folder: LMTP, IMAP and SASL for Postfix on
# loopback ports, Maildirs below `mail`, one user for all mail. Needs root.
#
#	my $dovecot = Ispfilter::Dovecot->new(folder => $folder,
#		users => { 'john@example.org' => 'secret' });
#	$dovecot->start;
#	... virtual_transport => $dovecot->lmtp

use strict;
use warnings;
use File::Path qw(make_path);
use Ispfilter::Tools qw(free_port run slurp spew start_process stop_process
    top wait_until);

sub new
{
	my ($class, %with) = @_;
	my $self = bless { user => 'nobody', users => {}, %with }, $class;
	$self->{imap_port} ||= free_port();
	$self->{lmtp_port} ||= free_port();
	$self->{sasl_port} ||= free_port();
	my ($uid, $gid) = (getpwnam $self->{user})[2, 3];
	($self->{uid}, $self->{gid}) = ($uid, $gid);
	make_path("$self->{folder}/mail", "$self->{folder}/run",
		"$self->{folder}/state");
	chown $uid, $gid, "$self->{folder}/mail";
	$self->_write;
	return $self;
}

sub cannot
{
	return 'only root can run a private Dovecot' if $>;
	return 'Dovecot is not installed' unless -x '/usr/sbin/dovecot';
	return 'Dovecot has no LMTP here'
	    unless -x '/usr/lib/dovecot/lmtp';
	return '';
}

# Settings of a smtpd that lets users log in.
sub sasl
{
	my ($self) = @_;
	return (smtpd_sasl_auth_enable => 'yes', smtpd_sasl_type => 'dovecot',
		smtpd_sasl_path => "inet:127.0.0.1:$self->{sasl_port}");
}

sub lmtp { return "lmtp:inet:127.0.0.1:$_[0]{lmtp_port}" }
sub log { return slurp("$_[0]{folder}/dovecot.log") // '' }

sub maildir
{
	my ($self, $address) = @_;
	my ($user, $domain) = split /@/, $address;
	return "$self->{folder}/mail/$domain/$user/Maildir";
}

# "2.3" or "2.4", between which the settings have other names.
sub version
{
	my ($status, $text) = run('/usr/sbin/dovecot', '--version');
	my ($version) = $text =~ /^(\d+\.\d+)/;
	return $version // '2.3';
}

sub is_new
{
	my ($major, $minor) = split /\./, version();
	return $major > 2 || $minor >= 4;
}

# The folder of contrib with settings for the Dovecot that is here.
sub shipped
{
	return top() . '/contrib/dovecot' . (is_new() ? '/2.4' : '');
}

# What both call by the same names.
sub _common
{
	my ($self) = @_;
	my $folder = $self->{folder};
	my $listen = is_new() ? 'listen' : 'address';
	return <<"END";
base_dir = $folder/run
state_dir = $folder/state
log_path = $folder/dovecot.log
instance_name = ispfilter-test
listen = 127.0.0.1
ssl = no
auth_mechanisms = plain
default_internal_user = dovecot
default_login_user = dovenull
first_valid_uid = 1
first_valid_gid = 1
last_valid_uid = 0
last_valid_gid = 0
mail_uid = $self->{uid}
mail_gid = $self->{gid}
postmaster_address = postmaster\@example.org
namespace inbox {
  inbox = yes
  separator = /
  mailbox Junk {
    auto = create
    special_use = \\Junk
  }
}
service imap-login {
  inet_listener imap {
    $listen = 127.0.0.1
    port = $self->{imap_port}
  }
  inet_listener imaps {
    port = 0
  }
}
service auth {
  inet_listener sasl {
    $listen = 127.0.0.1
    port = $self->{sasl_port}
  }
}
service lmtp {
  inet_listener lmtp {
    $listen = 127.0.0.1
    port = $self->{lmtp_port}
  }
}
END
}

sub _old
{
	my ($self) = @_;
	my $folder = $self->{folder};
	return <<"END";
protocols = imap lmtp
log_debug = category=none
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
passdb {
  driver = passwd-file
  args = username_format=%u $folder/users
}
userdb {
  driver = static
  args = uid=$self->{uid} gid=$self->{gid} home=$folder/mail/%d/%n
}
END
}

sub _new
{
	my ($self) = @_;
	my $folder = $self->{folder};
	return <<"END";
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols {
  imap = yes
  lmtp = yes
}
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = ~/Maildir
passdb passwd-file {
  passwd_file_path = $folder/users
}
userdb static {
  fields {
    uid = $self->{uid}
    gid = $self->{gid}
    home = $folder/mail/%{user | domain}/%{user | username}
  }
}
END
}

# conf: settings of the test's own, or those for each version.
sub _write
{
	my ($self) = @_;
	my $folder = $self->{folder};
	my $own = $self->{conf} // '';
	$own = $own->{ is_new() ? '2.4' : '2.3' } if ref $own;
	spew("$folder/users", join '', map {
		"$_:{PLAIN}$self->{users}{$_}::::::\n"
	} sort keys %{ $self->{users} });
	spew("$folder/dovecot.conf", (is_new() ? $self->_new : $self->_old) .
		$self->_common . $own);
}

sub start
{
	my ($self) = @_;
	$self->{pid} = start_process("$self->{folder}/dovecot.log",
		'/usr/sbin/dovecot', '-F', '-c', "$self->{folder}/dovecot.conf");
	wait_until { IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $self->{lmtp_port}) } 15
	    or die "Dovecot does not start:\n" . $self->log;
	return $self;
}

sub stop
{
	my ($self) = @_;
	my $pid = delete $self->{pid} or return;
	stop_process($pid);
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $@, $!);
	$self->stop;
}

# Runs IMAP commands as a user; the server's whole answer.
sub imap
{
	my ($self, $user, @commands) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $self->{imap_port}, Timeout => 10)
	    or die "imap: $!\n";
	my $text = '';
	my $number = 0;
	for my $command ("LOGIN $user $self->{users}{$user}", @commands,
		'LOGOUT') {
		my $tag = 't' . ++$number;
		print $socket "$tag $command\r\n";
		$socket->flush;
		while (defined(my $line = <$socket>)) {
			$text .= $line;
			last if $line =~ /^$tag /;
		}
	}
	return $text;
}

1;
