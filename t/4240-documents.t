#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Documents that are dangerous by what they carry: each construction is found,
# what is carried meets rules and scanner, and honest documents are left alone.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use Test::More;
use Ispfilter::Mail qw(attachment_mail clean_mail);
use Ispfilter::Tools qw(folder program run slurp spew top);

chdir top();
my $folder = folder();
my $samples = "$folder/samples";
mkdir $samples;
my ($made, $said) = run({ seconds => 60 }, 't/lib/document-samples', $samples);
is($made, 0, 'the samples are made') or BAIL_OUT($said);

sub scan {
	my ($mail, @more) = @_;
	spew("$folder/mail", $mail);
	my (undef, $output) = run({ seconds => 60 }, program(), 'scan', '-C', 'rules/00_settings.cf', '-C',
		'rules/10_attachments.cf', '-f', 'json', '-o', 'stages=attachment', '-o', 'attachment_banned=tag', @more,
		"$folder/mail");
	my ($line) = $output =~ /^(\{.*\})$/m;
	return defined $line ? decode_json($line) : { broken => $output };
}

sub verdict {
	my ($file, @more) = @_;
	return scan(attachment_mail($file, slurp("$samples/$file")), @more);
}

# What is found in the mail, and at the attachment itself.
my %found = (
	'macro.doc' => 'MACRO', 'macro-4096.doc' => 'MACRO', 'macro.xls' => 'MACRO', 'sheet.xls' => 'SHEET_MACRO',
	'sheet-book.xls' => 'SHEET_MACRO', 'locked.doc' => 'ENCRYPTED', 'locked.xls' => 'ENCRYPTED',
	'locked.ppt' => 'ENCRYPTED', 'locked.docx' => 'ENCRYPTED', 'object.doc' => 'OLE_OBJECT',
	'object-large.doc' => 'OLE_OBJECT', 'object-cut.doc' => 'OLE_OBJECT UNCHECKED', 'equation.doc' => 'EQUATION_OBJECT',
	'embedded-sheet.doc' => 'SHEET_MACRO', 'damaged.doc' => 'UNCHECKED', 'loop.doc' => 'MACRO',
	'macro.docm' => 'MACRO', 'macro-renamed.docx' => 'MACRO', 'macro-typed.docx' => 'MACRO',
	'sheet.xlsm' => 'SHEET_MACRO', 'sheet-typed.xlsx' => 'SHEET_MACRO', 'template.docx' => 'EXTERNAL_TEMPLATE',
	'template-hidden.docx' => 'EXTERNAL_TEMPLATE', 'template-utf16.docx' => 'EXTERNAL_TEMPLATE',
	'frame.docx' => 'EXTERNAL_TEMPLATE', 'object.docx' => 'OLE_OBJECT', 'embedded.docx' => 'MACRO',
	'macro.odt' => 'MACRO', 'locked.odt' => 'ENCRYPTED',
	'object.rtf' => 'OLE_OBJECT', 'object-odd.rtf' => 'OLE_OBJECT', 'object-bin.rtf' => 'OLE_OBJECT',
	'object-open.rtf' => 'OLE_OBJECT', 'object-ole.rtf' => 'SHEET_MACRO OLE_OBJECT',
	'object-headless.rtf' => 'MACRO OLE_OBJECT', 'equation.rtf' => 'OLE_OBJECT EQUATION_OBJECT',
	'template.rtf' => 'EXTERNAL_TEMPLATE',
	'script.pdf' => 'PDF_SCRIPT', 'script-hex.pdf' => 'PDF_SCRIPT', 'script-packed.pdf' => 'PDF_SCRIPT',
	'script-twice.pdf' => 'PDF_SCRIPT', 'script-behind.pdf' => 'PDF_SCRIPT', 'script-late.pdf' => 'PDF_SCRIPT',
	'script-lzw.pdf' => 'UNCHECKED', 'launch.pdf' => 'PDF_LAUNCH', 'file.pdf' => 'PDF_FILE', 'locked.pdf' => 'ENCRYPTED',
	'file.one' => 'ONENOTE_FILE', 'file-cut.one' => 'ONENOTE_FILE UNCHECKED', 'link.txt' => 'SHORTCUT',
	map({ ($_ => 'DISK_IMAGE UNCHECKED') } qw(disk.img disk.vhd disk.dynamic.vhd disk.vhdx disk.udf)),
	map({ ("smuggling$_" => 'HTML_SMUGGLING') } qw(.html .svg -utf16.html -numbers.html -data.html)),
	map({ ("clean.$_" => '') } qw(doc xls docx rtf pdf one html)), 'clean-data.html' => '',
);
for my $file (sort keys %found) {
	my $verdict = verdict($file);
	is("@{$verdict->{findings} // []}", $found{$file}, "$file: " . ($found{$file} || 'nothing')) or diag(explain($verdict));
	my ($itself) = grep { $_->{path} eq $file } @{$verdict->{attachments}};
	is("@{$itself->{findings} // []}", $found{$file} =~ s/ ?(?:ENCRYPTED|UNCHECKED)//gr, 'and at the file itself');
}

# What is carried is a file like others.
for my $case (['object.doc', 'invoice.exe', 'BANNED_PROGRAM_NAME', 'application/vnd.microsoft.portable-executable'],
	['object-large.doc', 'setup.js', 'BANNED_SCRIPT_NAME'], ['object.docx', undef, 'BANNED_SCRIPT_NAME'],
	['object.rtf', 'invoice.js', 'BANNED_SCRIPT_NAME'], ['object-odd.rtf', 'invoice.js', 'BANNED_SCRIPT_NAME'],
	['object-bin.rtf', 'invoice.js', 'BANNED_SCRIPT_NAME'], ['object-open.rtf', 'invoice.js', 'BANNED_SCRIPT_NAME'],
	['file.pdf', 'object', 'BANNED_PROGRAM_TYPE'], ['file.one', 'object', 'BANNED_PROGRAM_TYPE'],
	['message.msg', "R\x{e9}port \x{1f600}.exe", 'BANNED_PROGRAM_NAME'],
	['smuggling.html', 'object/invoice.exe', 'BANNED_PROGRAM_NAME'],
	['smuggling.svg', 'object/invoice.exe', 'BANNED_PROGRAM_NAME'],
	['smuggling-utf16.html', 'object/invoice.exe', 'BANNED_PROGRAM_NAME'],
	['smuggling-data.html', 'object/invoice.exe', 'BANNED_PROGRAM_NAME']) {
	my ($file, $member, $rule, $type) = @$case;
	my $verdict = verdict($file);
	my @hits = grep { ($_->{rule} // '') eq $rule } @{$verdict->{attachments}};
	ok(scalar @hits, "$file: what is in it meets $rule") or diag(explain($verdict));
	is($hits[0]{path}, "$file/$member", 'under its name') if defined $member;
	is($hits[0]{type}, $type, 'and true type') if defined $type;
}

# For the scanner too: a signature of the carried bytes alone.
my ($exe) = slurp("$samples/object.doc") =~ /(MZ\0{58}.{652})/s;
require Digest::SHA;
spew("$folder/exe.hsb", Digest::SHA::sha256_hex($exe) . ':' . length($exe) . ":Ispfilter.Test.Carried\n");
for my $file (qw(object.doc message.msg file.pdf file.one)) {
	like(verdict($file, '-o', 'stages=virus', '-o', "virus_database=$folder/exe.hsb")->{virus} // '',
		qr/Ispfilter\.Test\.Carried/, "$file: the scanner sees what is in it");
}

# In a message's own text, without any attachment.
my $page = slurp("$samples/smuggling.html") =~ s/(.{70})/$1\n/gr;
my $own = scan(clean_mail('MIME-Version' => '1.0', 'Content-Type' => 'text/html') =~ s/\n\n.*/\n\n/sr .
	slurp("$samples/smuggling.html"));
is("@{$own->{findings}}", 'HTML_SMUGGLING', 'a page that is the message');

# Documents that others have made.
SKIP: {
	my $clam = '/usr/share/clamav-testfiles';
	skip 'clamav-testfiles is not installed', 1 unless -d $clam;
	for my $case (['clam.ole.doc', 'OLE_OBJECT', 'Clam.exe'], ['clam.exe.rtf', 'OLE_OBJECT', 'Clam.exe'],
		['clam.pdf', 'PDF_FILE', 'object']) {
		my ($file, $finding, $member) = @$case;
		my $verdict = scan(attachment_mail($file, slurp("$clam/$file")));
		is("@{$verdict->{findings}}", $finding, "$file: $finding") or diag(explain($verdict));
		ok((grep { $_->{path} eq "$file/$member" && $_->{type} =~ /executable/ } @{$verdict->{attachments}}),
			"$file: the program in it");
	}
}

# Rules: by attachment, and for the whole mail.
spew("$folder/own.cf", <<'END');
attachment LOCAL_MACRO finding =~ /\bMACRO\b/
action LOCAL_MACRO quarantine
header LOCAL_FINDING eval:check_finding('MACRO')
score LOCAL_FINDING 3.3
END
my $verdict = verdict('macro.docm', '-C', "$folder/own.cf", '-o', 'stages=attachment spam', '-o', 'attachment_banned=rule');
is($verdict->{action}, 'quarantine', 'a rule on what was found');
ok((grep { $_->{name} eq 'LOCAL_FINDING' } @{$verdict->{tests}}), 'an eval on it') or diag(explain($verdict));
is(verdict('clean.docx', '-C', "$folder/own.cf", '-o', 'attachment_banned=rule')->{action}, 'accept', 'not on others');

# Policy: a document behind a password is encrypted.
is(verdict('locked.docx', '-o', 'attachment_encrypted=reject')->{action}, 'reject', 'attachment_encrypted');

# What is made to exhaust.
for my $path (sort glob "$samples/bomb-*") {
	my ($name) = $path =~ m{([^/]+)$};
	spew("$folder/mail", attachment_mail($name, slurp($path)));
	my (undef, $output) = run({ seconds => 60 }, 'python3', '-c', <<'END', program(), 'scan', '-C', 'rules/10_attachments.cf',
import resource, subprocess, sys
subprocess.run(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print('used', used.ru_utime + used.ru_stime, used.ru_maxrss)
END
		'-f', 'json', '-o', 'stages=attachment', "$folder/mail");
	my ($cpu, $memory) = $output =~ /^used (\S+) (\d+)$/m;
	my ($line) = $output =~ /^(\{.*\})$/m;
	like(join(' ', @{decode_json($line // '{}')->{findings}}), qr/UNCHECKED/, "$name is not clean") or diag($output);
	cmp_ok($cpu, '<', 5, "CPU seconds: $cpu");
	cmp_ok($memory, '<', 300 * 1024, "kB of memory: $memory");
}

done_testing;
