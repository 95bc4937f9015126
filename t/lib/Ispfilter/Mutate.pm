# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Mutate;

# Mails damaged and recombined as chance will have it: the same seed, number
# and mails give the same result.
#
#	my @mails = mutate_sources();
#	my $text = mutate(\@mails, $seed, $number);

use strict;
use warnings;
use Exporter 'import';
use Ispfilter::Mail qw(attachment_mail clean_mail eicar spam_mail virus_mail);
use Ispfilter::Tools qw(slurp top);

our @EXPORT_OK = qw(mutate mutate_sources);

# What mail programs and attackers put into header and structure.
my @lines = ("Content-Type: multipart/mixed; boundary=b\n",
	"Content-Type: text/html; charset=utf-7\n",
	"Content-Transfer-Encoding: base64\n",
	"Content-Transfer-Encoding: quoted-printable\n",
	"Content-Type: message/rfc822\n", "--b\n", "--b--\n", "\n", "\r",
	"begin 644 a.exe\n", "Subject: =?utf-8?B?8J+YqQ==?=\n",
	"Content-Disposition: attachment; filename*0=a; filename*1=.exe\n",
	"Received: from x (y [192.0.2.1]) by z with SMTP id 1; now\n",
	"X-Spam: Yes\n", "From: \"a\@b\" <c\@d>, <e\@f>\n", "\0", "\xff\xfe",
	"=\n", "<!--", "<a href=\"http://example.com/\">",
	'A' x 2000 . "\n");

# The public corpus where it is there, the mails of t/rule, and one of each
# kind.
sub mutate_sources
{
	my ($corpus) = glob(top() . '/build/corpus');
	my @mails = map { slurp($_) } sort glob "$corpus/*/*.txt";
	for my $file (sort glob top() . '/t/rule/*.test') {
		my $text = slurp($file);
		push @mails, $1 while $text =~
		    /^--- mail[^\n]*\n(.*?)(?=^--- |^=== |\z)/msg;
	}
	push @mails, clean_mail(), spam_mail(), virus_mail(),
	    attachment_mail('a.pdf.exe', "MZ\0"),
	    attachment_mail('a.bin', join '', map { chr } 0 .. 255);
	return @mails;
}

sub mutate
{
	my ($mails, $seed, $number) = @_;
	my $state = ($seed * 1_000_003 + $number * 7919 + 12345) & 0x7fffffff;
	# Park and Miller's numbers: perl's own may differ from one to another.
	my $dice = sub {
		$state = ($state || 1) * 48271 % 2147483647;
		return $state % $_[0];
	};
	$dice->(2) for 1 .. 3;
	my $text = $mails->[$dice->(scalar @$mails)];
	for (1 .. $dice->(6)) {
		my $at = $dice->(1 + length $text);
		my $length = $dice->(1 + ($dice->(3) ? 40 : 4000));
		my $what = $dice->(7);
		if ($what == 0) {
			substr $text, $at, 1, chr $dice->(256);
		} elsif ($what == 1) {
			substr $text, $at, $length, '';
		} elsif ($what == 2) {
			substr $text, $at, 0, substr $text, $at, $length;
		} elsif ($what == 3) {
			my $other = $mails->[$dice->(scalar @$mails)];
			substr $text, $at, $length, substr $other,
			    $dice->(1 + length $other), $length;
		} elsif ($what == 4) {
			$at = 1 + index $text, "\n", $at;
			substr $text, $at, 0, $lines[$dice->(scalar @lines)];
		} elsif ($what == 5) {
			$at = 1 + index $text, "\n", $dice->(600);
			substr $text, $at, 0, $lines[$dice->(scalar @lines)];
		} else {
			$text = substr($text, 0, $at)
			    . $mails->[$dice->(scalar @$mails)];
		}
	}
	return $text;
}

1;
