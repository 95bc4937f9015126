#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the system that t/booted boots: the unit, as `make install` leaves it,
# with an ispfilter.conf that says no more than what an admin must.
use strict;
use warnings;
use Net::SMTP;
use POSIX ();
use Test::More;

my $eicar = 'X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-' .
    'STANDARD-ANTIVIRUS-TEST-FILE!$H+H*';

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

# What smtpd answers to the end of a mail.
sub send_mail
{
	my ($text) = @_;
	my $smtp = Net::SMTP->new('127.0.0.1', Timeout => 60) or return "$@";
	$smtp->mail('bob@far.example') and $smtp->to('ada@mx.test') and
	    $smtp->data and $smtp->datasend($text) and $smtp->dataend;
	my $reply = $smtp->code . ' ' . $smtp->message;
	$smtp->quit;
	return $reply;
}

sub mail
{
	my ($body, $type) = @_;
	return "From: bob\@far.example\nTo: ada\@mx.test\nSubject: hello\n" .
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

sub ada { return slurp('/var/mail/ada') }

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
spew('/etc/ispfilter/ispfilter.conf',
	"stages = attachment virus spam\n");
is system('systemd-sysusers && systemd-tmpfiles --create'), 0,
    'user and folder';
system 'useradd', '-m', 'ada';
system qw(postconf -e smtpd_milters=unix:ispfilter/ispfilter.sock
    milter_default_action=tempfail myhostname=mx.test mydestination=mx.test
    inet_interfaces=127.0.0.1 inet_protocols=ipv4 mynetworks=127.0.0.1
    compatibility_level=3.6);
is system('systemctl daemon-reload && systemctl restart postfix'), 0,
    'Postfix';

for my $start (qw(start restart restart)) {
	is system("systemctl $start ispfilter"), 0, $start;
	is property('ActiveState'), 'active', 'it serves';
}
like send_mail(mail('Hello Ada, how are you?', 'text/plain')), qr/^250 /,
    'a clean mail';
ok wait_until(sub { ada() =~ /how are you/ }), 'arrives';
like ada(), qr/^X-Spam-/m, 'with what was found';
like send_mail(mail($eicar, 'text/plain')),
    qr/^554 5\.7\.1 The mail holds a virus: Ispfilter\.Test\.Eicar/, 'a virus';

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
	my $reply = send_mail(mail($page, 'text/html'));
	POSIX::_exit($reply =~ /^250 / ? 0 : 1);
}
ok wait_until(\&somebody_idles), 'a slow mail stands back';
waitpid $child, 0;
is $?, 0, 'and is accepted';

sub policies { return scalar(() = journal() =~ /policy in service/g) }
my $before = policies();
is system('systemctl reload ispfilter'), 0, 'reload';
ok wait_until(sub { policies() > $before }),
    'it is taken up';
is property('MainPID'), $main, 'by the same process';
kill 'KILL', $main;
ok wait_until(sub { property('MainPID') ne $main and
    property('ActiveState') eq 'active' }), 'after a kill it comes back';
like send_mail(mail('Here I am again', 'text/plain')), qr/^250 /, 'and serves';
is system('systemctl stop ispfilter'), 0, 'stop';
is property('Result'), 'success', 'it ended well';
like send_mail(mail('Anybody there?', 'text/plain')), qr/^4\d\d /,
    'nobody there: the mail waits';
unlike journal(), qr/error:/, 'no error in the journal';
ok system('systemctl is-failed --quiet ispfilter') != 0, 'nor in the unit';
done_testing;
diag(journal()) unless Test::More->builder->is_passing;
