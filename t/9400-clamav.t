#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# ClamAV's own test files: one harmless program in 44 wrappings (archives,
# documents, packed executables). Each is found in a mail, by a signature made
# here from the program's digest; a mail without it stays clean.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use Test::More;
use Ispfilter::Mail qw(attachment_mail clean_mail);
use Ispfilter::Tools qw(folder program run slurp spew);

my $place = '/usr/share/clamav-testfiles';
my $plain = slurp("$place/clam.exe");
plan skip_all => 'clamav-testfiles is not installed' unless defined $plain;

my $folder = folder('clamav');
spew("$folder/virus/clam.hsb", sha256_hex($plain) . ':' . length($plain)
	. ":Ispfilter.Test.Clam:73\n");
spew("$folder/ispfilter.conf", <<"END");
stages = virus
virus_database = $folder/virus
log = stderr
END

my @files = map { m{([^/]+)$} } sort glob "$place/clam*";
spew("$folder/mail/$_", attachment_mail($_, slurp("$place/$_"))) for @files;
spew("$folder/mail/0-clean", clean_mail());
my ($status, $output) = run(program(), 'scan', '-L', '-c',
	"$folder/ispfilter.conf", '--format', 'json',
	map { "$folder/mail/$_" } '0-clean', @files);
is($status, 75, 'scan says that it could not look into all of them')
    or diag($output);

my %found;
for my $line (grep { /^\{/ } split /\n/, $output) {
	my $said = decode_json($line);
	my ($name) = $said->{file} =~ m{([^/]+)$};
	$found{$name} = $said;
}
cmp_ok(scalar @files, '>=', 44, 'there are 44 test files or more');
is($found{'0-clean'}{virus}, undef, 'a clean mail is clean');
is($found{$_}{virus} // 'not found', 'Ispfilter.Test.Clam.UNOFFICIAL', $_)
    for @files;
# What libclamav alone can open, or nobody to the end, is found and named.
my %incomplete = (
	'clam.arj' => qr/of a kind that cannot be read/,
	'clam.exe.szdd' => qr/of a kind that cannot be read/,
	'clam.d64.zip' => qr/deflation-64-bit/,
	'clam.impl.zip' => qr/imploded/,
	'clam_cache_emax.tgz' => qr/nested deeper than is looked into/,
);
is_deeply([grep { defined $found{$_}{error} } sort keys %found],
	[sort keys %incomplete], 'nothing else went wrong');
like($found{$_}{error}, $incomplete{$_}, "$_: in words")
    for sort keys %incomplete;
done_testing;
