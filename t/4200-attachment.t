#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Attachment rules: names in all their spellings, declared and true types, and
# the shipped rules' judgement of what today's admins refuse.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use MIME::Base64 qw(encode_base64);
use Test::More;
use Ispfilter::Mail qw(clean_mail attachment_mail);
use Ispfilter::Tools qw(folder program run spew top);

chdir top();
my $folder = folder();
my $shipped = 'rules/10_attachments.cf';

sub verdict {
	my ($mail, @rules) = @_;
	spew("$folder/mail", $mail);
	my (undef, $output) = run(program(), 'scan', '-L', (map { ('-C', $_) } @rules), '-f', 'json',
		'-o', 'stages=attachment', "$folder/mail");
	my ($line) = $output =~ /^(\{.*\})$/m;
	return defined $line ? decode_json($line) : { broken => $output };
}

sub rule_of {
	my ($verdict) = @_;
	my ($hit) = grep { defined $_->{rule} } @{$verdict->{attachments}};
	return $hit ? $hit->{rule} : undef;
}

# What the shipped rules refuse by name, and what they let through.
my $text = "some text\n";
for my $name ('a.exe', 'A.EXE', 'a.exe.', 'a.scr ', 'a.js', 'a.vbs', 'x.hta', 'a.lnk', 'a.iso', 'a.img',
	'a.vhdx', 'invoice.pdf.exe', 'photo.jpg  .scr', "a.pdf" . ' ' x 20 . '.exe', 'a.ps1', 'a.jar',
	'a.cpl', 'a.msi', 'a.bat', 'a.cmd', 'a.url', 'a.xll', 'a.chm', 'a.ace') {
	my $verdict = verdict(attachment_mail($name, $text), $shipped);
	is($verdict->{action}, 'reject', "refused: $name");
}
for my $name ('a.pdf', 'a.docx', 'a.zip', 'a.txt', 'report.exec.pdf', 'exe', 'minutes.2026-11-02.odt',
	'a.jpg', 'a.csv', 'signature.asc', 'a.ics', 'my.company.com.pdf') {
	is(verdict(attachment_mail($name, $text), $shipped)->{action}, 'accept', "accepted: $name");
}
is(verdict(attachment_mail('a.docm', $text), $shipped)->{action}, 'tag', 'tagged: a.docm');
is(rule_of(verdict(attachment_mail('invoice.pdf.exe', $text), $shipped)), 'BANNED_PROGRAM_NAME',
	'the rule is named');

# A program is one whatever its name: the start of a PE file.
my $program = pack('a2 x58 V', 'MZ', 64) . pack('a4 v v V V V v v', "PE\0\0", 0x14c, 1, 0, 0, 0, 224, 0x102)
    . pack('v', 0x10b) . "\0" x 222 . "\0" x 400;
my $verdict = verdict(attachment_mail('harmless.txt', $program), $shipped);
is($verdict->{action}, 'reject', 'a program by its bytes');
is($verdict->{attachments}[0]{rule}, 'BANNED_PROGRAM_TYPE', 'by the rule on types');
like($verdict->{attachments}[0]{type}, qr/^application\//, 'with its true type');

# Names as mail clients show them.
sub with_header {
	my ($type, $disposition) = @_;
	my $base64 = encode_base64($text);
	return clean_mail('MIME-Version' => '1.0', 'Content-Type' => 'multipart/mixed; boundary=b')
	    =~ s/\n\n.*/\n\n--b\nContent-Type: $type\nContent-Disposition: $disposition\nContent-Transfer-Encoding: base64\n\n$base64\n--b--\n/sr;
}
my @spellings = (
	['RFC 2231', 'application/octet-stream', q(attachment; filename*=utf-8''a%2Eexe)],
	['RFC 2231 in pieces', 'application/octet-stream', q(attachment; filename*0="a."; filename*1="exe")],
	['RFC 2231 pieces out of order', 'application/octet-stream', q(attachment; filename*1="xe"; filename*0="a.e")],
	['RFC 2047 in quotes', 'application/octet-stream', q(attachment; filename="=?utf-8?B?YS5leGU=?=")],
	['RFC 2047 quoted-printable', 'application/octet-stream; name="=?iso-8859-1?Q?a=2Eexe?="', 'attachment'],
	['only in Content-Type', 'application/octet-stream; name=a.exe', 'attachment'],
	['two names that differ', 'image/png; name=a.png', 'attachment; filename=a.exe'],
	['two names the other way round', 'image/png; name=a.exe', 'attachment; filename=a.png'],
	['folded', "application/octet-stream;\n\tname=\"a.exe\"", 'attachment'],
	['without quotes and with blanks', 'application/octet-stream; name = a.exe', 'attachment'],
	['a quoted pair', 'application/octet-stream; name="a.e\\xe"', 'attachment'],
	['a comment', 'application/octet-stream (hm); name=a.exe (ha)', 'attachment'],
);
for my $case (@spellings) {
	my ($what, @headers) = @$case;
	is(verdict(with_header(@headers), $shipped)->{action}, 'reject', "name: $what");
}

# An attached message's attachments, and the path.
my $inner = attachment_mail('a.exe', $text);
$verdict = verdict(clean_mail('MIME-Version' => '1.0', 'Content-Type' => 'message/rfc822')
	=~ s/\n\n.*/\n\n$inner/sr, $shipped);
is($verdict->{action}, 'reject', 'in an attached message');

# uuencode in a text.
is(verdict(clean_mail() . "\nbegin 644 a.exe\n" . pack('u', $text) . "`\nend\n", $shipped)->{action}, 'reject',
	'uuencoded in the text');

# More parts than are looked into is not "nothing was found".
my $many = clean_mail('MIME-Version' => '1.0', 'Content-Type' => 'multipart/mixed; boundary=b')
    =~ s/\n\n.*/"\n\n" . "--b\n\nx\n" x 50 . "--b--\n"/esr;
spew("$folder/mail", $many);
my (undef, $limited) = run(program(), 'scan', '-L', '-C', $shipped, '-f', 'json', '-o', 'stages=attachment',
	'-o', 'mime_parts_limit=20', "$folder/mail");
is(decode_json($limited)->{action}, 'tempfail', 'a bound that is reached: tempfail');
like(decode_json($limited)->{error}, qr/more parts than/, 'and the reason');

# Rules of one's own; later files win.
spew("$folder/own.cf", <<'END');
attachment LOCAL_ZIP name =~ /\.zip$/i
describe LOCAL_ZIP We do not take ZIP files
action LOCAL_ZIP reject Please send it as PDF
attachment LOCAL_DECLARED declared =~ m{^application/x-odd}
action LOCAL_DECLARED quarantine
attachment LOCAL_PATH path =~ /^message\/inner/
action LOCAL_PATH discard
action BANNED_DISK_IMAGE_NAME none
END
is(rule_of(verdict(attachment_mail('a.zip', $text), $shipped, "$folder/own.cf")), 'LOCAL_ZIP', 'a rule by name');
is(verdict(attachment_mail('a.iso', $text), $shipped, "$folder/own.cf")->{action}, 'accept',
	'a shipped rule switched off');
is(verdict(with_header('application/x-odd', 'attachment'), $shipped, "$folder/own.cf")->{action}, 'quarantine',
	'a rule on the declared type');
$inner = attachment_mail('inner.dat', $text);
is(verdict(clean_mail('MIME-Version' => '1.0', 'Content-Type' => 'multipart/mixed; boundary=o')
	=~ s/\n\n.*/\n\n--o\nContent-Type: message\/rfc822\n\n$inner\n--o--\n/sr, $shipped, "$folder/own.cf")->{action},
	'discard', 'a rule on the path');

# No rule files at all is an error, not "nothing is banned".
my ($status, $output) = run(program(), 'scan', '-L', '-C', "$folder/missing", "$folder/mail");
is($status, 78, 'rules that are missing: wrong settings');

done_testing;
