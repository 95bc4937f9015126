# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::System;

# A whole mail system in one folder: a private Postfix, `ispfilter daemon` as
# its milter, the tables that both read, and `ispfilter deliver` behind a
# pipe(8) that writes Maildirs as the user nobody.
#
#	my $system = Ispfilter::System->new(folder => $folder, chroot => 1,
#		mailboxes => ['john@example.org'],
#		aliases => { 'info@example.org' => 'john@example.org' });
#	$system->start;
#	$system->smtp->send(from => ..., to => ..., message => ...);
#	$system->wait_empty;
#	maildir_mails($system->maildir('john@example.org'));
#
# Further options: listen => 'inet' (default: unix), conf => {} and main => {}
# for more settings of ispfilter and Postfix, master => more lines of master.cf,
# mail => the folder of all mail, tables => a sub that writes other tables and
# returns the settings for them.

use strict;
use warnings;
use File::Path qw(make_path);
use Ispfilter::Daemon;
use Ispfilter::Mail qw(eicar_signature);
use Ispfilter::Postfix;
use Ispfilter::Tools qw(free_port program rules run spew wait_until);

sub cannot { return Ispfilter::Postfix->cannot }

sub new
{
	my ($class, %with) = @_;
	my $self = bless { listen => 'unix', mailboxes => [], aliases => {},
		owner => 'nobody', tables => \&_text_tables, %with }, $class;
	my $folder = $self->{folder};
	$self->{mail} //= "$folder/mail";
	make_path($self->{mail}, "$folder/bin", "$folder/daemon",
		"$folder/postfix", "$folder/tables");
	my ($uid, $gid) = (getpwnam $self->{owner})[2, 3];
	chown $uid, $gid, $self->{mail};
	$self->_furnish;
	my %tables = $self->{tables}->($self);
	$self->_make_postfix(%tables);
	$self->_make_daemon(%tables);
	return $self;
}

# Everything that another user than root reads lies in the folder: the source
# tree may be where only root can go.
sub _furnish
{
	my ($self) = @_;
	my $folder = $self->{folder};
	my ($status, $output) = run('cp', program(), "$folder/bin/ispfilter");
	die $output if $status;
	run('chmod', '-R', 'a+rX', "$folder/bin");
	rules($folder);
	spew("$folder/virus/eicar.ndb", eicar_signature());
	spew("$folder/deliver.conf", <<"END");
mail_location = $self->{mail}/%d/%n/Maildir
log = $folder/deliver.log
END
	spew("$folder/deliver.log", '');
	chown((getpwnam $self->{owner})[2, 3], "$folder/deliver.log");
}

# Tables as texthash: files, which Postfix and ispfilter read alike.
sub _text_tables
{
	my ($self) = @_;
	my $tables = "$self->{folder}/tables";
	my %domains = map { (/@(.*)/)[0] => 1 } @{ $self->{mailboxes} },
	    keys %{ $self->{aliases} };
	spew("$tables/domains", join '', map { "$_ yes\n" } sort keys %domains);
	spew("$tables/mailboxes",
		join '', map { "$_ yes\n" } @{ $self->{mailboxes} });
	spew("$tables/aliases", join '', map {
		"$_ $self->{aliases}{$_}\n"
	} sort keys %{ $self->{aliases} });
	return (virtual_mailbox_domains => "texthash:$tables/domains",
		virtual_mailbox_maps => "texthash:$tables/mailboxes",
		virtual_alias_maps => "texthash:$tables/aliases");
}

sub _make_postfix
{
	my ($self, %tables) = @_;
	my $folder = $self->{folder};
	if ($self->{listen} eq 'inet') {
		my $port = free_port();
		$self->{place} = "inet:$port\@127.0.0.1";
		$self->{milter} = "inet:127.0.0.1:$port";
	} else {
		my $socket = 'spool/ispfilter/ispfilter.sock';
		$self->{place} = "unix:$folder/postfix/$socket";
		$self->{milter} = $self->{chroot}
		    ? 'unix:ispfilter/ispfilter.sock' : $self->{place};
	}
	$self->{postfix} = Ispfilter::Postfix->new(
		folder => "$folder/postfix",
		chroot => $self->{chroot},
		milter => $self->{milter},
		main => {
			non_smtpd_milters => $self->{milter},
			smtpd_reject_unlisted_recipient => 'no',
			virtual_transport => 'ispfilter',
			ispfilter_destination_recipient_limit => 1,
			map({ $_ => _through_proxymap($tables{$_}) }
				keys %tables),
			%{ $self->{main} // {} },
		},
		master => <<"END" . ($self->{master} // ''));
ispfilter unix - n n - 4 pipe
  flags=DRXhu user=$self->{owner} null_sender= argv=$folder/bin/ispfilter deliver
  -c $folder/deliver.conf -f \${sender} -a \${original_recipient}
  -d \${recipient} -q \${queue_id}
END
	$self->{postfix}->socket_folder($self->{owner})
	    if $self->{listen} eq 'unix';
}

# A chrooted smtpd cannot open the files itself.
sub _through_proxymap
{
	my ($maps) = @_;
	$maps =~ s/(?<![\w:])(?=(?:texthash|sqlite|mysql):)/proxy:/g;
	return $maps;
}

sub _make_daemon
{
	my ($self, %tables) = @_;
	my $folder = $self->{folder};
	$self->{daemon} = Ispfilter::Daemon->new(
		folder => "$folder/daemon",
		conf => {
			listen => $self->{place},
			user => $self->{owner},
			log => 'stderr',
			rules => "$folder/rules",
			virus_database => "$folder/virus",
			scratch_directory => "$folder/daemon/scratch",
			inspectors => 2,
			%tables,
			%{ $self->{conf} // {} },
		});
}

sub start
{
	my ($self) = @_;
	$self->{daemon}->start;
	$self->{postfix}->start;
	return $self;
}

sub stop
{
	my ($self) = @_;
	$self->{postfix}->stop;
	return $self->{daemon}->stop;
}

sub postfix { return $_[0]{postfix} }
sub daemon { return $_[0]{daemon} }
sub smtp { my $self = shift; return $self->{postfix}->smtp(@_) }
sub wait_empty { my $self = shift; return $self->{postfix}->wait_empty(@_) }

sub maildir
{
	my ($self, $address) = @_;
	my ($user, $domain) = split /@/, $address;
	return "$self->{mail}/$domain/$user/Maildir";
}

# One mail in a session of its own: see Ispfilter::SMTP::send.
sub send
{
	my ($self, %with) = @_;
	my $smtp = $self->smtp;
	my $got = $smtp->send(from => 'ada@sender.example', %with);
	$smtp->quit;
	return $got;
}

# The daemon's line about a mail, by the queue id in a reply.
sub log_line
{
	my ($self, $reply) = @_;
	my ($id) = $reply =~ /queued as (\w+)/ or return '';
	return $self->{daemon}->wait_log("\\b$id: ") // '';
}

# What nobody expected: warnings of the daemon, of delivery, of Postfix.
sub complaints
{
	my ($self, $but) = @_;
	return ($self->{daemon}->unexpected($but),
		(grep { /warning|error/ } split /\n/,
			Ispfilter::Tools::slurp("$self->{folder}/deliver.log")
			// ''),
		$self->{postfix}->warnings($but));
}

1;
