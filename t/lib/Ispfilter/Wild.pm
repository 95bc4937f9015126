# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Wild;

# Mails as they go round today, made by chance that is the same for each number:
# languages and charsets, newsletters, phishing, invitations, bounces, signed
# and forwarded mail, and any of these damaged. To be judged by two programs
# that should agree; no mail of anybody is in it.
#
#	my $mail = wild_mail(17);   # bytes

use strict;
use warnings;
use Encode qw(encode);
use Exporter 'import';
use MIME::Base64 qw(encode_base64);
use MIME::QuotedPrint qw(encode_qp);
use Ispfilter::Wild::Chance;
use Ispfilter::Wild::Header qw(wild_header wild_octets);
use Ispfilter::Wild::Html qw(wild_html);
use Ispfilter::Wild::Text qw(wild_text);

our @EXPORT_OK = qw(wild_mail);

# A part: its fields and its body, in bytes.
sub part
{
	my ($fields, $body) = @_;
	return { fields => $fields, body => $body };
}

sub text_part
{
	my ($chance, $text, $type, $words) = @_;
	my $charset = $text->{charset};
	my $bytes = wild_octets($words, $charset);
	my $declared = $chance->often(0.07) ? $chance->one('us-ascii', 'utf-8', 'iso-8859-1', 'x-user-defined', 'utf-7', 'utf-16le', "\"$charset", 'unicode-1-1-utf-7') : $charset;
	my $field = "Content-Type: $type" . $chance->one("; charset=$declared", "; charset=\"$declared\"", ";\n\tcharset=\"$declared\"", "; format=flowed; charset=$declared; delsp=yes", '', "; charset = $declared", "; CHARSET=\U$declared");
	my $way = $chance->below(5);
	return part([$field, 'Content-Transfer-Encoding: base64'], encode_base64($bytes)) if $way < 2;
	return part([$field, 'Content-Transfer-Encoding: ' . $chance->one('quoted-printable', 'Quoted-Printable', 'QUOTED-PRINTABLE ')], encode_qp($bytes)) if $way < 4;
	return part([$field, $chance->one('Content-Transfer-Encoding: 8bit', 'Content-Transfer-Encoding: 7bit', 'Content-Transfer-Encoding: binary', 'Content-Transfer-Encoding: x-unknown')], $bytes);
}

sub plain
{
	my ($chance, $text) = @_;
	my $end = $chance->one("\n", "\n\n", " \n", "\r\n");
	my $words = join $end, map { $chance->often(0.1) ? "> $_" : $_ } @{ $text->{lines} };
	$words .= $end . "-- \nJoe" if $chance->often(0.2);
	$words = ('x' x 3000) . " $words" if $chance->often(0.02);
	$words .= "\n\nbegin 644 a.txt\n#0V%T\n`\nend\n" if $chance->often(0.02);
	return text_part($chance, $text, 'text/plain', "$words\n");
}

sub html
{
	my ($chance, $text) = @_;
	return text_part($chance, $text, $chance->one('text/html', 'text/html', 'TEXT/HTML', 'text/x-amp-html'), wild_html($chance, $text));
}

sub multipart
{
	my ($chance, $kind, @parts) = @_;
	my $boundary = $chance->one('----=_Part_' . $chance->word(8), '=_' . $chance->word(20), $chance->word(5), 'a b ' . $chance->word(4), "--$kind", $chance->word(4) . "'()+_,-./:=?");
	my $body = $chance->one('', "This is a multi-part message in MIME format.\n", "\n");
	$body .= "--$boundary\n" . join('', map { "$_\n" } @{ $_->{fields} }) . "\n$_->{body}" . ($_->{body} =~ /\n$/ ? '' : "\n") for @parts;
	$body .= "--$boundary--\n" unless $chance->often(0.05);
	$body .= "Behind the end.\n" if $chance->often(0.05);
	return part(["Content-Type: multipart/$kind;" . $chance->one(' ', "\n\t") . "boundary=\"$boundary\"" . ($kind eq 'report' ? '; report-type=delivery-status' : $kind eq 'signed' ? '; protocol="application/pgp-signature"; micalg=pgp-sha256' : '')], $body);
}

my $png = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\x90\0\0\0\xc8\x08\2\0\0\0";

sub attachment
{
	my ($chance, $text) = @_;
	my ($type, $name, $bytes) = @{ $chance->one(['application/pdf', 'invoice.pdf', "%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"], ['application/zip', 'invoice.zip', "PK\5\6" . "\0" x 18],
		['text/html', 'Secure_Message.html', encode('utf-8', wild_html($chance, $text))], ['application/octet-stream', 'statement.htm', encode('utf-8', wild_html($chance, $text))],
		['image/png', 'qr.png', $png . 'x' x 200], ['image/jpeg', 'photo.jpg', "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xc0\0\x11\x08\1\0\2\0\3"], ['image/gif', 'a.gif', "GIF89a\1\0\1\0\x80\0\0"],
		['text/calendar; method=REQUEST; charset=UTF-8', 'invite.ics', "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Meeting https://example.com/meet\nEND:VEVENT\nEND:VCALENDAR\n"], ['text/vcard', 'joe.vcf', "BEGIN:VCARD\nFN:Joe\nEND:VCARD\n"],
		['application/ms-tnef', 'winmail.dat', "\x78\x9f\x3e\x22"], ['application/pkcs7-signature', 'smime.p7s', "0\x82\1\0"], ['application/pgp-signature', 'signature.asc', "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n"],
		['text/x-patch', 'a.diff', "--- a\n+++ b\n\@\@ -1 +1 \@\@\n-x\n+https://example.org/\n"], ['text/csv', 'list.csv', "a,b\nwww.example.com,1\n"], ['application/msword', 'letter.doc', "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"], ['message/rfc822', 'mail.eml', undef],
		['image/svg+xml', 'logo.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>location="https://example.com/"</script></svg>']) };
	$bytes //= whole($chance, $text, plain($chance, $text));
	my $disposition = $chance->one('attachment', 'inline') . $chance->one("; filename=$name", "; filename=\"$name\"", ";\n filename*=UTF-8''%E2%82%AC%20$name", '', "; filename*0=\"in\"; filename*1=\"$name\"");
	return part(["Content-Type: $type" . $chance->one("; name=\"$name\"", '', "; name=$name"), "Content-Disposition: $disposition"], $bytes) if $type =~ /^(?:message|text)/ && $chance->often(0.7);
	return part(["Content-Type: $type; name=\"$name\"", "Content-Disposition: $disposition", 'Content-Transfer-Encoding: base64', 'Content-ID: <part1@example>'], encode_base64($bytes));
}

sub bounce
{
	my ($chance, $text) = @_;
	return multipart($chance, 'report', plain($chance, $text),
		part(['Content-Type: message/delivery-status'], "Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; joe\@example.org\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n"),
		part([$chance->one('Content-Type: message/rfc822', 'Content-Type: text/rfc822-headers')], whole($chance, $text, plain($chance, $text))));
}

sub body
{
	my ($chance, $text, $depth) = @_;
	my $way = $chance->below($depth > 0 ? 14 : 5);
	return plain($chance, $text) if $way < 2;
	return html($chance, $text) if $way < 5;
	return multipart($chance, 'alternative', plain($chance, $text), html($chance, $text)) if $way < 8;
	return multipart($chance, 'related', body($chance, $text, $depth - 1), attachment($chance, $text)) if $way == 8;
	return multipart($chance, 'mixed', body($chance, $text, $depth - 1), map { attachment($chance, $text) } 0 .. $chance->below(3)) if $way < 11;
	return multipart($chance, 'signed', body($chance, $text, $depth - 1), attachment($chance, $text)) if $way == 11;
	return bounce($chance, $text) if $way == 12;
	return $chance->one(multipart($chance, 'digest', map { part([], whole($chance, $text, plain($chance, $text))) } 0 .. 1),
		part(['Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"', 'Content-Transfer-Encoding: base64'], encode_base64("0\x82" x 300)),
		multipart($chance, 'encrypted', part(['Content-Type: application/pgp-encrypted'], "Version: 1\n"), part(['Content-Type: application/octet-stream'], "-----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----\n")));
}

sub whole
{
	my ($chance, $text, $part) = @_;
	return join('', map { "$_\n" } wild_header($chance, $text, ''), @{ $part->{fields} }) . "\n$part->{body}";
}

# What happens to mail on the way, or to its sender's program.
my @damages = (
	sub { $_[1] =~ s/\n\n/\n/ }, sub { $_[1] =~ s/\n/\r\n/g }, sub { substr($_[1], $_[0]->below(length $_[1]) + 1) = '' if length $_[1] }, sub { $_[1] =~ s/\n+\z// },
	sub { substr($_[1], $_[0]->below(length $_[1]), 1) = "\0" }, sub { $_[1] =~ s/^(Subject:)/X-A: 1\n\nSubject:/m }, sub { $_[1] =~ s/^(\w+):/$1 :/m }, sub { $_[1] =~ s/^From: .*\n//m },
	sub { $_[1] =~ s/^(Subject: .*\n)/$1Subject: another\n/m }, sub { $_[1] =~ s/^(Content-Type: .*)$/$1\nContent-Type: text\/plain/m }, sub { $_[1] = "From joe\@example.org Mon Jan  1 00:00:00 2024\n$_[1]" },
	sub { $_[1] =~ s/^(To: .*)$/To : x\nthis is no field\n$1/m }, sub { $_[1] =~ s/boundary="([^"]+)"/boundary=$1/ }, sub { $_[1] =~ s/^(Content-Transfer-Encoding: )base64/$1quoted-printable/m }, sub { $_[1] =~ s/^(Content-Transfer-Encoding: )quoted-printable/$1base64/m },
	sub { $_[1] =~ s/=([0-9A-F])([0-9A-F])/"=" . lc($1) . lc($2)/ge }, sub { $_[1] =~ s/([A-Za-z0-9+\/]{60})\n/$1=\n!!\n/ }, sub { $_[1] =~ s/^(Subject:.*)$/$1\n \n  folded/m }, sub { $_[1] =~ s/^(--\S+)$/$1   /m }, sub { $_[1] =~ s/(\n--[^\n]+)--\n/$1\n/ },
	sub { $_[1] =~ s/\n\n/"\n" . ('X-Long: ' . 'y' x 9000) . "\n\n"/e }, sub { $_[1] =~ s/\n\n/\n\n>From here\n\n/ }, sub { $_[1] =~ s/^Content-Type:/Content-type:/m }, sub { $_[1] =~ s/charset="?([\w-]+)"?/charset='$1'/ }, sub { $_[1] =~ s/ /\xa0/ }, sub { $_[1] .= "\n" x 40 },
	sub { $_[1] =~ s/^(Received:)/\t$1/m }, sub { $_[1] =~ s/\n/\r\n/ }, sub { $_[1] =~ s/\n/\r/ }, sub { $_[1] =~ s/multipart\/alternative/multipart\/x-any/ }, sub { $_[1] = "\n$_[1]" }, sub { $_[1] =~ s/^Content-Type: text\/html/Content-Type: html/m }, sub { $_[1] =~ s/^MIME-Version.*\n//m });

sub wild_mail
{
	my ($number) = @_;
	my $chance = Ispfilter::Wild::Chance->new($number);
	$chance->below(2) for 1 .. 8;
	my $text = wild_text($chance);
	my $mail = whole($chance, $text, body($chance, $text, 3));
	if ($chance->often(0.35)) {
		$chance->one(@damages)->($chance, $mail) for 0 .. $chance->below(3);
	}
	return $mail;
}

1;
