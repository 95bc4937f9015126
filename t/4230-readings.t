#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Mail that programs read differently: the file inside is found under each of
# the readings, one construction after the other, and what is ambiguous is called
# so. Honest mail is not.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use MIME::Base64 qw(encode_base64);
use Test::More;
use Ispfilter::Mail qw(clean_mail attachment_mail eicar eicar_signature);
use Ispfilter::Tools qw(folder program run spew top);

chdir top();
my $folder = folder();
spew("$folder/virus.ndb", eicar_signature());

my @cases; # [what, mail, what must be: a hash of regexes on findings, notes; virus, rule]

my $file = eicar();
my $base64 = encode_base64($file);
my $long = encode_base64('x' x 57 . $file); # the file does not begin the lines
my $qp = join '', map { sprintf '=%02X', ord } split //, $file;

sub mail {
	my ($fields, $body) = @_;
	return clean_mail('MIME-Version' => '1.0', 'Content-Type' => undef) =~ s/\n\n.*//sr . "\n$fields\n\n$body";
}

# A part with the file, after a text; %with: type, encoding, body, boundary (as
# declared), line (the boundary as it stands).
sub part {
	my (%with) = @_;
	my $type = $with{type} // 'Content-Type: application/octet-stream';
	my $encoding = $with{encoding} // 'Content-Transfer-Encoding: base64';
	my $line = $with{line} // '--b';
	return mail('Content-Type: ' . ($with{declared} // 'multipart/mixed; boundary=b'),
		($with{preamble} // '') . "$line\nContent-Type: text/plain\n\nHere it is.\n"
		. ($with{between} // $line) . "\n$type\n$encoding" . ($with{empty} // "\n\n")
		. ($with{body} // $base64) . ($with{end} // "$line--\n") . ($with{epilogue} // ''));
}

sub virus { push @cases, [$_[0], $_[1], { virus => 1, %{$_[2] // {}} }] }
sub ambiguous { virus($_[0], $_[1], { findings => qr/AMBIGUOUS/, notes => $_[2] // qr/./ }) }

virus('no trick at all', part(), { findings => qr/^$/ });

# --- structure ---
ambiguous('a part in the epilogue', part(type => 'Content-Type: text/plain', encoding => 'X-None: 1', body => "b\n",
	epilogue => "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n$base64"),
	qr/not in the structure/);
ambiguous('a part in the preamble', part(preamble =>
	"Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n$base64", body => "QUJD\n"),
	qr/not in the structure/);
ambiguous('two boundaries in a field', part(declared => 'multipart/mixed; boundary=a; boundary=b'), qr/two boundaries/);
ambiguous('two boundaries, the other way round', part(declared => 'multipart/mixed; boundary=b; boundary=a'));
ambiguous('two Content-Type fields', part(declared => "text/plain\nContent-Type: multipart/mixed; boundary=b"),
	qr/two Content-Type fields/);
ambiguous('the same, the other way round', part(declared => "multipart/mixed; boundary=b\nContent-Type: text/plain"));
ambiguous('two multiparts', part(declared => "multipart/mixed; boundary=b\nContent-Type: multipart/mixed; boundary=a"));
ambiguous("a boundary $_->[0]", part(declared => "multipart/mixed; $_->[1]", line => "--$_->[2]"))
    for ['in RFC 2231 sections', 'boundary*0=a; boundary*1=b', 'ab'], ['in RFC 2231 encoding', "boundary*=us-ascii''%62", 'b'],
    ['with a comment', 'boundary=b(x)', 'b'], ['with an escape', 'boundary="\\b"', 'b'],
    ['in single quotes', "boundary='b'", 'b'], ['whose quotes do not end', 'boundary="b', 'b'],
    ['that goes on behind its quotes', 'boundary="b"c', 'b'], ['with a blank at its end', 'boundary="b "', 'b'],
    ['that is an encoded word', 'boundary="=?utf-8?q?b?="', 'b'], ['that is empty', 'boundary=""', ''];
ambiguous('another boundary than declared', part(line => '--c'), qr/not in the structure/);
ambiguous('a boundary that begins like it', part(line => '--bc'));
ambiguous('an indented boundary', part(between => ' --b'), qr/not in the structure/);
ambiguous('no blank behind multipart', part(declared => 'multi part/mixed; boundary=b'), qr/not well-formed/);
ambiguous('an indented field', part(type => "X-Other: x\n Content-Type: application/octet-stream",
	encoding => ' Content-Transfer-Encoding: base64'), qr/folding of another/);
ambiguous('a comment in Content-Transfer-Encoding', part(encoding => 'Content-Transfer-Encoding: ba(x)se64'), qr/not well-formed/);
ambiguous('an encoded word for an encoding', part(encoding => 'Content-Transfer-Encoding: =?utf-8?q?base64?='));
ambiguous('two encodings', part(encoding => "Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: 7bit"),
	qr/two Content-Transfer-Encoding/);
ambiguous('the same, the other way round', part(encoding => "Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64"));
ambiguous('a NUL in a field', part(encoding => "Content-Transfer-Encoding: \0base64"), qr/control characters/);
ambiguous('a NUL in the name of a field', part(encoding => "Content-Transfer-Encoding\0: base64"));
ambiguous('a CR alone between fields', part(type => "Content-Type: application/octet-stream\rContent-Transfer-Encoding: base64",
	encoding => 'X-Other: 1'));
# Found by t/evasion.
virus('a bracket in front of a field, behind a line that is none', part(type => "Content-Type: application/octet-stream\r(\n)"
	. 'Content-Transfer-Encoding: base64', encoding => 'X-Other: 1'));
virus('lines in front of base64 that are no fields', part(empty => "\nno field!\nnor this: one(\n\n", encoding => 'X-None: 1'));
virus('an encoding of the whole, whose boundary does not stand there', mail(
	"Content-Transfer-Encoding: base64\nContent-Type: multipart/mixed; boundary=a,b",
	"--a,b!\n$base64--a,b--\n"));
virus('an encoded multipart that nobody calls so', mail('Content-Transfer-Encoding: base64',
	encode_base64("--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n$base64--b--\n")));
virus('no encoding declared', part(encoding => 'X-None: 1'));
virus('another encoding declared', part(encoding => 'Content-Transfer-Encoding: quoted-printable'));
virus('CR alone as line end', part() =~ s/\n/\r/gr);
ambiguous('an encoded multipart', mail("Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64",
	encode_base64("--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n$base64--b--\n")));
virus('an encoded message', mail("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64", encode_base64(part())));
virus('a message in a message in a message', mail('Content-Type: message/rfc822', mail('Content-Type: message/rfc822', part())));
virus('deeper than is looked into', (sub {
	my $mail = part();
	$mail = mail('Content-Type: message/rfc822', $mail) for 1 .. 120;
	return $mail;
})->());
virus('no empty line behind the fields', part(empty => "\n"));
virus('a field behind the empty line', part(type => "Content-Type: application/octet-stream\n", ));
virus('a line that is no field', part(type => "Content-Type: application/octet-stream\nA line of text."));
virus('without a last boundary', part(end => ''));
virus('the boundary of the part outside inside', part(type => 'Content-Type: multipart/mixed; boundary=b', encoding => 'X-None: 1',
	body => "--b\nContent-Type: text/plain\n\nx\n--b--\nContent-Type: application/octet-stream\n"
	. "Content-Transfer-Encoding: base64\n\n$base64"));

# --- encodings ---
sub broken { ambiguous($_[0], part(body => $_[1]), qr/broken base64/) }
broken('base64 with foreign characters', $long =~ s/(.{7})/$1#/gr);
broken('base64 with junk lines', $long =~ s/\n/\n#!?\n/gr);
broken('base64 with padding inside', join '', map { encode_base64($_, '') } $file =~ /(.{1,4})/gs);
broken('base64 with odd padding', $base64 =~ s/(..)/$1=/r);
broken('base64 in lines of five', $base64 =~ s/\n//gr =~ s/(.{5})/$1\n/gr);
broken('base64 after a stray letter', "A\n\n$base64");
broken('base64 with lines to be cut', $base64 =~ s/\n//gr =~ s/(.{4})/$1!!\n/gr);
virus('base64 in lines of different lengths', part(body => join '', map { encode_base64($_) } $file =~ /(.{1,21})/gs));
virus('base64 that ends early', part(body => $base64 =~ s/=*\n$//r . "\n"));
virus('base64 with a NUL', part(body => $base64 =~ s/(.{9})/$1\0/r));
sub printable { ambiguous($_[0], part(body => "$_[1]\n", encoding => 'Content-Transfer-Encoding: quoted-printable'),
	qr/broken quoted-printable/) }
printable('quoted-printable with = too many', $qp =~ s/=/==/gr);
printable('quoted-printable with blanks behind =', $qp =~ s/(=..)/$1=  /gr);
printable('quoted-printable with =XX', $qp =~ s/(=..)/=XX$1/r);
virus('quoted-printable with soft breaks at odd places', part(body => $qp =~ s/(.)/$1=\n/gr . "\n",
	encoding => 'Content-Transfer-Encoding: quoted-printable'));
virus('quoted-printable, indented', part(body => $qp =~ s/(.{30})/$1=\n\t/gr . "\n",
	encoding => 'Content-Transfer-Encoding: quoted-printable'));
virus('quoted-printable in lower case', part(body => lc($qp) . "\n", encoding => 'Content-Transfer-Encoding: quoted-printable'));

# --- files in texts ---
my $uu = "begin 644 report.txt\n" . pack('u', $file) . "`\nend\n";
my $yenc = join '', map { my $c = chr((ord($_) + 42) % 256); $c =~ /[\0\n\r=]/ ? '=' . chr((ord($c) + 64) % 256) : $c } split //, $file;
virus('uuencode', mail('Content-Type: text/plain', "Hi\n$uu"));
virus('uuencode after another without an end', mail('Content-Type: text/plain', "begin 644 x\nnothing\n$uu"));
virus('uuencode in a preamble', part(preamble => $uu, body => "QUJD\n"));
virus('uuencode in an epilogue', part(epilogue => $uu, body => "QUJD\n"));
ambiguous('uuencode as an encoding', part(encoding => 'Content-Transfer-Encoding: x-uuencode', body => pack('u', $file) . "`\n"));
virus('yEnc', mail('Content-Type: text/plain', "Hi\n=ybegin line=128 size=68 name=a.txt\n$yenc\n=yend size=68\n"));
virus('yEnc as an encoding', part(encoding => 'Content-Transfer-Encoding: x-yenc',
	body => "=ybegin line=128 size=68 name=a.txt\n=ypart begin=1 end=68\n$yenc\n=yend size=68\n"));

# --- Outlook's winmail.dat ---
sub attribute { pack('CVV', @_[0, 1], length $_[2]) . $_[2] . pack 'v', unpack('%16C*', $_[2]) }
sub property { pack('vvVV', @_[0, 1], 1, length $_[2]) . $_[2] . "\0" x (-length($_[2]) % 4) }
sub tnef { pack('Vv', 0x223e9f78, 1) . attribute(1, 0x89006, pack 'V', 0x10000) . attribute(2, 0x69002, "\1\0") . join '', @_ }
sub winmail {
	my ($bytes, $name, $type) = @_;
	return part(type => 'Content-Type: ' . ($type // 'application/ms-tnef') . '; name=' . ($name // 'winmail.dat'),
		body => encode_base64($bytes));
}
virus('TNEF', winmail(tnef(attribute(2, 0x18010, "a.txt\0"), attribute(2, 0x6800f, $file))));
virus('TNEF under another name and type', winmail(tnef(attribute(2, 0x18010, "a.txt\0"), attribute(2, 0x6800f, $file)), 'a.dat',
	'application/octet-stream'));
virus('TNEF, in the properties', winmail(tnef(attribute(2, 0x69005, pack('V', 1) . property(0x102, 0x3701, $file)))));
virus('TNEF in a message in TNEF', winmail(tnef(attribute(2, 0x69005, pack('V', 1)
	. property(0x0d, 0x3701, 'x' x 16 . tnef(attribute(2, 0x6800f, $file)))))));
push @cases, ["name: in TNEF, $_->[0]", winmail(tnef(attribute(2, 0x6800f, 'text'), $_->[1])), { rule => 1 }]
    for ['the short one', attribute(2, 0x18010, "A.EXE\0")],
    ['the long one', attribute(2, 0x69005, pack('V', 1) . property(0x1f, 0x3707, join '', map { "$_\0" } split //, "a.exe\0"))],
    ['for transport', attribute(2, 0x69001, "a.exe\0")];
push @cases, ['TNEF that is cut off', winmail(substr tnef(attribute(2, 0x6800f, 'x' x 1000)), 0, 500),
	{ findings => qr/UNCHECKED/, error => qr/winmail\.dat\/ is damaged/ }];

# --- names ---
sub name { push @cases, ["name: $_[0]", part(type => $_[1], body => "QUJD\n"), { rule => 1 }] }
sub both { name("$_[0], $_->[0]", sprintf $_->[1], $_[1]) for
	['in Content-Disposition', "Content-Type: application/octet-stream\nContent-Disposition: attachment; filename%s"],
	['in Content-Type', 'Content-Type: application/octet-stream; name%s'] }
both('right-to-left override', qq(="=?utf-8?Q?a=E2=80=AEtxt=2Eexe?="));
both('trailing dots and blanks', '="a.exe . ."');
both('trailing no-break space', qq(="=?utf-8?Q?a=2Eexe=C2=A0?="));
both('a character that nobody sees', qq(="=?utf-8?Q?a=2Eex=E2=80=8Be?="));
both('NUL behind', qq(="a.exe\0.txt"));
both('NUL encoded', q(*=utf-8''a.exe%00.txt));
both('UTF-7', '="=?utf-7?Q?a+AC4-exe?="');
both('UTF-16', '="=?utf-16be?B?' . encode_base64(join('', map { "\0$_" } split //, 'a.exe'), '') . '?="');
both('EBCDIC', '="=?cp037?Q?=81=4B=85=A7=85?="');
both('an encoded word in two', '="=?utf-8?Q?a=2Ee?= =?utf-8?Q?xe?="');
both('RFC 2231', q(*=utf-8''a%2Eexe));
both('RFC 2231 with a gap', q(*0="a.ex"; %s*2="e") =~ s/%s/filename/r);
both('RFC 2231 twice', q(="a.txt"; filename*=utf-8''a.exe; name*=utf-8''a.exe));
both('percent signs in a plain name', '="a%2Eexe"');
both('an NTFS stream', '="a.exe::$DATA"');
both('a class id', '="a.exe.{00020900-0000-0000-C000-000000000046}"');
both('single quotes', q(='a.exe'));
both('behind quotes', q(="a".exe));
both('a semicolon', '=a;.exe');
both('an escaped semicolon', '=a\\;.exe');
both('a comment', '=a.e()xe');
both('a comment behind', '=a.exe(.gif)');
name('a comment in the name of the parameter', "Content-Type: x/y\nContent-Disposition: attachment; filena()me=a.exe");
name('sections in both fields', "Content-Type: x/y; filename*1=exe\nContent-Disposition: attachment; filename*0=a.");
name('sections the wrong way round', "Content-Type: x/y\nContent-Disposition: attachment; filename*1=a.; filename*0=exe");
name('thousands of sections', "Content-Type: x/y\nContent-Disposition: attachment; filename=a.exe"
	. join '', map { ";\n filename*$_=x" } 0 .. 5000);
name('harmless in the one, not in the other', "Content-Type: x/y; name=a.txt\nContent-Disposition: attachment; filename=a.exe");
name('the other way round', "Content-Type: x/y; name=a.exe\nContent-Disposition: attachment; filename=a.txt");
name('two Content-Disposition fields',
	"Content-Type: x/y\nContent-Disposition: attachment; filename=a.exe\nContent-Disposition: inline; filename=a.txt");
push @cases, ['name: of a part outside the structure', part(type => 'Content-Type: text/plain', body => "QUJD\n", epilogue =>
	"--c\nContent-Type: x/y; name=a.exe\n\nx\n"), { rule => 1, findings => qr/AMBIGUOUS/ }];
push @cases, ['name: in message/external-body',
	mail('Content-Type: message/external-body; access-type=anon-ftp; site=example.org; name="a.exe"',
		"Content-Type: application/octet-stream\n\n"), { rule => 1 }];

# --- heads that are damaged, which some programs see through all the same (found by t/evasion) ---
my $junk = $base64 =~ s/(.{7})/$1./gr;
virus('the encoding in a field of another name', part(encoding => 'Co=?utf-8?q?ntent-Transfer-Encoding: base64',
	body => $junk));
virus('the same with quoted-printable', part(encoding => 'Cont=?utf-8?q?ent-Transfer-Encoding: quoted-printable',
	body => "$qp\n"));
virus('a field whose colon stands in the next line', mail("Content-Transfer-Encoding\n :base64", "$base64--b--\n"));
virus('a field whose name begins with that of another', mail('Message-IDContent-Transfer-Encoding: base64', $junk));
virus('the encoding below lines of text', part(encoding => 'X-None: 1', empty => "\n\nA sentence.\n",
	body => "\rContent-Transfer-Encoding: base64\nA sentence.\n$base64"));
virus('no empty line, and fields below', mail('Content-Type: application/octet-stream', "A line.\n"
	. "Content-Transfer-Encoding: base64\n${base64}Content-Transfer-Encoding: binary\n"));
virus('the same with a character too many', mail('X: y', "Content-Transfer-Encoding: base64\n"
	. ($base64 =~ s/^(.{20})/$1\\/r) . "Content-Type: text/plain\n"));
virus('an empty line in base64', mail('X: y', "A line.\n" . ($base64 =~ s/^(.{60})/$1\n\n/r)));
virus('a boundary in the head, and base64 in base64', mail("Content-Transfer-Encoding: base64\n--c--\r",
	encode_base64("--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n$base64--b--\n")));
my $begun = join '', map { pack 'u', $_ } unpack '(a45)*', $file;
virus("uuencode: begin $_", mail('Content-Type: text/plain', "Hi\nbegin $_\n$begun`\nend\n"))
    for '6 a.txt', '64; a.txt', '644(x)a.txt';

# --- mails as files ---
virus('a mail that is attached as a file', attachment_mail('a.bin', part()));
virus('one in a mail that is attached as a file', attachment_mail('a.bin', attachment_mail('b.bin', part())));
virus('a mail of a mailbox, as a file', attachment_mail('a.bin', "From a\@example.net Mon Nov  2 10:00:00 2026\n" . part()));
push @cases, ['name: in a mail that is attached as a file', attachment_mail('a.bin', attachment_mail('a.exe', 'x')), { rule => 1 }];

ambiguous('a part that is encoded, broken by a blank, in a mail of no type', mail('MIME-Version: 1.0',
	"--b\nContent-Transfer-Encoding: base64\n\n" . encode_base64("--b\nContent-Type: application/octet-stream\n"
	. "Content-Transfer-Encoding: base64\n\n$base64--b--\n") =~ s/^(.{19})/$1 /r . "\n--x--\n"));

# --- NUL in a head: there is no reading that all share ---
push @cases, ['a NUL before a field of a part', part(type => "\0Content-Type: application/octet-stream", end => "--b--\n",
	empty => "\n--b--\n"), { findings => qr/AMBIGUOUS/, notes => qr/NUL/ }];
push @cases, ['a NUL before a broken field', part(encoding => "Content-Transfer-Encoding: binary\n\0Conten=t-Transfer-Encoding: base64",
	body => join(' ', split //, $base64)), { findings => qr/AMBIGUOUS/, notes => qr/NUL/ }];

# --- what cannot be read as a whole ---
push @cases, ['a fragment of a message', mail('Content-Type: message/partial; id="x"; number=1; total=2', part()),
	{ findings => qr/UNCHECKED/, error => qr/fragment/ }];

# --- honest mail ---
sub honest { push @cases, ["honest: $_[0]", $_[1], { findings => qr/^$/, action => 'accept' }] }
my $text = encode_base64("Hello.\n" x 30);
honest('a text', clean_mail());
honest('a text and a file', attachment_mail('a.pdf', '%PDF-1.4 and so on' x 30));
honest('a mail that quotes another', mail('Content-Type: text/plain',
	"Look what I got:\n\n--x\nContent-Type: text/html\n\n<p>Hi</p>\n--x--\n"));
honest('a mail about mail', mail('Content-Type: text/plain', "Content-Type: text/plain\nis what you must write.\n"));
honest('a bounce', mail('Content-Type: multipart/report; report-type=delivery-status; boundary=r',
	"--r\n\nSorry.\n--r\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a.example\n\n"
	. "--r\nContent-Type: text/rfc822-headers\n\nSubject: Hi\nContent-Type: text/plain\n\n--r--\n"));
honest('what a list puts below base64', mail("Content-Type: text/plain\nContent-Transfer-Encoding: base64",
	"$text\n_______________\nlist mailing list\nhttp://lists.example.org/\n"));
honest('what a list puts below quoted-printable', mail("Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable",
	"caf=E9\n=====\nlist\n"));
honest('an announcement with an external body', mail('Content-Type: multipart/mixed; boundary=b',
	"--b\n\nA new draft.\n--b\nContent-Type: message/external-body; access-type=anon-ftp; name=\"draft.txt\"\n\n"
	. "Content-Type: text/plain\nContent-ID: <1>\n\n--b--\n"));
honest('CRLF', attachment_mail('a.txt', 'text ' x 100) =~ s/\n/\r\n/gr);
honest('a message in a message', mail('Content-Type: message/rfc822', attachment_mail('a.txt', 'text')));
honest('a mail that is attached as a file', attachment_mail('a.bin', attachment_mail('a.txt', 'text')));
honest('keys and signatures in a text', mail('Content-Type: text/plain',
	join "\n\n", map { encode_base64(pack 'H*', $_ x 60) } 'c0ffee', '0badcafe'));
honest('begin in a text', mail('Content-Type: text/plain', "We\nbegin 7 days later.\nThat is all.\n"));
honest('boundaries with odd characters', mail('Content-Type: multipart/mixed; boundary="(b)\'+_,-./:=?"',
	"--(b)'+_,-./:=?\n\nx\n--(b)'+_,-./:=?--\n"));

# For t/evasion: only write those with a virus into that folder.
if (@ARGV) {
	my @hostile = grep { $_->[2]{virus} } @cases;
	spew(sprintf('%s/%03d', $ARGV[0], $_), $hostile[$_][1]) for 0 .. $#hostile;
	exit 0;
}

my @files = map { spew(sprintf('%s/mail/%03d', $folder, $_), $cases[$_][1]) } 0 .. $#cases;
my (undef, $output) = run({ seconds => 300, errors => "$folder/errors" }, program(), 'scan', '-C', 'rules/10_attachments.cf', '-f', 'json',
	'-o', 'stages=attachment virus', '-o', "virus_database=$folder/virus.ndb", @files);
my %verdicts = map { ($_->{file} => $_) } map { decode_json($_) } grep { /^\{/ } split /\n/, $output;
for my $i (0 .. $#cases) {
	my ($what, undef, $must) = @{$cases[$i]};
	my $got = $verdicts{$files[$i]} // {};
	my @wrong;
	push @wrong, 'no virus' if $must->{virus} && !defined $got->{virus};
	push @wrong, 'no rule' if $must->{rule} && !grep { defined $_->{rule} } @{$got->{attachments} // []};
	push @wrong, 'findings' if $must->{findings} && "@{$got->{findings} // ['none']}" !~ $must->{findings};
	push @wrong, 'notes' if $must->{notes} && "@{$got->{notes} // []}" !~ $must->{notes};
	push @wrong, 'error' if $must->{error} && ($got->{error} // '') !~ $must->{error};
	push @wrong, 'action' if $must->{action} && ($got->{action} // '') ne $must->{action};
	push @wrong, "$got->{ms} ms" if ($got->{ms} // 0) > 5000;
	is("@wrong", '', $what) or diag(explain($got));
}
done_testing;
