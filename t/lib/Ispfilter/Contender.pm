# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Contender;

# Mail filters of Debian, and our own, each set up in a private folder to stand
# behind the same Postfix: defaults of their packages, no network tests.
#
#	for my $filter (contenders()) {
#		next if $filter->{missing};
#		my $up = $filter->{start}->("$folder/$filter->{name}");
#		$up->{main}		# settings for main.cf
#		$up->{pids}		# [name => pid], ...
#		contender_stop($up);
#	}
#
# Each folder may be used again: what a filter has compiled stays in it.

use strict;
use warnings;
use Exporter 'import';
use File::Copy ();
use File::Path qw(make_path remove_tree);
use IO::Socket::INET;
use IO::Socket::UNIX;
use Ispfilter::Daemon;
use Ispfilter::Sender qw(sender_program);
use Ispfilter::Mail qw(eicar_signature);
use Ispfilter::Tools qw(free_port program rules run slurp
    spew start_process stop_process wait_until);
use POSIX ();

our @EXPORT_OK = qw(contenders contender_stop);

my $STOCK = '/usr/share/spamassassin';
my $SITE = '/etc/spamassassin';

my @ALL = (
	{ name => 'none', title => 'Postfix alone', needs => [],
		start => sub { return { main => {}, pids => [] } } },
	{ name => 'idle', title => 'a milter that does nothing', needs => [],
		start => \&_idle },
	{ name => 'ispfilter', title => 'ispfilter', needs => [$STOCK],
		start => \&_ispfilter },
	{ name => 'clamav', title => 'clamav-milter + clamd',
		needs => ['/usr/sbin/clamav-milter', '/usr/sbin/clamd'],
		start => \&_clamav },
	{ name => 'rspamd', title => 'rspamd + clamd',
		needs => ['/usr/bin/rspamd', '/usr/sbin/clamd'],
		start => \&_rspamd, settle => 15 },
	{ name => 'spamd', title => 'spamass-milter + spamd',
		needs => ['/usr/sbin/spamass-milter', '/usr/sbin/spamd'],
		start => \&_spamd, slow => 1 },
	{ name => 'amavis', title => 'amavisd-new + clamd',
		needs => ['/usr/sbin/amavisd', '/usr/sbin/amavisd-milter',
			'/usr/sbin/clamd'],
		start => \&_amavis, slow => 1 },
);

sub contenders
{
	for my $filter (@ALL) {
		my ($gone) = grep { !-e } @{ $filter->{needs} };
		$filter->{missing} = $gone;
	}
	return @ALL;
}

sub _folder
{
	my ($path, $user) = @_;
	make_path($path);
	chmod 0755, $path;
	if (defined $user) {
		my ($uid, $gid) = (getpwnam $user)[2, 3];
		die "there is no user $user\n" unless defined $uid;
		chown $uid, $gid, $path;
	}
	return $path;
}

# A server in the foreground; dies with its log if it is not there in time.
sub _server
{
	my ($up, $name, $log, $ready, @command) = @_;
	my $pid = start_process($log, @command);
	push @{ $up->{pids} }, [$name, $pid];
	my $gone;
	my $there = wait_until {
		$gone = waitpid($pid, POSIX::WNOHANG()) != 0;
		$gone || $ready->();
	} 120;
	die "$name does not start:\n" . slurp($log) if $gone || !$there;
	return $up;
}

sub _as
{
	my ($user, @command) = @_;
	return ('setpriv', "--reuid=$user", '--regid='
		. getgrgid((getpwnam $user)[3]), '--init-groups', '--',
		@command);
}

# Whether a milter at this socket agrees on the protocol.
sub _negotiates
{
	my ($path) = @_;
	return sub {
		my $socket = IO::Socket::UNIX->new(Peer => $path) or return 0;
		local $SIG{PIPE} = 'IGNORE';
		$socket->syswrite(pack 'NaNNN', 13, 'O', 6, 0x1ff, 0x1fffff);
		return 0 unless $socket->sysread(my $answer, 64);
		$socket->syswrite(pack 'Na', 1, 'Q');
		return substr($answer, 4, 1) eq 'O' && chmod(0666, $path);
	};
}

sub _answers
{
	my ($class, $place, $question, $answer) = @_;
	return sub {
		my $socket = $class->new($class =~ /UNIX/ ? (Peer => $place)
			: (PeerAddr => $place)) or return 0;
		$socket->syswrite($question);
		$socket->sysread(my $got, 200);
		return ($got // '') =~ $answer;
	};
}

sub _milter
{
	my ($path) = @_;
	return { smtpd_milters => "unix:$path",
		milter_content_timeout => '300s' };
}

sub _idle
{
	my ($folder) = @_;
	_folder($folder);
	my $up = { main => _milter("$folder/socket"), pids => [] };
	return _server($up, 'idle', "$folder/log", _negotiates("$folder/socket"),
		sender_program('idle-milter'),
		"unix:$folder/socket");
}

# All that it does, with the stock rules; its tables are the caller's.
sub _ispfilter
{
	my ($folder, %conf) = @_;
	_folder($folder, 'nobody');
	spew("$folder/virus/eicar.ndb", eicar_signature());
	my ($status, $output) = run('cp', program(), "$folder/ispfilter");
	die $output if $status;
	local $ENV{ISPFILTER} = "$folder/ispfilter";
	my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => {
		listen => "unix:$folder/socket", user => 'nobody',
		log => 'stderr', rules => "$STOCK $SITE " . rules($folder),
		virus_database => "$folder/virus", inspectors => 4,
		scratch_directory => "$folder/scratch", %conf });
	$daemon->start;
	wait_until { _negotiates("$folder/socket")->() };
	return { main => _milter("$folder/socket"), daemon => $daemon,
		pids => [['ispfilter', $daemon->pid]] };
}

sub _clamd
{
	my ($up, $folder, $user) = @_;
	_folder("$folder/clamd", $user);
	spew("$folder/virus/eicar.ndb", eicar_signature());
	spew("$folder/clamd.conf", <<"END");
Foreground yes
LocalSocket $folder/clamd/socket
LocalSocketMode 666
DatabaseDirectory $folder/virus
TemporaryDirectory $folder/clamd
User $user
LogFile $folder/clamd/log
ScanMail yes
ScanArchive yes
MaxThreads 12
SelfCheck 0
END
	return _server($up, 'clamd', "$folder/clamd.log",
		_answers('IO::Socket::UNIX', "$folder/clamd/socket",
			"zPING\0", qr/PONG/),
		'/usr/sbin/clamd', '-c', "$folder/clamd.conf");
}

sub _clamav
{
	my ($folder) = @_;
	_folder($folder);
	_folder("$folder/milter", 'clamav');
	my $socket = "$folder/milter/socket";
	my $up = { main => _milter($socket), pids => [] };
	_clamd($up, $folder, 'clamav');
	spew("$folder/milter.conf", <<"END");
Foreground yes
MilterSocket unix:$socket
MilterSocketMode 666
User clamav
ClamdSocket unix:$folder/clamd/socket
OnInfected Reject
OnFail Defer
AddHeader Replace
TemporaryDirectory $folder/milter
LogFile $folder/milter/log
END
	return _server($up, 'clamav-milter', "$folder/milter.log",
		_negotiates($socket), '/usr/sbin/clamav-milter',
		'-c', "$folder/milter.conf");
}

# Modules that ask the network, or are of no use without it.
my @RSPAMD_OFF = qw(rbl surbl fuzzy_check dcc razor pyzor spf dkim dkim_signing
    dmarc arc asn mx_check url_redirector rspamd_update hfilter elastic
    clickhouse p0f external_services bimi);

sub _rspamd
{
	my ($folder) = @_;
	my $local = "$folder/etc/local.d";
	my $socket = "$folder/run/socket";
	my $port = free_port();
	_folder($folder);
	_folder("$folder/$_", '_rspamd') for qw(run db log);
	my $up = { main => _milter($socket), pids => [] };
	_clamd($up, $folder, 'clamav');
	spew("$local/$_.conf", "enabled = false;\n") for @RSPAMD_OFF;
	spew("$local/phishing.conf", "phishtank_enabled = false;\n");
	# What is refused would cost Postfix less than with the others.
	spew("$local/actions.conf", "reject = null;\ngreylist = null;\n");
	spew("$local/logging.inc",
		qq(type = "file";\nfilename = "$folder/log/rspamd.log";\n));
	spew("$local/worker-normal.inc", "enabled = false;\n");
	spew("$local/worker-controller.inc",
		qq(bind_socket = "127.0.0.1:$port";\n));
	spew("$local/options.inc", 'dns { nameserver = ["127.0.0.1:'
		. free_port() . qq("]; timeout = 0.1s; retransmits = 1; }\n));
	spew("$local/antivirus.conf", <<"END");
clamav {
  type = "clamav";
  symbol = "CLAM_VIRUS";
  servers = "$folder/clamd/socket";
  scan_mime_parts = false;
}
END
	spew("$local/worker-proxy.inc", <<"END");
bind_socket = "$socket mode=0666 owner=_rspamd";
milter = yes;
timeout = 120s;
count = 2;
upstream "local" { default = yes; self_scan = yes; }
END
	return _server($up, 'rspamd', "$folder/rspamd.log",
		_negotiates($socket), '/usr/bin/rspamd', '-f',
		'-c', '/etc/rspamd/rspamd.conf', '-u', '_rspamd',
		'-g', '_rspamd', "--var=LOCAL_CONFDIR=$folder/etc",
		"--var=DBDIR=$folder/db", "--var=RUNDIR=$folder/run",
		"--var=LOGDIR=$folder/log");
}

# Debian's settings of SpamAssassin, without network and without Bayes.
sub _spamassassin
{
	my ($folder) = @_;
	my $site = "$folder/spamassassin";
	remove_tree($site);
	my ($status, $output) = run('cp', '-R', $SITE, $site);
	die $output if $status;
	spew("$site/local.cf",
		"dns_available no\nskip_rbl_checks 1\nuse_bayes 0\n", 0644);
	return $site;
}

sub _spamd
{
	my ($folder) = @_;
	_folder($folder);
	_folder("$folder/home", 'debian-spamd');
	my $socket = "$folder/socket";
	my $port = free_port();
	my $up = { main => _milter($socket), pids => [] };
	local $ENV{HOME} = "$folder/home";
	_server($up, 'spamd', "$folder/spamd.log",
		_answers('IO::Socket::INET', "127.0.0.1:$port",
			"PING SPAMC/1.5\r\n\r\n", qr/PONG/),
		'/usr/sbin/spamd', '--siteconfigpath',
		_spamassassin($folder), '--local', '--nouser-config',
		'-i', '127.0.0.1', '-p', $port, '--max-children=4',
		'--min-children=4', '--max-spare=4', '--min-spare=1',
		'-u', 'debian-spamd', '-H', "$folder/home",
		'-s', "$folder/spamd.log", '-r', "$folder/spamd.pid");
	unlink $socket;
	return _server($up, 'spamass-milter', "$folder/milter.log",
		_negotiates($socket), '/usr/sbin/spamass-milter',
		'-p', $socket, '--', '-d', '127.0.0.1', '-p', $port);
}

sub _amavis
{
	my ($folder) = @_;
	_folder($folder);
	_folder("$folder/$_", 'amavis')
	    for qw(home tmp quarantine db work milter log);
	chmod 0750, "$folder/tmp"; # amavisd-milter insists
	my $socket = "$folder/milter/socket";
	my $up = { main => _milter($socket), pids => [] };
	_clamd($up, $folder, 'amavis');
	my $port = free_port();
	my $site = _spamassassin($folder);
	spew("$folder/50-user", <<"END", 0644);
use strict;
\$myhostname = 'mx.example.org';
\$mydomain = 'example.org';
\@local_domains_maps = ( [ '.example.org' ] );
\$daemon_user = 'amavis';
\$daemon_group = 'amavis';
\$MYHOME = '$folder/home';
\$TEMPBASE = '$folder/tmp';
\$ENV{TMPDIR} = \$TEMPBASE;
\$QUARANTINEDIR = '$folder/quarantine';
\$db_home = '$folder/db';
\$helpers_home = '$folder/home';
\$lock_file = '$folder/work/lock';
\$pid_file = '$folder/work/pid';
\$DO_SYSLOG = 0;
\$logfile = '$folder/log/amavis.log';
\$log_level = 1;
\$inet_socket_port = $port;
\$inet_socket_bind = '127.0.0.1';
\$unix_socketname = '$folder/work/socket';
\$interface_policy{'SOCK'} = 'AM.PDP-SOCK';
\$policy_bank{'AM.PDP-SOCK'} = { protocol => 'AM.PDP', auth_required_release => 0 };
\$forward_method = undef;
\$notify_method = undef;
\$virus_admin = undef;
\$banned_admin = undef;
\$final_spam_destiny = D_PASS;
\$final_banned_destiny = D_PASS;
\$final_bad_header_destiny = D_PASS;
\$max_servers = 4;
\$sa_local_tests_only = 1;
\$sa_siteconfigpath = '$site';
\@bypass_virus_checks_maps = (0);
\@bypass_spam_checks_maps = (0);
\$enable_dkim_verification = 0;
\$enable_dkim_signing = 0;
\@av_scanners = (['ClamAV-clamd', \\&ask_daemon,
	["CONTSCAN {}\\n", '$folder/clamd/socket'],
	qr/\\bOK\$/m, qr/\\bFOUND\$/m,
	qr/^.*?: (?!Infected Archive)(.*) FOUND\$/m]);
\@av_scanners_backup = ();
1;
END
	my @conf = map { ('-c', $_) } grep { -e } map { "/etc/amavis/conf.d/$_" }
	    qw(01-debian 20-debian_defaults 25-amavis_helpers);
	_server($up, 'amavisd', "$folder/amavisd.log",
		sub { -S "$folder/work/socket" },
		'/usr/sbin/amavisd', @conf, '-c', "$folder/50-user",
		'foreground');
	unlink $socket;
	return _server($up, 'amavisd-milter', "$folder/milter.log",
		_negotiates($socket), _as('amavis', '/usr/sbin/amavisd-milter',
			'-f', '-m', 4, '-s', $socket,
			'-S', "$folder/work/socket", '-w', "$folder/tmp",
			'-p', "$folder/work/milter.pid"));
}

# Ends what was started, in the opposite order.
sub contender_stop
{
	my ($up) = @_;
	$up->{daemon}->stop if $up->{daemon};
	stop_process($_->[1]) for reverse grep {
		!$up->{daemon} || $_->[1] != $up->{pids}[0][1]
	} @{ $up->{pids} };
	$up->{tables}->stop if $up->{tables};
}

1;
