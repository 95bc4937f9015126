#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# SpamAssassin and ispfilter ask the same name server about the same mails: a
# DNS of the test's own, whose lists hold some of the relays, senders and links
# of these mails. The rules that ask must agree on 99.5 % of their hits, and so
# must all rules together, SPF and DKIM among them.
#
# ISPFILTER_PARITY=300 takes that many mails of the public corpus (40).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Digest::MD5 qw(md5);
use Ispfilter::DNS;
use Ispfilter::Parity qw(parity_cannot parity_files parity_compare
    parity_report);
use Ispfilter::Tools qw(folder slurp spew);

my $why = parity_cannot();
plan skip_all => $why if $why;
plan skip_all => 'NSD is not installed' unless -x '/usr/sbin/nsd';

my $folder = folder('9145');
my $most = $ENV{ISPFILTER_PARITY} // 40;
my @files = parity_files($folder, $most);

# The lists of the stock rules, with codes that they document.
my %of_addresses = (
	'zen.spamhaus.org' => [qw(127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.10)],
	'bl.spamcop.net' => [qw(127.0.0.2)],
	'list.dnswl.org' => [qw(127.0.5.0 127.0.9.1 127.0.4.2 127.0.6.3)],
	'bl.score.senderscore.com' => [qw(127.0.0.2)],
	'sa-accredit.habeas.com' => [qw(127.0.0.10 127.0.0.50)],
	'sa-trusted.bondedsender.org' => [qw(127.0.0.10)],
	'iadb.isipp.com' => [qw(127.0.0.1 127.2.255.1 127.2.255.101)],
	'wl.mailspike.net' => [qw(127.0.0.18 127.0.0.19 127.0.0.20)],
	'bl.mailspike.net' => [qw(127.0.0.10 127.0.0.12)],
	'psbl.surriel.com' => [qw(127.0.0.2)],
	'dnsbl.sorbs.net' => [qw(127.0.0.10 127.0.0.6)],
);
my %of_names = (
	'multi.surbl.org' => [qw(127.0.0.8 127.0.0.64 127.0.0.80)],
	'multi.uribl.com' => [qw(127.0.0.2 127.0.0.4 127.0.0.8)],
	'dbl.spamhaus.org' => [qw(127.0.1.2 127.0.1.4 127.0.1.102)],
	'fresh.fmb.la' => [qw(127.2.0.2 127.2.0.14)],
	'lookup.dkimwl.org' => [qw(127.0.3.4)],
);

# Some of all names, always the same ones.
sub chosen
{
	my ($name, $zone, $codes) = @_;
	my ($a, $b) = unpack 'NN', md5("$zone/$name");
	return $a % 3 ? undef : $codes->[$b % @$codes];
}

my (%addresses, %names);
for my $file (@files) {
	my $mail = slurp($file) // '';
	$addresses{$1} = 1 while $mail =~ /\b(\d{1,3}(?:\.\d{1,3}){3})\b/g;
	$names{ lc $1 } = 1
	    while $mail =~ /\b([a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.[a-z]{2,6})\b/gi;
}
my $zone = '';
for my $list (sort keys %of_addresses) {
	for my $ip (sort keys %addresses) {
		my $code = chosen($ip, $list, $of_addresses{$list}) or next;
		my $name = join '.', reverse split /\./, $ip;
		next if grep { $_ > 255 } split /\./, $ip;
		$zone .= "$name.$list. A $code\n" .
		    "$name.$list. TXT \"listed, see http://$list/?$ip\"\n";
	}
}
for my $list (sort keys %of_names) {
	for my $name (sort keys %names) {
		my $code = chosen($name, $list, $of_names{$list}) or next;
		next if length "$name.$list" > 240 || $name =~ /(?:^|\.)-|-\.|[^.]{60}/;
		$zone .= "$name.$list. A $code\n";
	}
}
# Some domains say who may send for them, and what is to become of others' mail.
for my $name (sort keys %names) {
	next if length $name > 200 || $name =~ /(?:^|\.)-|-\.|[^.]{60}/;
	my $spf = chosen($name, 'spf', ['-all', '~all', '?all',
		'ip4:0.0.0.0/1 -all', 'ip4:128.0.0.0/1 ~all', 'redirect=nothing.test']);
	my $dmarc = chosen($name, 'dmarc', ['reject', 'quarantine', 'none']);
	$zone .= "$name. TXT \"v=spf1 $spf\"\n" if $spf;
	$zone .= "_dmarc.$name. TXT \"v=DMARC1; p=$dmarc\"\n" if $dmarc;
}
note(scalar(split /\n/, $zone), ' entries in the lists');
my $dns = Ispfilter::DNS->new(folder => $folder, zones => { '.' => $zone });
$dns->start;

my $found = parity_compare(folder => $folder, files => \@files,
	dns => $dns);
my ($both, $apart) = (0, 0);
my @apart;
for my $name (sort keys %{ $found->{rules} }) {
	my $rule = $found->{rules}{$name};
	next unless $found->{network}{$name};
	$both += $rule->{both} // 0;
	my $differ = ($rule->{missing} // 0) + ($rule->{extra} // 0);
	$apart += $differ;
	push @apart, sprintf '%s: only SpamAssassin %d, only ispfilter %d',
	    $name, $rule->{missing} // 0, $rule->{extra} // 0 if $differ;
}
note(parity_report($found));
cmp_ok($both, '>', @files, "rules that ask hit ($both times)");
cmp_ok(100 * $both, '>=', 99.5 * ($both + $apart),
	"and agree: $both of " . ($both + $apart))
    or diag(join "\n", @apart);
# With this SpamAssassin looks at SPF, too. DMARC is left out: Mail::DMARC asks
# the system's name server, whatever it is told.
SKIP: {
	skip 'SpamAssassin has no SPF here', 1
	    unless eval { require Mail::SPF; 1 };
	my ($all, $same, @odd) = (0, 0);
	for my $name (grep { !/DMARC/ } sort keys %{ $found->{rules} }) {
		my ($b, $m, $e) = map { $_ // 0 }
		    @{ $found->{rules}{$name} }{qw(both missing extra)};
		$all += $b + $m + $e;
		$same += $b;
		push @odd, "$name: only SpamAssassin $m, only ispfilter $e"
		    if $m + $e;
	}
	cmp_ok(100 * $same, '>=', 99.5 * $all,
		"all rules agree: $same of $all hits")
	    or diag(join "\n", @odd);
}
my @asked = $dns->asked;
cmp_ok(scalar @asked, '>', @files, 'the name server was asked');
done_testing;
