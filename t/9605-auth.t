#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Who sent it, through real Postfix: mails signed, changed on their way,
# forwarded with ARC, from listed relays and with listed links. The DNS is NSD
# with zones of this test; XCLIENT gives each mail its client.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::DNS;
use Ispfilter::Maildir qw(header maildir_files maildir_mails);
use Ispfilter::System;
use Ispfilter::Tools qw(folder program run slurp spew top);

my $cannot = Ispfilter::System->cannot;
plan skip_all => $cannot if $cannot;
plan skip_all => 'NSD is not installed' unless -x '/usr/sbin/nsd';

# A TXT record's text in strings that are short enough.
sub txt
{
	my ($name, $text) = @_;
	return "$name. TXT " . join(' ', map { "\"$_\"" }
	    $text =~ /(.{1,250})/g) . "\n";
}

my $folder = folder('9605');
my $zone = '';
for my $line (split /\n/, slurp(top() . '/t/dkim/keys.zone')) {
	$zone .= txt($1, $2) if $line =~ /^(\S+) TXT ([^!].*)$/;
}
$zone .= txt('_dmarc.author.example', 'v=DMARC1; p=reject');
$zone .= txt('author.example', 'v=spf1 ip4:192.0.2.10 -all');
$zone .= txt('list.example', 'v=spf1 ip4:192.0.2.20 -all');
$zone .= <<'END';
author.example. MX 10 mail.author.example.
list.example. MX 10 mail.list.example.
nowhere.example. MX 10 mail.nowhere.example.
10.2.0.192.routes.test. TXT "64500" "192.0.2.0" "24"
20.2.0.192.routes.test. TXT "64501 | 192.0.2.0/24 | ZZ"
AS64501.known.test. A 192.0.2.1
66.2.0.192.bl.test. A 127.0.0.2
spamvertised.com.uri.test. A 127.0.0.4
2.0.0.127.bl.test. A 127.0.0.2
END

# A key of this run's, for opendkim.
my $signer = -x '/usr/sbin/opendkim-testmsg' && -x '/usr/sbin/opendkim-genkey';
if ($signer) {
	run('/usr/sbin/opendkim-genkey', '-b', '2048', '-d', 'author.example',
		'-s', 'od', '-D', $folder);
	my $record = slurp("$folder/od.txt") // '';
	$zone .= txt('od._domainkey.author.example',
		# It names SHA-256, and its own program signs with SHA-1.
		join('', $record =~ /"([^"]*)"/g) =~ s/h=\w+;//r);
}

# Records that nobody should publish.
$zone .= txt("k$_._domainkey.bad.example", $_ == 1 ? 'x' x 10_000
	: $_ == 2 ? 'v=DKIM1; p=' . 'A' x 8000 : 'v=DKIM1; ' . 'a=b; ' x 900)
    for 1 .. 3;
$zone .= 'k4._domainkey.bad.example. TXT "v=DKIM1;\\000\\255\\192; p=\\000"' . "\n";
$zone .= "k5._domainkey.bad.example. CNAME k5._domainkey.bad.example.\n";
$zone .= "c$_.bad.example. CNAME c" . ($_ + 1) . ".bad.example.\n" for 1 .. 40;
$zone .= "k6._domainkey.bad.example. CNAME c1.bad.example.\n";
$zone .= "_dmarc.bad.example. TXT \"v=DMARC1; p=reject; x$_=y\"\n" for 1 .. 500;
$zone .= "bad.example. MX $_ m$_.bad.example.\n" for 1 .. 2000;

my $dns = Ispfilter::DNS->new(folder => $folder, zones => { '.' => $zone });
$dns->start;
spew("$folder/rules/auth.cf", <<'END');
required_score 5
internal_networks 127.0.0.1
trusted_networks 127.0.0.1
loadplugin Mail::SpamAssassin::Plugin::DKIM
loadplugin Mail::SpamAssassin::Plugin::SPF
loadplugin Mail::SpamAssassin::Plugin::DMARC
loadplugin Mail::SpamAssassin::Plugin::DNSEval
loadplugin Mail::SpamAssassin::Plugin::URIDNSBL
loadplugin Mail::SpamAssassin::Plugin::AskDNS
util_rb_tld com example
full   DKIM_SIGNED eval:check_dkim_signed()
full   DKIM_VALID eval:check_dkim_valid()
full   DKIM_VALID_AU eval:check_dkim_valid_author_sig()
full   ARC_VALID eval:check_arc_valid()
header SPF_PASS eval:check_for_spf_pass()
header DMARC_PASS eval:check_dmarc_pass()
header DMARC_REJECT eval:check_dmarc_reject()
header RCVD_IN_BL eval:check_rbl('bl-lastexternal', 'bl.test.')
tflags RCVD_IN_BL net
score  RCVD_IN_BL 6
urirhssub URIBL_TEST uri.test. A 4
body   URIBL_TEST eval:check_uridnsbl('URIBL_TEST')
tflags URIBL_TEST net
score  URIBL_TEST 5.5
loadplugin Mail::SpamAssassin::Plugin::ASN
asn_lookup routes.test _ASN_ _ASNCIDR_
header ASN_TEST eval:check_asn('/^AS64500$/')
score  ASN_TEST 0.1
askdns ASK_ROUTE _ASN_.known.test A
score  ASK_ROUTE 0.1
askdns ASK_KEY one._domainkey._AUTHORDOMAIN_ TXT /DKIM1/
score  ASK_KEY 0.1
def_welcomelist_from_dkim *@author.example
header WELCOME eval:check_for_def_dkim_welcomelist_from()
score  WELCOME -1
END
chmod 0755, "$folder/rules";

my $system = Ispfilter::System->new(folder => $folder,
	mailboxes => ['bob@rcpt.example'],
	main => { smtpd_authorized_xclient_hosts => '127.0.0.0/8' },
	conf => { $dns->conf, rules => "$folder/rules/auth.cf",
		stages => 'recipients auth spam',
		arc_trusted_sealers => 'list.example',
		authserv_id => 'mx.rcpt.example' });
$system->start;

# Sends a mail as if from there: the reply, and the mail in the Maildir.
sub judged
{
	my ($mail, %with) = @_;
	my $smtp = $system->smtp;
	$smtp->say("XCLIENT NAME=" . ($with{name} // 'mail.author.example') .
	    " ADDR=" . ($with{addr} // '192.0.2.10'));
	$smtp->say('EHLO ' . ($with{name} // 'mail.author.example'));
	my $got = $smtp->send(to => 'bob@rcpt.example', message => $mail,
		from => $with{from} // 'ada@author.example');
	$smtp->quit;
	$system->wait_empty;
	my $place = $system->maildir('bob@rcpt.example');
	my @places = ($place, "$place/.Junk");
	my ($text) = map { maildir_mails($_) } @places;
	unlink map { maildir_files($_) } @places;
	return ($got, $text // '');
}

sub signed { return slurp(top() . "/t/dkim/$_[0].eml") =~ s/\r//gr }

sub first { my ($value) = header(@_); return $value // '' }
sub results_of { return first($_[0], 'Authentication-Results') }

subtest 'signed by the author' => sub {
	my ($got, $mail) = judged(signed('pass-relaxed-relaxed'));
	like $got->{data}, qr/^250/, 'accepted';
	my $told = results_of($mail);
	like $told, qr/^mx\.rcpt\.example;/, 'under the name of this server';
	like $told, qr/spf=pass.*smtp\.mailfrom=\S*author\.example/s, 'SPF';
	like $told, qr/dkim=pass header\.d=author\.example header\.s=one/, 'DKIM';
	like $told, qr/dmarc=pass .*header\.from=author\.example/, 'DMARC';
	my $status = first($mail, 'X-Spam-Status');
	like $status, qr/\b$_\b/, $_ for qw(DKIM_SIGNED DKIM_VALID
	    DKIM_VALID_AU SPF_PASS DMARC_PASS ASK_KEY WELCOME ASN_TEST);
	($got, $mail) = judged(signed('pass-ed25519'));
	like results_of($mail), qr/dkim=pass .*header\.a=ed25519-sha256/,
	    'Ed25519';
};

subtest 'signed by opendkim' => sub {
	plan skip_all => 'opendkim-tools is not installed' unless $signer;
	# Without -C it writes the end of b= twice.
	my ($status, $mail) = run({ stdin => <<'END' =~ s/\n/\r\n/gr },
From: Ada <ada@author.example>
To: bob@rcpt.example
Subject: signed by another program
Date: Mon, 4 May 2026 10:00:00 +0000
Message-ID: <od@author.example>

Hello  Bob,
.. a line with dots
END
		'/usr/sbin/opendkim-testmsg', '-C', '-d', 'author.example', '-s',
		'od', '-k', "$folder/od.private");
	is $status, 0, 'it signs' or diag($mail);
	my ($got, $delivered) = judged($mail =~ s/\r//gr);
	like results_of($delivered), qr/dkim=pass header\.d=author\.example header\.s=od/,
	    'and the signature is good';
};

subtest 'records that nobody should publish' => sub {
	my $mail = signed('pass-relaxed-relaxed');
	for my $key (1 .. 6) {
		my $signed = $mail =~ s/d=author\.example/d=bad.example/r
		    =~ s/s=one/s=k$key/r =~ s/i=\@author\.example/i=\@bad.example/r
		    =~ s/<ada\@author/<ada\@bad/r;
		my ($got, $delivered) = judged($signed, addr => '192.0.2.99',
			name => 'mail.nowhere.example', from => 'x@nowhere.example');
		like $got->{data}, qr/^250/, "key $key: accepted";
		like results_of($delivered), qr/dkim=(?:permerror|temperror) \([^)]+\) header\.d=bad\.example/,
		    'no key, and it says why' or diag(results_of($delivered));
		like results_of($delivered), qr/dmarc=(?:none|temperror)/,
		    '500 policies are none';
	}
};

subtest 'a body that was changed' => sub {
	my ($got, $mail) = judged(signed('fail-body'), addr => '192.0.2.99',
		name => 'mail.nowhere.example', from => 'x@nowhere.example');
	like $got->{data}, qr/^250/, 'accepted: the policy is only obeyed if asked';
	my $told = results_of($mail);
	like $told, qr/dkim=fail \(the body has been changed\)/, 'DKIM';
	like $told, qr/dmarc=fail \(p=reject dis=reject\)/, 'DMARC';
	my $status = first($mail, 'X-Spam-Status');
	like $status, qr/\bDMARC_REJECT\b/, 'rules see it';
	unlike $status, qr/DKIM_VALID|WELCOME/, 'and no signature';
};

subtest 'through a mailing list' => sub {
	my ($got, $mail) = judged(signed('arc-pass-1') =~
	    s/^DKIM-Signature:.*?(?=^\S)//msr, addr => '192.0.2.20',
		name => 'mail.list.example', from => 'bounce@list.example');
	my $told = results_of($mail);
	like $told, qr/arc=pass header\.d=list\.example/, 'ARC';
	like $told, qr/dmarc=fail \(p=reject dis=none arc=pass\)/,
	    'a trusted list excuses DMARC';
	like first($mail, 'X-Spam-Status'), qr/\bARC_VALID\b.*\bDMARC_PASS\b/s,
	    'rules see it';
	like first($mail, 'X-Spam-Status'), qr/\bASK_ROUTE\b/,
	    'a question with what another answer said';
	($got, $mail) = judged(signed('arc-fail-body'), addr => '192.0.2.20',
		name => 'mail.list.example', from => 'bounce@list.example');
	like results_of($mail), qr/arc=fail .*dmarc=fail \(p=reject dis=reject\)/s,
	    'a broken chain does not';
};

subtest 'lists' => sub {
	my $plain = "From: Eve <eve\@list.example>\nTo: bob\@rcpt.example\n" .
	    "Subject: hello\nDate: Mon, 4 May 2026 10:00:00 +0000\n" .
	    "Message-ID: <x\@list.example>\n\n";
	my ($got, $mail) = judged("${plain}Hello.\n", addr => '192.0.2.66',
		name => 'mail.list.example', from => 'eve@list.example');
	like first($mail, 'X-Spam-Status'), qr/^Yes.*\bRCVD_IN_BL\b/s,
	    'a listed relay';
	($got, $mail) = judged("${plain}http://www.spamvertised.com/x\n",
		addr => '192.0.2.20', name => 'mail.list.example',
		from => 'eve@list.example');
	like first($mail, 'X-Spam-Status'), qr/^Yes.*\bURIBL_TEST\b/s,
	    'a listed link';
	($got, $mail) = judged("${plain}http://www.honest.com/x\n",
		addr => '192.0.2.20', name => 'mail.list.example',
		from => 'eve@list.example');
	like first($mail, 'X-Spam-Status'), qr/^No/, 'neither';
};

subtest 'fields that claim to be ours' => sub {
	my $forged = join '', map { "Authentication-Results: $_\n" }
	    'mx.rcpt.example; dkim=pass header.d=bank.example',
	    'other.example; spf=fail',
	    ' (x) "MX.rcpt.example" 1; dmarc=pass';
	my ($got, $mail) = judged($forged . signed('pass-simple-simple'));
	my ($head) = $mail =~ /^(.*?)\n\n/s;
	my @fields = $head =~ /^Authentication-Results:(.*(?:\n[ \t].*)*)/mg;
	is scalar(@fields), 2, 'one of ours, one of others' or diag($head);
	like $fields[0], qr/^ mx\.rcpt\.example;\s+spf=pass/, 'ours first';
	like $fields[1], qr/other\.example/, "others' stay";
};

subtest 'the policy is obeyed' => sub {
	$system->daemon->configure(%{ $system->daemon->{conf} },
		dmarc_reject => 'yes');
	$system->daemon->reload;
	ok $system->daemon->wait_log('reload'), 'reloaded';
	my $got;
	for (1 .. 20) {
		($got) = judged(signed('fail-body'), addr => '192.0.2.99',
			name => 'mail.nowhere.example',
			from => 'x@nowhere.example');
		last if $got->{data} !~ /^250/;
		select undef, undef, undef, 0.3;
	}
	like $got->{data}, qr/^550 5\.7\.26 .*author\.example/, 'refused';
	my ($fine) = judged(signed('pass-relaxed-relaxed'));
	like $fine->{data}, qr/^250/, 'and what passes is not';
};

subtest 'scan --client tells how it came to that' => sub {
	my ($status, $output) = run(program(), 'scan', '-c',
		$system->daemon->conf_file, '--client', '192.0.2.10', '--helo',
		'mail.author.example', '--from', 'ada@author.example',
		'--explain', top() . '/t/dkim/pass-relaxed-relaxed.eml');
	is $status, 0, 'exit status' or diag($output);
	like $output, qr/one\._domainkey\.author\.example/, 'the key it asked for';
	like $output, qr/v=spf1 ip4:192\.0\.2\.10/, 'the record that it got';
	like $output, qr/DKIM of author\.example, selector one, rsa-sha256, 1024 bits: pass/,
	    'the signature';
	like $output, qr/DMARC of author\.example: pass \(an aligned DKIM signature\), by the record of author\.example/,
	    'the policy';
	like $output, qr/DKIM_VALID_AU/, 'and what follows';
	($status, $output) = run(program(), 'scan', '-c',
		$system->daemon->conf_file, '-f', 'headers', '--client',
		'192.0.2.10', '--helo', 'mail.author.example', '--from',
		'ada@author.example', top() . '/t/dkim/fail-subject.eml');
	like $output, qr/dkim=fail .*signature does not fit/, 'headers';
};

is_deeply([$system->complaints(qr/milter-reject|dns list|XCLIENT|xclient|\bunknown\b|hostname/)], [],
	'no unexpected warning');
$system->stop;
$dns->stop;
done_testing;
