#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# SPF through a real Postfix, which takes the client's address from XCLIENT: a
# pass, a softfail and a mail without DNS are delivered, a fail is tagged or
# refused.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::DNS;
use Ispfilter::Mail qw(clean_mail);
use Ispfilter::Maildir qw(maildir_mails header);
use Ispfilter::System;
use Ispfilter::Tools qw(folder wait_until);

plan skip_all => Ispfilter::System->cannot if Ispfilter::System->cannot;
plan skip_all => 'NSD is not installed' unless -x '/usr/sbin/nsd';

my $folder = folder('9610');
my $dns = Ispfilter::DNS->new(folder => $folder,
	zones => { '.' => <<'END' })->start;
1.2.0.192.in-addr.arpa. PTR mail.good.test.
mail.good.test. A 192.0.2.1
good.test. TXT "v=spf1 a:mail.good.test -all"
soft.test. TXT "v=spf1 ~all"
END
my $system = Ispfilter::System->new(folder => "$folder/system",
	mailboxes => ['john@example.org'],
	main => { smtpd_authorized_xclient_hosts => '127.0.0.1' },
	conf => { stages => 'recipients attachment auth spam', $dns->conf,
		spf_header => 'yes' });
$system->start;

# The reply to one mail from that address, and its line in the log.
sub mail_from
{
	my ($address, $sender) = @_;
	my $smtp = $system->smtp(helo => undef);
	$smtp->say('EHLO proxy.example');
	$smtp->say("XCLIENT ADDR=$address NAME=[UNAVAILABLE]");
	$smtp->say('EHLO mail.good.test');
	$smtp->say("MAIL FROM:<$sender>");
	$smtp->say('RCPT TO:<john@example.org>');
	$smtp->say('DATA');
	my $text = clean_mail() =~ s/\r?\n/\r\n/gr;
	return $smtp->say("$text\r\n.");
}

sub delivered
{
	$system->wait_empty;
	return maildir_mails($system->maildir('john@example.org'));
}

like(mail_from('192.0.2.1', 'a@good.test'), qr/^250/, 'a pass is taken');
my ($mail) = delivered();
like((header($mail, 'Received-SPF'))[0], qr/^pass \(192\.0\.2\.1 may send/,
	'Received-SPF says so');
unlike((header($mail, 'X-Spam-Status'))[0] // '', qr/SPF_FAIL/, 'and no rule hits');
like($system->daemon->log, qr/auth="?spf:pass/, 'so does the log');

like(mail_from('192.0.2.9', 'a@good.test'), qr/^250/, 'a fail is taken');
ok($system->daemon->wait_log('action=tag by=auth.*findings=SPF_FAIL'),
	'and tagged');
is(scalar(delivered()), 2, 'and delivered');

like(mail_from('192.0.2.9', 'a@soft.test'), qr/^250/, 'a softfail is taken');
ok($system->daemon->wait_log('auth=spf:softfail'), 'and no more');

$dns->mood('.' => 'servfail');
like(mail_from('192.0.2.9', 'a@other.test'), qr/^250/, 'so is a mail without DNS');
ok($system->daemon->wait_log('auth=spf:temperror'), 'and the log says so');
$dns->mood('.' => '');

my $conf = $system->daemon->{conf};
$system->daemon->configure(%$conf, spf_fail => 'reject');
$system->daemon->reload;
my $loaded = wait_until {
	my @times = $system->daemon->log =~ /(policy in service)/g;
	@times > 1;
} 60;
ok($loaded, 'reload');
like(mail_from('192.0.2.9', 'a@good.test'), qr/^550 5\.7\.23 SPF of good\.test/,
	'a fail is refused');
like(mail_from('192.0.2.1', 'a@good.test'), qr/^250/, 'a pass is not');
$system->wait_empty;
is_deeply([$system->complaints], [], 'nobody complains');
$system->stop;
done_testing;
