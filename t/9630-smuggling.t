#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# SMTP smuggling: a mail within a mail that another server saw as one. With the
# settings that contrib/postfix/ brings, a bare line end ends no mail, and no
# second one comes in that nobody has inspected.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Mail qw(clean_mail virus_mail);
use Ispfilter::Maildir qw(maildir_mails);
use Ispfilter::System;
use Ispfilter::Tools qw(folder slurp top);

my $cannot = Ispfilter::System->cannot;
plan skip_all => $cannot if $cannot;
my ($setting) = (slurp(top() . '/contrib/postfix/main.cf.snippet') // '') =~
    /^smtpd_forbid_bare_newline *= *(\S+)/m;
is($setting, 'yes', 'the snippet forbids bare line ends');

my $system = Ispfilter::System->new(folder => folder('smuggling'),
	mailboxes => ['john@example.org'],
	main => { smtpd_forbid_bare_newline => $setting,
		# By default mynetworks, from where we come.
		smtpd_forbid_bare_newline_exclusions => '' })->start;
my $inner = virus_mail(Subject => 'smuggled') =~ s/\n/\r\n/gr;
my $outer = clean_mail(Subject => 'outer') =~ s/\n/\r\n/gr;
for my $end ("\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n") {
	my $smtp = $system->smtp;
	$smtp->mail('ada@sender.example');
	$smtp->rcpt('john@example.org');
	$smtp->say('DATA');
	$smtp->put("$outer$end" . "MAIL FROM:<eve\@sender.example>\r\n"
		. "RCPT TO:<john\@example.org>\r\nDATA\r\n$inner\r\n.\r\n"
		. "QUIT\r\n");
	1 while $smtp->reply !~ /^(?:000|221)/;
}
$system->wait_empty;
my @mails = maildir_mails($system->maildir('john@example.org'));
is(scalar(grep { !/^Subject: outer/m } @mails), 0, 'no inner mail arrives');
is(scalar(grep { /eve\@/ && /^Return-Path: <eve/m } @mails), 0,
	'nor one of the inner sender');
unlike($system->postfix->log, qr/from=<eve\@/, 'Postfix never saw one');
is(scalar(grep { /EICAR-STANDARD/ } @mails), 0, 'no virus passes in this way');
$system->stop;
done_testing;
