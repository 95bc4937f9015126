#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Mails of the kinds that stopped, crashed or fooled other filters, made anew
# here. Each test says what it guards against, and whom it happened to. A mail
# may cost 5 s of processor time and 300 MB; and what cannot be looked into to
# the end is said so, never passed off as clean.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use MIME::Base64 qw(encode_base64);
use Test::More;
use Ispfilter::Mail qw(attachment_mail eicar eicar_signature);
use Ispfilter::Tools qw(folder program run slurp spew top);

chdir top();
my $folder = folder('guards');
spew("$folder/eicar.ndb", eicar_signature());
my $megabyte = 1 << 20;
my @scan = (program(), 'scan', '-L', '--format', 'json', '-C', 'rules',
	'-o', "virus_database=$folder/eicar.ndb");
# 300 MB, and what the program has without any mail's doing.
my $room = 400 * $megabyte;

sub mail
{
	my ($headers, $body) = @_;
	return "From: Ada <ada\@sender.example>\nTo: john\@example.org\n"
	    . "Subject: hello\nDate: Mon, 02 Nov 2026 10:00:00 +0000\n"
	    . "Message-ID: <1\@sender.example>\n$headers\n$body";
}

sub typed { return mail("MIME-Version: 1.0\nContent-Type: $_[0]\n", $_[1]) }
sub html { return typed('text/html', $_[0]) }

# The verdict, once cost and liveness are checked. What a mail must not be:
# "clean" is one that is accepted without a word.
sub guard
{
	my ($against, $mail, %with) = @_;
	spew("$folder/mail", $mail);
	my $before = (times)[2] + (times)[3];
	my ($status, $output) = run({ seconds => 100 }, 'prlimit',
		"--data=$room", @scan, map({ ('-o', $_) }
			@{ $with{settings} // [] }), "$folder/mail");
	my $cost = (times)[2] + (times)[3] - $before;
	my ($line) = $output =~ /^(\{.*\})$/m;
	my $verdict = defined $line ? decode_json($line) : {};
	ok(defined $line && $cost < 5, sprintf '%s (%.1f s)', $against, $cost)
	    or diag("status $status, $cost s: ", substr $output, 0, 500);
	my $is_clean = ($verdict->{action} // '') eq 'accept'
	    && !@{ $verdict->{findings} // [] } && !defined $verdict->{error};
	ok(!$is_clean, '... and it is not clean') if $with{unclean};
	like($verdict->{virus} // 'none', qr/Eicar/, '... and the virus in it '
	    . 'is found') if $with{virus};
	return $verdict;
}

my $eicar = "Content-Type: application/octet-stream\n"
    . "Content-Transfer-Encoding: base64\n\n" . encode_base64(eicar());

# --- depth and number ---
my $message = "Content-Type: text/plain\n\nhello\n";
$message = "Content-Type: message/rfc822\n\nSubject: $_\n$message"
    for 1 .. 20000;
guard('a message in a message, 20,000 deep (rspamd 2026)', mail($message, ''),
	unclean => 1);
$message = $eicar;
$message = "Content-Type: message/rfc822\n\nSubject: $_\n$message"
    for 1 .. 60;
guard('a virus 60 messages deep (rspamd 2026: past the limit unseen)',
	mail("MIME-Version: 1.0\n$message", ''), unclean => 1);
my $parts = "Content-Type: multipart/mixed; boundary=b0\n\n";
$parts .= "--b" . ($_ - 1) . "\nContent-Type: multipart/mixed; "
    . "boundary=b$_\n\n" for 1 .. 20000;
guard('multiparts 20,000 deep (Dovecot, CVE-2020-12100)', mail($parts, ''),
	unclean => 1);
guard('20,000 parts (Dovecot, CVE-2020-12100), then a virus',
	typed('multipart/mixed; boundary=b',
		"--b\nContent-Type: text/plain\n\nx\n" x 20000
		. "--b\n$eicar--b--\n"), unclean => 1);
guard('500,000 empty parts', typed('multipart/mixed; boundary=b',
	"--b\n" x 500_000), unclean => 1);

# --- header ---
guard('100,000 header fields', mail("X-H: y\n" x 100_000, "x\n"),
	unclean => 1);
guard('a header field of 10 MB (Dovecot, CVE-2024-23185)',
	mail('X-H: ' . 'y' x (10 * $megabyte) . "\n", "x\n"), unclean => 1);
guard('a header field of 2,000,000 lines', mail('X-H: ' . "y\n " x 2_000_000
	. "\n", "x\n"), unclean => 1);
guard('50,000 addresses', mail('Cc: ' . join(",\n ",
	map { "<u$_\@example.net>" } 1 .. 50_000) . "\n", "x\n"));
guard('200,000 comments within each other', mail('Cc: ' . '(' x 200_000
	. "\n", "x\n"));
guard('20,000 encoded words', mail('Subject: '
	. '=?utf-8?B?8J+YqQ==?= ' x 20_000 . "\n", "x\n"));
guard('10,000 parameters (Dovecot, CVE-2026-27859)',
	typed('text/plain' . join('', map { "; a$_=b" } 1 .. 10_000), "x\n"));
guard('a name in 5,000 sections (Dovecot, CVE-2026-27859)',
	typed('application/octet-stream' . join('', map { "; name*$_=a" }
		0 .. 4998) . '; name*4999=.exe', "x\n"), unclean => 1);
guard('seals and signatures of nonsense (OpenDMARC: any ARC-Seal killed it; '
    . 'rspamd 2026: length of bh=)', mail(
	"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=;;;=; s=\nARC-Seal:\n"
	. "ARC-Message-Signature: bh=\nDKIM-Signature: v=1; bh=AA; b=\n"
	. 'DKIM-Signature: v=1; a=rsa-sha256; d=x; s=y; h=from; bh='
	. 'A' x 100_000 . '; b=' . 'A' x 100_000 . "\n"
	. "DKIM-Signature: v=1; a=rsa-sha256; d=x; s=y; h=from; bh=A; b=\n"
	. "Authentication-Results: ;;;(((\nReceived-SPF: (((\n", "x\n"));

# --- HTML, style, links ---
guard('a million bytes of comments begun in style (rspamd 2026: stack '
    . 'overflow)', html('<style>' . '/*' x 500_000 . "</style><p style='"
	. '/*' x 500_000 . "'>x"));
guard('200,000 brackets open in style', html('<style>' . 'a{b:url('
	x 200_000 . "</style><p style='color:" . '(' x 500_000 . "'>x"));
guard('300,000 elements within each other', html('<div>' x 300_000));
guard('300,000 tables within each other', html('<table><tr><td>' x 100_000));
guard('an element of 200,000 attributes', html('<a ' . join(' ',
	map { "x$_=1" } 1 .. 200_000) . '>'));
guard('two million <', html('<' x 2_000_000));
guard('500,000 comments begun', html('<!--' x 500_000));
guard('100,000 links (MailScanner stood still over many)', html(join '',
	map { "<a href=http://h$_.example.com/>x</a>\n" } 1 .. 100_000));
guard('a link that redirects 50,000 times', mail('', 'http://example.com/?u='
	x 50_000));
guard('a link with a million escapes', mail('', 'http://example.com/'
	. '%25' x 1_000_000));

# --- text ---
guard('three megabytes of plain words in one line (took 5 s a megabyte here)',
	mail('', 'These are plain words, and ' x 120_000));
guard('300,000 addresses in one line', mail('', 'Write to '
	. '<a@b.example> ' x 300_000));

# --- encodings ---
guard('two megabytes that are not UTF-8 (rspamd 2026: a leak)',
	typed('text/plain; charset=utf-8', "\xff\xfe\xc3" x 700_000));
guard('three megabytes of =', mail("Content-Transfer-Encoding: "
	. "quoted-printable\n", '=' x 3_000_000));
guard('50,000 lines that are almost a boundary',
	typed('multipart/mixed; boundary="' . 'b' x 60 . '"',
		('--' . 'b' x 59 . "\n") x 50_000));

# --- archives ---
sub made
{
	my ($name, $command) = @_;
	my ($status, $output) = run('sh', '-c', "cd '$folder' && $command");
	diag($output) if $status;
	return attachment_mail($name, slurp("$folder/$name") // '');
}

made('zeros', 'head -c 300000000 /dev/zero >zeros');
guard('300 MB of zeros in zstd (rspamd 2026: unpacked without a bound)',
	made('zeros.zst', 'zstd -q zeros'), unclean => 1);
guard('300 MB of zeros in zip', made('zeros.zip', 'zip -q zeros.zip zeros'),
	unclean => 1);
guard('300 MB of zeros in xz', made('zeros.xz', 'xz -0k zeros'), unclean => 1);
guard('20,000 empty files in a zip (libclamav: a minute)', made('many.zip',
	'mkdir many && cd many && seq 20000 | xargs touch && '
	. 'zip -q0r ../many.zip .'), unclean => 1);
guard('a zip in a zip, 60 times', made('nested.zip', 'echo x >q && '
	. 'for i in $(seq 60); do zip -q0 new.zip q && mv new.zip q; done && '
	. 'mv q nested.zip'), unclean => 1);
guard('an encrypted zip of 200 bytes (amavis stood still)',
	made('secret.zip', 'echo x >secret && zip -q -P x secret.zip secret'),
	settings => ['stages=attachment,virus']);
guard('100,000 uuencoded files (libclamav: a temporary file for each)',
	mail('', "begin 644 x\n" x 100_000));

# Names of members and of files as a shell would read them.
my $touched = "$folder/touched";
for my $name ("`touch $touched`", "\$(touch $touched)", "';touch $touched;'",
	"|touch $touched", "\n touch $touched") {
	my $member = $name =~ s{/}{_}gr;
	mkdir "$folder/shell";
	spew("$folder/shell/$member", eicar());
	guard('a member whose name is a command (Barracuda, CVE-2023-2868; '
	    . 'ClamAV, CVE-2024-20328)', made('shell.tar',
		'rm -f shell.tar && tar cf shell.tar shell && rm -r shell'),
		virus => 1);
	guard('a file whose name is a command', attachment_mail($name, 'x'));
}
ok(!-e $touched, 'none of these commands was run');
done_testing;
