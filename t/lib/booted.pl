#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the system that t/booted boots: what `make install` leaves, set up as
# README.md, sql/README.md and contrib/postfix say and not otherwise.
use strict;
use warnings;
use Net::SMTP;
use POSIX ();
use Test::More;

my $eicar = 'X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-' .
    'STANDARD-ANTIVIRUS-TEST-FILE!$H+H*';
my $gtube = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-' .
    'STANDARD-ANTI-UBE-TEST-EMAIL*C.34X';

sub spew
{
	my ($path, $text) = @_;
	open my $file, '>', $path or die "$path: $!\n";
	print {$file} $text;
	close $file or die "$path: $!\n";
}

sub slurp
{
	my ($path) = @_;
	open my $file, '<', $path or return '';
	local $/;
	return <$file> // '';
}

sub journal { return scalar `journalctl -u ispfilter --no-pager -o cat` }
sub property { return `systemctl show -P $_[0] ispfilter` =~ s/\n//r }

# What smtpd answers to the last that it is told.
sub send_mail
{
	my ($user, $text) = @_;
	my $smtp = Net::SMTP->new('127.0.0.1', Timeout => 60) or return "$@";
	$smtp->mail('bob@far.example') and $smtp->to("$user\@example.org") and
	    $smtp->data and $smtp->datasend($text) and $smtp->dataend;
	my $reply = $smtp->code . ' ' . $smtp->message;
	$smtp->quit;
	return $reply;
}

sub mail
{
	my ($body, $type) = @_;
	return "From: bob\@far.example\nTo: john\@example.org\nSubject: hello\n" .
	    "MIME-Version: 1.0\nContent-Type: $type\n\n$body\n";
}

sub wait_until
{
	my ($code) = @_;
	for (1 .. 300) {
		return 1 if $code->();
		select undef, undef, undef, 0.1;
	}
	return 0;
}

# The text of all mails in a mailbox; or in its Junk folder.
sub mailbox
{
	my ($user, $folder) = @_;
	return join '', map { slurp($_) }
	    glob "/home/vmail/example.org/$user/Maildir/" .
	    (defined $folder ? ".$folder/" : '') . '{new,cur}/*';
}

# Lines of a snippet for main.cf; folded ones are one.
sub settings
{
	my ($path) = @_;
	my $text = slurp($path) =~ s/^#.*\n//mgr =~ s/\n[ \t]+/ /gr;
	return grep { /=/ } split /\n/, $text;
}

# Class of scheduling of all inspectors: 5 is SCHED_IDLE.
sub somebody_idles
{
	for my $pid (split ' ', `pgrep -f 'ispfilter nursery'`) {
		# proc(5): policy is the 41st field, the 2nd in parentheses.
		my @fields = split ' ', slurp("/proc/$pid/stat") =~ s/.*\) //sr;
		return 1 if ($fields[38] // 0) == 5;
	}
	return 0;
}

mkdir '/var/lib/clamav';
spew('/var/lib/clamav/test.ndb',
	'Ispfilter.Test.Eicar:0:*:' . unpack('H*', $eicar) . "\n");

# sql/README.md
my $password = 'a b"c\'d#1';
my $quoted = $password =~ s/'/''/gr;
is system('systemctl start mariadb'), 0, 'MariaDB';
spew('/root/grant.sql', <<"END");
CREATE DATABASE mailserver;
CREATE USER 'mailserver'\@'127.0.0.1' IDENTIFIED BY '$quoted';
GRANT SELECT, SHOW VIEW ON mailserver.* TO 'mailserver'\@'127.0.0.1';
USE mailserver;
END
is system('cat /root/grant.sql sql/mariadb-ispmail.sql | mysql'), 0, 'tables';
for my $map (glob 'sql/postfix/mariadb-ispmail/*.cf') {
	my $path = '/etc/postfix/' . $map =~ s{.*/}{}r;
	spew($path, slurp($map) =~ s/CHANGE-ME/$password/r);
}

# The README, "Attach it to your Postfix"
is system('systemd-sysusers && systemd-tmpfiles --create'), 0,
    'user and folder';
is system('chown root:postfix /etc/postfix/mysql-*.cf &&
    chmod 640 /etc/postfix/mysql-*.cf'), 0, 'map files are not for everybody';
my ($tables) = slurp('README.md') =~
    /^( +virtual_mailbox_domains = .*?)\n\n/ms;
spew('/etc/ispfilter/ispfilter.conf', $tables =~ s/^ +//mgr . "\n");
is system('ispfilter lint'), 0, 'lint';
like scalar(`ispfilter recipient info\@example.org`),
    qr/john\@example\.org.*steve\@example\.org/s, 'an alias of two';
# contrib/postfix
my ($vmail) = slurp('contrib/postfix/master.cf.snippet') =~ /^#\s+(useradd.*)/m;
is system($vmail), 0, 'the owner of the mailboxes';
system qw(postconf -e myhostname=mx.test mydestination=localhost
    inet_interfaces=127.0.0.1 inet_protocols=ipv4);
is system('postconf', '-e', settings('contrib/postfix/main.cf.snippet')), 0,
    'main.cf';
my ($service) = slurp('contrib/postfix/master.cf.snippet') =~
    /^(ispfilter unix.*?)\n\n/ms;
spew('/etc/postfix/master.cf', slurp('/etc/postfix/master.cf') .
	"$service\n");
is system('systemctl daemon-reload && systemctl restart postfix'), 0,
    'Postfix';

for my $start ('enable --now', 'restart', 'restart') {
	is system("systemctl $start ispfilter"), 0, $start;
	is property('ActiveState'), 'active', 'it serves';
}
like send_mail('john', mail('Hello John, how are you?', 'text/plain')),
    qr/^250 /, 'a clean mail';
ok wait_until(sub { mailbox('john') =~ /how are you/ }), 'arrives';
like mailbox('john'), qr/^X-Spam-/m, 'with what was found';
like send_mail('info', mail('Hello you two', 'text/plain')), qr/^250 /,
    'a mail to an alias';
ok wait_until(sub { mailbox('john') =~ /you two/ && mailbox('steve') =~
	/you two/ }), 'arrives at both';
like send_mail('john', mail($eicar, 'text/plain')),
    qr/^554 5\.7\.1 The mail holds a virus: Ispfilter\.Test\.Eicar/, 'a virus';
like send_mail('john', mail($gtube, 'text/plain')), qr/^250 /, 'a spam';
ok wait_until(sub { mailbox('john', 'Junk') =~ /^X-Spam-Flag: YES/m }),
    'is in the Junk folder';
like send_mail('nobody', mail('Hello?', 'text/plain')), qr/^550 5\.1\.1 /,
    'nobody is refused';

my $main = property('MainPID');
like slurp("/proc/$main/mountinfo"),
    qr{ /var/lib/ispfilter/scratch \S*nosuid\S*noexec\S* .* - tmpfs },
    'temporary files are in memory';
like slurp("/proc/$main/status"), qr/^Seccomp:\t2$/m, 'a cage is about it';
unlike journal(), qr/sandbox = no|not locked in/, 'and inspectors have theirs';

# Long enough to be slow, with words that no cache knows.
my @words = map { join '', map { chr 97 + rand 26 } 1 .. 2 + rand 8 } 1 .. 3000;
my $page = join '', map {
	join(' ', map { $words[rand @words] } 1 .. 12) . "<br>\n"
} 1 .. 60_000;
my $child = fork // die "fork: $!\n";
if ($child == 0) {
	my $reply = send_mail('john', mail($page, 'text/html'));
	POSIX::_exit($reply =~ /^250 / ? 0 : 1);
}
ok wait_until(\&somebody_idles), 'a slow mail stands back';
waitpid $child, 0;
is $?, 0, 'and is accepted';

sub policies { return scalar(() = journal() =~ /policy in service/g) }
my $before = policies();
system 'systemctl stop mariadb';
like send_mail('kerstin', mail('Hello?', 'text/plain')), qr/^4\d\d /,
    'without its tables nobody is refused for good';
system 'systemctl start mariadb';
is system('systemctl reload ispfilter'), 0, 'reload';
ok wait_until(sub { policies() > $before }),
    'it is taken up';
is property('MainPID'), $main, 'by the same process';
kill 'KILL', $main;
ok wait_until(sub { property('MainPID') ne $main and
    property('ActiveState') eq 'active' }), 'after a kill it comes back';
ok wait_until(sub { send_mail('john', mail('Here I am again', 'text/plain'))
    =~ /^250 / }), 'and serves, as Postfix finds its tables';
is system('systemctl stop ispfilter'), 0, 'stop';
is property('Result'), 'success', 'it ended well';
like send_mail('john', mail('Anybody there?', 'text/plain')), qr/^4\d\d /,
    'nobody there: the mail waits';
unlike journal(), qr/error: (?!.*(?:connect|MariaDB|server has gone))/i,
    'no error in the journal but for the tables';
ok system('systemctl is-failed --quiet ispfilter') != 0, 'nor in the unit';
done_testing;
diag(journal()) unless Test::More->builder->is_passing;
