# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Wild::Header;

# The fields of a mail's header: the way it came, in the words of today's mail
# servers, and what its sender says of it, in any encoding.
#
#	my $header = wild_header($chance, $text, 'text/plain');   # lines

use strict;
use warnings;
use utf8;
use Encode qw(encode find_encoding);
use Exporter 'import';
use MIME::Base64 qw(encode_base64);
use Ispfilter::Wild::Text qw(wild_obscure wild_url);

our @EXPORT_OK = qw(wild_header wild_octets);

# As Encode knows a declared charset, or nothing.
my %known = ('gb18030' => 'cp936', 'gbk' => 'cp936', 'gb2312' => 'euc-cn', 'hz-gb-2312' => 'hz', 'ks_c_5601-1987' => 'cp949',
	'windows-874' => 'cp874', 'tis-620' => 'cp874', 'iso-8859-8-i' => 'iso-8859-8');

sub wild_octets
{
	my ($text, $charset) = @_;
	my $encoding = find_encoding($known{ lc $charset } // $charset) // find_encoding('utf-8');
	return $encoding->encode($text, Encode::FB_DEFAULT);
}

sub quoted_word
{
	my ($octets) = @_;
	return join '', map { /[A-Za-z0-9]/ ? $_ : $_ eq ' ' ? '_' : sprintf '=%02X', ord } split //, $octets;
}

# Words of RFC 2047, as they should be and as they should not.
sub encoded
{
	my ($chance, $text, $charset) = @_;
	my $octets = wild_octets($text, $charset);
	return $octets if $octets !~ /[^\x20-\x7e]/ && $chance->often(0.8);
	return $octets =~ s/[\r\n]/ /gr if $chance->often(0.1);
	my $size = $chance->one(15, 30, 45, 400);
	my @pieces = $chance->often(0.3) ? unpack("(a$size)*", $octets)
	    : map { wild_octets($_, $charset) } $text =~ /(.{1,20})/gs;
	my @words = map {
		my $name = $chance->often(0.1) ? uc $charset : $charset;
		$name .= '*en' if $chance->often(0.03);
		$name = $chance->one('unknown-8bit', 'x-unknown', '') if $chance->often(0.02);
		$chance->often(0.5) ? "=?$name?B?" . encode_base64($_, '') . '?='
		    : "=?$name?" . $chance->one('Q', 'q') . '?' . quoted_word($_) . '?='
	} @pieces;
	my $out = join $chance->one("\n ", ' ', "\n\t", '', "  \n "), @words;
	$out =~ s/\?=$// if $chance->often(0.03);
	$out =~ s/=\?/=\n ?/ if $chance->often(0.01);
	return $chance->often(0.1) ? "Re: $out (x)" : $out;
}

my @ways = (
	# [by: the words of a server; IP, HELO, rdns, id, date are filled in]
	'from HELO (RDNS [IP]) by MX (Postfix) with ESMTPS id ID for <TO>; DATE',
	"from HELO (RDNS [IP])\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n\t key-exchange X25519 server-signature RSA-PSS (2048 bits))\n\t(No client certificate requested)\n\tby MX (Postfix) with ESMTPS id ID\n\tfor <TO>; DATE",
	"from HELO (RDNS. [IP])\n        by mx.google.com with ESMTPS id ID\n        for <TO>\n        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256);\n        DATE (PST)",
	"by 2002:a05:6402:1d4c:b0:42d:c4f4:7ea4 with SMTP id ID;\n        DATE (PST)",
	"from mail-sor-f41.google.com (mail-sor-f41.google.com. [209.85.220.41])\n        by mx.google.com with SMTPS id ID\n        for <TO>\n        (Google Transport Security);\n        DATE",
	"from AM6PR01MB1234.eurprd01.prod.exchangelabs.com (2603:10a6:20b:66::25)\n by AM0PR01MB4321.eurprd01.prod.exchangelabs.com (2603:10a6:208:e6::17) with\n Microsoft SMTP Server (version=TLS1_2,\n cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.7228.29; DATE",
	"from HELO (IP) by MX (10.13.37.1)\n with Microsoft SMTP Server (TLS) id 15.1.2507.35; DATE",
	"from HELO (IP) by\n HE1EUR02FT0042.mail.protection.outlook.com (10.152.10.1) with Microsoft SMTP\n Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.7228.16 via\n Frontend Transport; DATE",
	'from a8-31.smtp-out.amazonses.com (a8-31.smtp-out.amazonses.com [54.240.8.31]) by MX with ESMTPS id ID; DATE',
	"from [IP] (port=54321 helo=HELO)\n\tby MX with esmtpsa  (TLS1.3) tls TLS_AES_128_GCM_SHA256\n\t(Exim 4.96)\n\t(envelope-from <FROM>)\n\tid ID\n\tfor TO;\n\tDATE",
	"from HELO ([IP] helo=HELO)\n\tby MX with smtp (Exim 4.94.2)\n\tid ID; DATE",
	'from RDNS ([IP]) by MX with esmtps (TLS1.2:ECDHE-RSA-AES256-GCM-SHA384:256) (Exim 4.95) (envelope-from <FROM>) id ID for TO; DATE',
	'(qmail 12345 invoked by uid 89); DATE', '(qmail 4711 invoked from network); DATE',
	'from unknown (HELO HELO) (IP) by MX with SMTP; DATE', 'from HELO (IP) by MX (qmail-smtpd) with SMTP; DATE',
	"from RDNS (RDNS [IP])\n\tby MX (8.17.1/8.17.1) with ESMTPS id ID\n\t(version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NOT)\n\tfor <TO>; DATE",
	'from HELO (IDENT:root@RDNS [IP]) by MX (8.9.3/8.9.3) with SMTP id ID; DATE',
	"from HELO (RDNS [IP])\n\tby MX (Haraka/3.0.2) with ESMTPS id ID\n\tenvelope-from <FROM>\n\ttls TLS_AES_256_GCM_SHA384;\n\tDATE",
	"from localhost (localhost [127.0.0.1])\n\tby MX (Postfix) with ESMTP id ID; DATE", 'from localhost ([127.0.0.1]) by localhost (MX [127.0.0.1]) (amavisd-new, port 10024) with ESMTP id ID; DATE',
	'from [192.168.1.23] (p5B0F.dip0.t-ipconnect.de [IP]) (Authenticated sender: joe) by MX (Postfix) with ESMTPSA id ID; DATE',
	'from [10.0.0.5] (helo=mail198.atl101.mcdlv.net) by MX with esmtp (MailChimp) id ID; DATE', 'by 10.16.0.1 with HTTP; DATE',
	'from filterdrecv-7d4c.sendgrid.net (IP) by ismtpd0042p1iad2.sendgrid.net (SG) with HTTP id ID DATE (UTC)', 'by filter0042p1las1.sendgrid.net with SMTP id ID DATE (UTC)',
	'from HELO (unknown [IP]) by MX (Coremail) with SMTP id ID; DATE', 'from [IP] by web123.mail.yahoo.com via HTTP; DATE', 'from sonic310-20.consmr.mail.ne1.yahoo.com by sonic310.consmr.mail.ne1.yahoo.com with HTTP; DATE',
	'from HELO (IPv6:2001:db8::dead:beef) by MX (OpenSMTPD) with ESMTPS id ID (TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO) for <TO>; DATE',
	'from RDNS (HELO [IP]) by MX with LMTP id ID (Dovecot); DATE', "from MX\n\tby MX with LMTP\n\tid ID\n\t(envelope-from <FROM>)\n\tfor <TO>; DATE",
	'from HELO ([IP]) by MX (MTA v5.11) via proxy; DATE', 'from HELO(mailfrom:FROM fp:SMTPD_---.x) by smtp.aliyun-inc.com; DATE', 'from qq.com (unknown [IP]) by MX (NewMX) with SMTP id ID; DATE',
	'from mail.protonmail.ch by mail.protonmail.ch; DATE', 'from HELO ([IP] unknown) by MX with Microsoft SMTPSVC(10.0.14393.4169); DATE', 'from RDNS (EHLO HELO) ([IP]) by MX (MOS 4.4.1-GA FastPath queued) with ESMTP id ID; DATE',
	'from HELO by MX (ZixMail) with ESMTP id ID; DATE', 'from [IP] ([IP:4711] helo=HELO) by MX (envelope-from <FROM>) (ecelerity 4.2.38.62370) with ESMTP id ID; DATE', 'nonsense that is no field of a server', '',
);

sub date
{
	my ($chance) = @_;
	my @days = qw(Mon Tue Wed Thu Fri Sat Sun);
	my @months = qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec);
	my $date = sprintf '%s, %d %s 2024 %02d:%02d:%02d %s', $chance->one(@days), 1 + $chance->below(28), $chance->one(@months),
	    $chance->below(24), $chance->below(60), $chance->below(60), $chance->one('+0000', '+0200', '-0800', '+0530', '-0000', 'GMT', '+0100 (CET)', 'UT');
	return $date =~ s/^\w+, // ? $date : $date if $chance->often(0.05);
	return $chance->one('2024-02-30T10:00:00Z', 'yesterday', 'Mon, 32 Foo 2024 25:61:61 +9999', 'Thu, 01 Jan 1970 00:00:00 +0000', '1/2/24 3:04 PM') if $chance->often(0.03);
	return $date;
}

sub received
{
	my ($chance, $from, $to) = @_;
	my %fill = (IP => $chance->one('203.0.113.', '198.51.100.', '8.8.4.', '10.1.2.', '192.168.0.', '185.220.101.') . $chance->below(256),
		HELO => $chance->one('mail.example.net', 'localhost', 'WIN-ABC123', '[192.0.2.5]', '192.0.2.9', 'ylmf-pc', 'smtp.example.org', 'User', 'a1-2-3-4.dsl.example.net', 'example.com'),
		RDNS => $chance->one('unknown', 'mail.example.net', 'a1-2-3-4.dsl.example.net', 'smtp.example.org', 'ec2-54-1-2-3.compute-1.amazonaws.com', 'mout.example.de'),
		MX => $chance->one('mx.example.org', 'mx1.example.de', 'mail.local', 'mta42'), ID => $chance->word(12, 'ABCDEF0123456789'),
		TO => $to, FROM => $from, DATE => date($chance));
	my $line = $chance->one(@ways);
	$line =~ s/\b(IP|HELO|RDNS|MX|ID|TO|FROM|DATE)\b/$fill{$1}/g;
	$line =~ s/\n\s+/ /g if $chance->often(0.2);
	return "Received: $line";
}

my @lists = ("List-Unsubscribe: <mailto:leave\@lists.example.org>, <https://lists.example.org/u?x=1>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click", "List-Id: A list <list.example.org>\nList-Post: <mailto:list\@example.org>\nPrecedence: list\nX-Mailman-Version: 2.1.39",
	"Precedence: bulk\nX-Mailer: PHPMailer 6.8.0 (https://github.com/PHPMailer/PHPMailer)", 'X-Mailer: Microsoft Outlook 16.0', 'User-Agent: Mozilla Thunderbird', 'X-Mailer: Apple Mail (2.3774.300.61.1.2)', 'X-Mailer: iPhone Mail (21C66)', 'X-Mailer: The Bat! (v3.5)',
	'X-MS-Exchange-Organization-SCL: -1', "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=example.net; dkim=none; dmarc=fail", 'X-Priority: 1 (Highest)', "X-Priority: 3\nX-MSMail-Priority: Normal\nX-MimeOLE: Produced By Microsoft MimeOLE V6.00.2900.2180",
	"Feedback-ID: 1.eu-west-1.abc=:AmazonSES\nX-SES-Outgoing: 2024.01.01-54.240.8.31", "X-MC-User: abc\nX-Mailer: MailChimp Mailer - **CID1**\nX-Campaign: mailchimp1", 'Auto-Submitted: auto-replied', 'X-Originating-IP: [198.51.100.7]', 'Importance: high', 'X-PHP-Originating-Script: 33:mail.php',
	'In-Reply-To: <x@example.org>', 'References: <a@example.org> <b@example.org>', 'Organization: =?utf-8?q?B=C3=BCro?=', 'Sender: news@example.net', 'Errors-To: bounce@example.net', 'Disposition-Notification-To: <x@example.net>', 'X-Spam-Status: No, score=-2.6', 'X-Spam-Flag: YES', 'Thread-Index: AdoAAA==', 'DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=x; h=from:to; bh=AA==; b=BB==');

sub wild_header
{
	my ($chance, $text, $type) = @_;
	my @words = @{ $text->{lines} };
	my $from = $chance->word(6) . '@' . $chance->one(qw(example.net example.org gmail.com outlook.com yahoo.co.jp qq.com example-bank.com mail.example.de xn--bcher-kva.example));
	my $to = $chance->one('joe@example.org', 'info@example.de', 'joe+tag@example.org', 'undisclosed-recipients:;');
	my $name = $chance->one('Support Team', 'PayPal', 'Müller, Jörg', 'info@paypal.com', 'joe@example.org', wild_obscure($chance, 'security'), $words[0]);
	my $sender = $chance->often(0.15) ? $from : $chance->one('"' . encoded($chance, $name, $text->{charset}) . "\" <$from>", encoded($chance, $name, $text->{charset}) . " <$from>", encoded($chance, $name, $text->{charset}) . "\n <$from>", "<$from>", "$from ($name)",
		"<$from> $name", '');
	my $subject = $text->{subject};
	$subject =~ s/\b(account|password|free)\b/wild_obscure($chance, $1)/gie if $chance->often(0.3);
	$subject = $chance->one("Re: $subject", "FW: $subject", uc $subject, "$subject " . wild_url($chance), "[list] $subject", "$subject   " . $chance->word(8)) if $chance->often(0.4);
	my @fields = map { received($chance, $from, $to) } 1 .. $chance->below(6);
	push @fields, "From: $sender", 'To: ' . $chance->one($to, "<$to>", "\"Joe\" <$to>", "$to, a\@example.org, b\@example.org", ''), 'Subject: ' . encoded($chance, $subject, $text->{charset});
	push @fields, 'Date: ' . date($chance) if $chance->often(0.95);
	push @fields, 'Message-ID: ' . $chance->one('<' . $chance->word(20) . '@example.net>', '<' . $chance->word(20) . '@localhost.localdomain>', '<' . $chance->word(30, 'ABCDEF0123456789') . '@' . $chance->word(12, 'ABCDEF0123456789') . '.prod.outlook.com>', '<>', $chance->word(9)) if $chance->often(0.9);
	push @fields, 'MIME-Version: 1.0' if $chance->often(0.9);
	push @fields, "Reply-To: " . $chance->one($from, 'joe.winner@gmail.com', '"A" <b@example.com>') if $chance->often(0.3);
	push @fields, "Cc: c\@example.org, \"D\" <d\@example.org>" if $chance->often(0.1);
	unshift @fields, "Return-Path: <$from>" if $chance->often(0.3);
	push @fields, $chance->some($chance->below(5), @lists);
	push @fields, $type if length $type;
	return map { utf8::is_utf8($_) ? encode('utf-8', $_) : $_ } @fields;
}

1;
