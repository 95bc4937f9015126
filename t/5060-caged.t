#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# scan and masscheck look into mail from behind bars, and a mail that breaks
# the process costs no other one.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use Test::More;
use Ispfilter::Mail qw(attachment_mail clean_mail eicar eicar_signature
    virus_mail);
use Ispfilter::Tools qw(folder program run slurp spew top);

chdir top();
my $rigged = 'build/ispfilter-rigged';
plan skip_all => "$rigged is not built" unless -x $rigged;
my $folder = folder('caged');
$ENV{TMPDIR} = "$folder/tmp";
mkdir $ENV{TMPDIR};
spew("$folder/virus/eicar.ndb", eicar_signature());
my @settings = ('-L', '-C', 'rules', '-o', "virus_database=$folder/virus",
	'-o', 'inspect_time_limit=1s', '-o', 'inspector_memory_limit=64M');

sub mail_file
{
	my ($name, $text) = @_;
	spew("$folder/$name", $text);
	return "$folder/$name";
}

sub scan
{
	my (@arguments) = @_;
	my ($status, $output) = run($rigged, 'scan', @settings, '-f', 'json',
		@arguments);
	my %lines;
	for ($output =~ /^(\{.*\})$/mg) {
		my $line = decode_json($_);
		$lines{ $line->{file} =~ s{.*/}{}r } = $line;
	}
	return ($status, \%lines, $output);
}

my @hows = qw(crash abort stack call eat loop);
mail_file("mail/1-$_", clean_mail('X-Rig' => "$_\@spam")) for @hows;
mail_file('mail/2-clean', clean_mail());
mail_file('mail/3-virus', virus_mail());
my ($status, $lines, $output) = scan("$folder/mail");
is $status, 75, 'something could not be inspected' or diag $output;
for my $how (@hows) {
	my $line = $lines->{"1-$how"};
	like $line->{error}, qr/^the inspection ended: /, "$how: its line";
	is_deeply $line->{findings}, ['UNCHECKED'], 'says so';
	note $line->{error};
}
is $lines->{'1-call'}{error},
    'the inspection ended: signal 31 (Bad system call)',
    'a forbidden call is stopped';
is_deeply [$output =~ m{^\{"file":"[^"]*/([^"/]+)"}mg],
    [sort keys %$lines], 'lines come in the order of files';
is $lines->{'2-clean'}{error}, undef, 'a clean mail behind them is inspected';
like $lines->{'3-virus'}{virus}, qr/Eicar/, 'so is a virus';
is_deeply [glob "$ENV{TMPDIR}/*"], [], 'no temporary files stay';

my $zip = "$folder/eicar.zip";
run('python3', '-c', 'import sys,zipfile
z=zipfile.ZipFile(sys.argv[1],"w",zipfile.ZIP_DEFLATED)
z.writestr("a.txt",sys.argv[2])', $zip, eicar());
(undef, $lines) = scan(mail_file('zip', attachment_mail('a.zip',
	slurp($zip))));
like $lines->{zip}{virus}, qr/Eicar/, 'archives are unpacked in there';

my ($piped, $text) = run({ stdin => virus_mail() }, program(), 'scan',
	@settings, '-');
is $piped, 0, 'standard input';
like $text, qr/Eicar/, 'is inspected';

SKIP: {
	skip 'sanitizers do not bear a sandbox', 2
	    if (slurp($rigged) // '') =~ /__asan_init|__tsan_init/;
	# What the process may open is known by what fails.
	my (undef, $open) = scan('-o', 'sandbox=no', "$folder/mail/1-call");
	is $open->{'1-call'}{error}, undef, 'sandbox = no lets the call pass';
	my ($strace) = run('sh', '-c', 'command -v strace');
	skip 'no strace', 1 if $strace;
	run('strace', '-f', '-o', "$folder/trace", program(), 'scan',
		@settings, "$folder/mail/2-clean");
	like slurp("$folder/trace"), qr/seccomp\(SECCOMP_SET_MODE_FILTER/,
	    'the filter is set';
}

mail_file("ham/$_", clean_mail()) for 1 .. 3;
mail_file('ham/4', clean_mail('X-Rig' => 'crash@spam'));
mail_file('ham/5', clean_mail('X-Rig' => 'call@spam'));
($status, $output) = run($rigged, 'masscheck', '-L', '-C', 'rules', '-j', '2',
	'--ham', "$folder/ham");
is $status, 75, 'masscheck: something could not be checked';
like $output, qr/\b3\b/, 'the others were' or diag $output;
like $output, qr/Bad system call/, 'it is locked in as well'
    or diag $output;
is_deeply [glob "$ENV{TMPDIR}/*"], [], 'no temporary files stay';
# Converters that no mail asks for by their name are there behind bars, too.
spew("$folder/utf16.cf", "body UTF_16 /open sesame/\n");
my $utf16 = mail_file('utf16', "Subject: x\nContent-Type: text/plain; charset=utf-16\n" .
	"Content-Transfer-Encoding: 8bit\n\n" . join('', map { "$_\0" } split //, 'open sesame, please'));
($status, $output) = run(program(), 'scan', '-L', '-o', 'stages=spam', '-C', "$folder/utf16.cf", $utf16);
like $output, qr/UTF_16/, 'UTF-16 is read';

done_testing;
