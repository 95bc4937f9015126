#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# With a real Dovecot: mail handed over to its LMTP carries the same headers as
# mail that `ispfilter deliver` writes, its IMAP reads what deliver wrote, and
# users whom it lets log in to Postfix send outbound mail.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Dovecot;
use Ispfilter::Mail qw(clean_mail spam_mail);
use Ispfilter::Maildir qw(header maildir_mails);
use Ispfilter::System;
use Ispfilter::Tools qw(folder free_port);
use MIME::Base64 qw(encode_base64);

my $cannot = Ispfilter::System->cannot || Ispfilter::Dovecot->cannot;
plan skip_all => $cannot if $cannot;

my $folder = folder('9300');
my $dovecot = Ispfilter::Dovecot->new(folder => "$folder/dovecot",
	users => { 'john@example.org' => 'secret',
		'steve@example.net' => 'secret' })->start;

# john's mail goes to Dovecot's LMTP, steve's to ispfilter deliver; their
# Maildirs are below one folder, which IMAP reads.
my %sasl = $dovecot->sasl;
my $submission = free_port();
my $system = Ispfilter::System->new(folder => "$folder/system", chroot => 1,
	mailboxes => ['john@example.org', 'steve@example.net'],
	mail => "$folder/dovecot/mail",
	main => { virtual_transport => $dovecot->lmtp,
		transport_maps => "inline:{ example.net=ispfilter: }" },
	master => "127.0.0.1:$submission inet n - y - - smtpd\n"
		. "  -o milter_macro_daemon_name=ORIGINATING\n"
		. "  -o smtpd_recipient_restrictions="
		. "permit_sasl_authenticated,reject\n"
		. join('', map { "  -o $_=$sasl{$_}\n" } sort keys %sasl));
$system->start;

my %mail = (clean => clean_mail(), spam => spam_mail());
for my $kind (sort keys %mail) {
	my $got = $system->send(to => ['john@example.org',
		'steve@example.net'], message => $mail{$kind});
	like($got->{data}, qr/^250/, "$kind: accepted");
}
ok($system->wait_empty, 'all is delivered');

my @john = maildir_mails($dovecot->maildir('john@example.org'));
my $steve = $dovecot->maildir('steve@example.net');
my @inbox = maildir_mails($steve);
my @junk = maildir_mails($steve, '.Junk');
is(scalar @john, 2, 'Dovecot has both mails in the inbox');
is(scalar @inbox, 1, 'deliver has one there');
is(scalar @junk, 1, 'and one in .Junk');

# Fields of a mail that a filter after delivery would look at.
sub marks
{
	my ($mail) = @_;
	return { map { $_ => [header($mail, $_)] } qw(X-Spam X-Spam-Flag
		X-Spam-Level X-Spam-Status X-Virus-Status Return-Path Subject
		Message-ID) };
}

my ($john_spam) = grep { header($_, 'X-Spam') } @john;
my ($john_clean) = grep { !header($_, 'X-Spam') } @john;
is_deeply(marks($john_clean), marks($inbox[0]),
	'the clean mail: the same headers by both ways');
is_deeply(marks($john_spam), marks($junk[0]),
	'the spam: the same headers by both ways');
is_deeply([header($john_spam, 'X-Spam')], ['Yes'],
	'X-Spam: Yes for Sieve');
is_deeply([header($junk[0], 'Delivered-To')], ['steve@example.net'],
	'one Delivered-To');

my $imap = $dovecot->imap('steve@example.net', 'LIST "" *', 'LSUB "" *',
	'SELECT INBOX', 'FETCH 1 (RFC822.SIZE BODY.PEEK[HEADER.FIELDS (SUBJECT)])',
	'SELECT Junk', 'FETCH 1 BODY.PEEK[HEADER.FIELDS (X-SPAM)]');
like($imap, qr/LIST \([^)]*\\Junk[^)]*\) "\/" "?Junk"?\r/, 'IMAP lists Junk');
like($imap, qr/LSUB \([^)]*\) "\/" "?Junk"?\r/, 'and has subscribed to it');
like($imap, qr/Subject: Lunch on Friday\?/, 'IMAP reads the inbox');
like($imap, qr/X-Spam: Yes/, 'and the mail in Junk');

my ($size) = $imap =~ /RFC822\.SIZE (\d+)/;
(my $crlf = $inbox[0]) =~ s/(?<!\r)\n/\r\n/g;
is($size, length $crlf, 'the size in the file name is right');

my $smtp = Ispfilter::SMTP->new(port => $submission);
like($smtp->say('AUTH PLAIN ' . encode_base64(
	"\0steve\@example.net\0secret", '')), qr/^235 /, 'steve logs in');
my $sent = $smtp->send(from => 'steve@example.net', to => 'john@example.org',
	message => spam_mail());
$smtp->quit;
like($sent->{data}, qr/^250/, 'what a user of ours sends is accepted');
$system->wait_empty;
my $line = $system->log_line($sent->{data});
like($line, qr/ login=steve\@example\.net /, 'the log says who it was');
unlike($line, qr/ score=/, 'it is not scored as spam');
is(scalar grep({ header($_, 'X-Spam') }
	maildir_mails($dovecot->maildir('john@example.org'))), 1,
	'nor marked');

is_deeply([$system->complaints], [], 'no unexpected warning');
is_deeply([grep { /Error|Warning|Panic|Fatal/ } split /\n/, $dovecot->log],
	[], 'nor one of Dovecot');
$system->stop;
$dovecot->stop;
done_testing;
