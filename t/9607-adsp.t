#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Author domain signing practices: what adsp_override says of a domain, and what
# the DNS says where it says nothing. Mails without a signature, `ispfilter scan`
# and NSD with a zone of this test.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::DNS;
use Ispfilter::Tools qw(folder program run slurp spew top);

plan skip_all => 'NSD is not installed' unless -x '/usr/sbin/nsd';

my $folder = folder('9607');
my $zone = <<'END';
all.test. MX 10 mail.all.test.
_adsp._domainkey.all.test. TXT "dkim=all"
strict.test. MX 10 mail.strict.test.
_adsp._domainkey.strict.test. TXT "dkim=discardable"
open.test. MX 10 mail.open.test.
_adsp._domainkey.open.test. TXT "dkim=unknown"
ours.test. MX 10 mail.ours.test.
_adsp._domainkey.ours.test. TXT "dkim=all"
END
my ($key) = slurp(top() . '/t/dkim/keys.zone') =~
    /^one\._domainkey\.author\.example TXT (.*)$/m;
$zone .= 'one._domainkey.author.example. TXT ' .
    join(' ', map { "\"$_\"" } $key =~ /(.{1,250})/g) . "\n";
my $dns = Ispfilter::DNS->new(folder => $folder, zones => { '.' => $zone });
$dns->start;
my %letters = (NX => 'N', ALL => 'A', DISCARD => 'D', LOW => '1', MED => '2',
	HIGH => '3');
spew("$folder/rules.cf", <<'END' . join '', map {
loadplugin Mail::SpamAssassin::Plugin::DKIM
adsp_override ours.test unknown
adsp_override plain.test
adsp_override *.wide.test custom_low
adsp_override @at.test CUSTOM_MED
adsp_override author.example custom_high
adsp_override twice.test all
adsp_override twice.test nxdomain
END
	"header ADSP_$_ eval:check_dkim_adsp('$letters{$_}')\n" .
	    "tflags ADSP_$_ net\nscore ADSP_$_ 0.1\n"
} sort keys %letters);

my %conf = $dns->conf;
sub hits
{
	my ($file) = @_;
	my ($status, $output) = run(program(), 'scan', '-c', '/dev/null', '-f',
		'json', '-C', "$folder/rules.cf",
		'-o', 'stages=auth spam', '-o', 'dns_time_limit=5s',
		(map { ('-o', "$_=$conf{$_}") } sort keys %conf),
		'--client', '192.0.2.1', $file);
	return join ' ', sort $output =~ /ADSP_([A-Z]+)/g if $status == 0;
	return "status $status: $output";
}

for my $case (
	['all.test', 'ALL', 'the DNS says that all mail is signed'],
	['strict.test', 'DISCARD', 'or that other mail may be discarded'],
	['open.test', '', 'or that not all of it is'],
	['gone.test', 'NX', 'or that there is no such domain'],
	['ours.test', '', 'an override counts more'],
	['plain.test', 'DISCARD', 'one without a practice'],
	['a.b.wide.test', 'LOW', 'one for all below a domain'],
	['wide.test', 'NX', 'which is not the domain itself'],
	['at.test', 'MED', 'one with an @, in capitals'],
	['author.example', 'HIGH', 'mail without the signature'],
	['twice.test', 'NX', 'the last of two counts'],
) {
	my ($domain, $wanted, $what) = @$case;
	my $file = spew("$folder/mail.eml", <<"END");
From: A <a\@$domain>
To: b\@rcpt.test
Subject: x
Date: Mon, 4 May 2026 10:00:00 +0000
Message-ID: <1\@$domain>

Text.
END
	is(hits($file), $wanted, "$domain: $what");
}
is(hits(top() . '/t/dkim/pass-pass.eml'), '', 'what is signed is not asked about');
done_testing;
