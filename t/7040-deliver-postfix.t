#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A real Postfix hands mail to `ispfilter deliver` as contrib/postfix says, or
# to Dovecot's LMTP server: the user gets the same mail.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Deliver;
use Ispfilter::Dovecot;
use Ispfilter::Maildir qw(header maildir_files maildir_mails);
use Ispfilter::Postfix;
use Ispfilter::Tools qw(folder run slurp spew top wait_until);

my $cannot = Ispfilter::Postfix->cannot;
plan skip_all => $cannot if $cannot;

my $folder = folder('deliver-postfix');
my $lda = Ispfilter::Deliver->new($folder);
my $user = 'john@example.org';
my $john = $lda->maildir;

# The service as it is shipped, but for the user and our own program.
my ($service) = slurp(top() . '/contrib/postfix/master.cf.snippet')
    =~ /^(ispfilter unix .*\n(?:[ \t]+.*\n)+)/m;
$service =~ s{vmail:vmail}{nobody};
$service =~ s{/usr/bin/ispfilter deliver}
    {$folder/ispfilter deliver -c $folder/conf};
my $postfix = Ispfilter::Postfix->new(folder => "$folder/postfix",
	master => $service, main => {
		virtual_mailbox_domains => 'example.org',
		virtual_mailbox_maps => 'static:1',
		virtual_transport => 'ispfilter',
		ispfilter_destination_recipient_limit => 1,
		lmtp_destination_recipient_limit => 1,
	})->start;

sub send_mail
{
	my ($sender, $mail, @to) = @_;
	my ($status, $output) = run({ stdin => $mail }, '/usr/sbin/sendmail',
		'-C', $postfix->{etc}, '-f', $sender, '-i', @to);
	is($status, 0, 'Postfix takes a mail') or diag($output);
}

my $text = "Subject: first\nFrom: ada\@sender.example\n\nHello.\nFrom here.\n";
send_mail('ada@sender.example', $text, 'John@Example.ORG', 'mary@example.org');
ok($postfix->wait_empty, 'the queue is empty') or diag($postfix->log);
my ($mail) = maildir_mails($john);
is_deeply([header($mail, 'Return-Path')], ['<ada@sender.example>'],
	'one Return-Path');
is_deeply([header($mail, 'Delivered-To')], ['John@Example.ORG'],
	'one Delivered-To, as Postfix writes it');
like($mail, qr/\n\nHello\.\nFrom here\.\n\z/, 'the text is as it was');
is(scalar(() = maildir_mails($lda->maildir('mary@example.org'))), 1,
	'the second recipient has a mail too');
like((maildir_files($john))[0], qr/\.Q[0-9a-f]{32}\./, 'the name has a key');
my ($id) = $postfix->log =~ /(\w+): to=<john\@example\.org>/i;
like($lda->log, qr/\Q$id\E: to=<john\@example\.org>/,
	'our log line has the queue id');
is((stat((maildir_files($john))[0]))[2] & 07777, 0600, 'mode of the mail');

send_mail('', "Subject: bounce\n\nx\n", $user);
$postfix->wait_empty;
is_deeply([map { header($_, 'Return-Path') } grep { /Subject: bounce/ }
	maildir_mails($john)], ['<>'], 'the null sender');

# The mailbox is full: first it waits, then, so configured, it comes back.
spew("$folder/conf", slurp("$folder/conf") . "quota_messages = 2\n");
send_mail('ada@sender.example', "Subject: full\n\nx\n", $user);
ok($postfix->wait_log('status=deferred \(.*Mailbox is full'), 'a full mailbox');
like($postfix->log, qr/dsn=4\.2\.2, status=deferred/, 'has its code');
spew("$folder/conf", slurp("$folder/conf") . "over_quota = bounce\n");
$postfix->flush;
ok($postfix->wait_log('dsn=5\.2\.2, status=bounced'), 'or the mail bounces')
    or diag($postfix->log);
spew("$folder/conf", slurp("$folder/conf") . "quota_messages = 0\n");

# A mistake in the settings keeps the mail.
my $good = slurp("$folder/conf");
spew("$folder/conf", "nonsense = 1\n");
send_mail('ada@sender.example', "Subject: waits\n\nx\n", $user);
ok($postfix->wait_log('dsn=4\.3\.5, status=deferred'),
	'with wrong settings mail waits');
spew("$folder/conf", $good);
$postfix->flush;
$postfix->wait_empty;
is(scalar(grep { /Subject: waits/ } maildir_mails($john)), 1,
	'and comes when they are mended');

# The same mail by LMTP.
SKIP: {
	$cannot = Ispfilter::Dovecot->cannot;
	skip $cannot, 1 if $cannot;
	my $has_sieve = -e '/usr/lib/dovecot/modules/lib90_sieve_plugin.so';
	spew("$folder/dovecot/before/spam-to-junk.sieve",
		slurp(top() . '/contrib/dovecot/spam-to-junk.sieve'));
	# Dovecot writes the compiled script beside it.
	chmod 0777, "$folder/dovecot/before";
	my $dovecot = Ispfilter::Dovecot->new(folder => "$folder/dovecot",
		users => { $user => 'secret' }, conf => $has_sieve
		    ? { '2.3' => <<"OLD", '2.4' => <<"NEW" } : '')->start;
protocol lmtp {
  mail_plugins = \$mail_plugins sieve
}
plugin {
  sieve_before = $folder/dovecot/before
}
OLD
protocol lmtp {
  mail_plugins {
    sieve = yes
  }
}
sieve_script before {
  type = before
  path = $folder/dovecot/before
}
NEW
	my ($setting) = slurp(top() . '/contrib/postfix/lmtp.snippet')
	    =~ /^virtual_transport = lmtp:(\S+)/m;
	is($setting, 'unix:private/dovecot-lmtp', 'the shipped setting');
	$lda->forget;
	my $marked = "X-Spam-Flag: YES\nX-Spam-Status: Yes, score=9\n"
	    . "Subject: both\n\nHello.\n";
	send_mail('ada@sender.example', $marked, $user);
	$postfix->wait_empty;
	$postfix->set(virtual_transport => $dovecot->lmtp);
	$postfix->reload;
	send_mail('ada@sender.example', $marked, $user);
	$postfix->wait_empty;
	my ($ours) = maildir_mails($john, '.Junk');
	my ($theirs) = maildir_mails($dovecot->maildir($user),
		$has_sieve ? '.Junk' : '');
	for my $name (qw(Return-Path Delivered-To X-Spam-Flag X-Spam-Status
		Subject)) {
		is_deeply([header($theirs, $name)], [header($ours, $name)],
			"by LMTP: the same $name");
	}
	unlike($dovecot->log, qr/(?:Error|Panic|Fatal):/, 'no complaints');
	skip 'dovecot-sieve is not installed', 1 unless $has_sieve;
	send_mail('ada@sender.example', "Subject: ham\n\nHello.\n", $user);
	$postfix->wait_empty;
	is(scalar(() = maildir_files($dovecot->maildir($user))), 1,
		'the shipped Sieve script leaves other mail in the INBOX');
}
$postfix->stop;
is_deeply([$postfix->warnings('status=deferred')], [], 'nor from Postfix');
done_testing;
