#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The house stands as milter/README.md draws it: each room includes only itself
# and what stands left of it, each foreign library has one door, and each header
# can be read alone.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Tools qw(slurp top);

chdir top();

my @rooms = qw(base wrap mail rule core stage);
my %place = map { $rooms[$_] => $_ } 0 .. $#rooms;
my $commands = @rooms;

# Foreign headers, by the one file that may include each; PCRE2 is two libraries
# with one header, MariaDB's has texts and statements apart, and the machine's vectors are no library.
my %door = (
	'talloc.h'          => 'milter/base/mem.c',
	'pcre2.h'           => 'milter/wrap/regex.c milter/wrap/regex_wide.c',
	'immintrin.h'       => 'milter/wrap/fold_vector.c milter/wrap/gram_vector.c milter/wrap/starts_vector.c',
	'clamav.h'          => 'milter/wrap/virus.c',
	'magic.h'           => 'milter/wrap/magic.c',
	'archive.h'         => 'milter/wrap/archive.c',
	'archive_entry.h'   => 'milter/wrap/archive.c',
	'spf2/spf.h'        => 'milter/wrap/spf.c',
	'spf2/spf_dns.h'    => 'milter/wrap/spf.c',
	'zlib.h'            => 'milter/wrap/inflate.c',
	'unbound.h'         => 'milter/wrap/dns_direct.c',
	'idn2.h'            => 'milter/wrap/idn.c',
	'libpsl.h'          => 'milter/wrap/psl.c',
	(map { +"openssl/$_.h" => 'milter/wrap/crypto.c' }
		qw(crypto err evp rsa x509)),
	'mysql.h'           => 'milter/wrap/mariadb.c milter/wrap/mariadb_query.c milter/wrap/mariadb_statement.c',
	'mysqld_error.h'    => 'milter/wrap/mariadb.c milter/wrap/mariadb_query.c',
	'mysql/mysql.h'     => 'milter/wrap/mariadb.c',
	'seccomp.h'         => 'milter/wrap/sandbox.c',
	'sqlite3.h'         => 'milter/wrap/sqlite.c',
	'libmilter/mfapi.h' => 'milter/milter.c',
);

# What belongs to the system: the C library and Linux.
my $system = qr{^(?:assert|arpa/inet|ctype|dirent|endian|errno|fcntl|float|fnmatch|
	fts|ftw|glob|grp|iconv|inttypes|langinfo|limits|locale|linux/[a-z_]+|malloc|math|netdb|
	netinet/in|netinet/tcp|poll|pthread|pwd|sched|setjmp|signal|spawn|stdalign|
	stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|
	sys/[a-z_]+|sysexits|syslog|termios|time|unistd|wchar|getopt)\.h$}x;

sub place_of {
	my ($file) = @_;
	return $file =~ m{^milter/([^/]+)/} ? $place{$1} : $commands;
}

my @files = sort(glob('milter/*.[ch]'), glob('milter/*/*.[ch]'));
cmp_ok(scalar @files, '>', 20, 'the sources are found');

my (@up, @doors, @unknown, %users);
for my $file (@files) {
	my $text = slurp($file);
	while ($text =~ /^[ \t]*#[ \t]*include[ \t]+"([^"]+)"/mg) {
		my $other = $1;
		my ($room) = $other =~ m{^([^/]+)/};
		my $where = defined $room ? $place{$room} : $commands;
		push @unknown, "$file: \"$other\"" unless defined $where && -f "milter/$other";
		push @up, "$file: \"$other\"" if defined $where && $where > place_of($file);
	}
	while ($text =~ /^[ \t]*#[ \t]*include[ \t]+<([^>]+)>/mg) {
		my $header = $1;
		next if $header =~ $system;
		$users{$header}{$file} = 1;
		my $door = $door{$header};
		if (!defined $door) {
			push @unknown, "$file: <$header>";
		} elsif (!grep { $_ eq $file } split / /, $door) {
			push @doors, "$file: <$header>";
		}
		push @doors, "$file: <$header> in a header" if $file =~ /\.h$/;
	}
}
is_deeply(\@up, [], 'no room includes one that stands right of it');
is_deeply(\@doors, [], 'each library is included by its one file');
is_deeply(\@unknown, [], 'no include is unknown');

# Only the door itself opens a library; so `grep -l` answers with it.
for my $header (sort keys %users) {
	is(join(' ', sort keys %{$users{$header}}), $door{$header},
	    "<$header> is used there alone");
}

my $common = '-std=gnu17 -D_GNU_SOURCE -I milter -fsyntax-only -Wall -Werror -x c';
my @broken;
for my $header (grep { /\.h$/ } @files) {
	push @broken, $header if system("gcc $common $header >/dev/null 2>&1") != 0;
}
is_deeply(\@broken, [], 'each header compiles alone');

my @bare = grep { slurp($_) !~ m{\A/\* SPDX-License-Identifier: GPL-2\.0-or-later \*/\n} } @files;
is_deeply(\@bare, [], 'each source begins with its licence');

my @exits = grep {
	place_of($_) < $commands && slurp($_) =~ /^\s[^*\n]*\b(?:exit|printf|puts|putchar)\s*\(/m
} grep { !m{^milter/base/(?:args|config|log|mem)\.c$} } @files;
is_deeply(\@exits, [], 'nothing below the commands exits or prints');

done_testing();
