# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Tables;

# The tables of sql/ with their example rows (example.org: john, steve, and
# info for both; example.net: kerstin and a catch-all), and the map files that
# Postfix and ispfilter read. Returns settings for either.

use strict;
use warnings;
use Exporter 'import';
use Ispfilter::Tools qw(run slurp spew top);

our @EXPORT_OK = qw(sqlite_tables map_files);

# Copies the map files of sql/postfix/$which into a folder with other values
# for some of their keys: { dbpath => ... } or { password => ... }.
sub map_files
{
	my ($folder, $which, %values) = @_;
	my %maps;
	for my $file (glob top() . "/sql/postfix/$which/*.cf") {
		my ($kind, $name) = $file =~ m{([^/-]+)-([^/]+)\.cf$};
		my $text = slurp($file);
		for my $key (keys %values) {
			$text =~ s/^\Q$key\E\s*=.*/$key = $values{$key}/m
			    or $text = "$key = $values{$key}\n$text";
		}
		my $map = spew("$folder/$kind-$name.cf", $text, 0644);
		# As the how-to has it: for root and Postfix's group alone.
		if ($text =~ /^password/m) {
			chown 0, scalar getgrnam('postfix'), $map;
			chmod 0640, $map;
		}
		$maps{$name} = "$kind:$map";
	}
	die "there are no map files sql/postfix/$which\n" unless %maps;
	return (
		virtual_mailbox_domains => $maps{'virtual-mailbox-domains'},
		virtual_mailbox_maps => $maps{'virtual-mailbox-maps'},
		virtual_alias_maps => join(', ', grep { defined }
			@maps{'virtual-alias-maps', 'email2email'}));
}

# A SQLite database with the how-to's schema.
sub sqlite_tables
{
	my ($folder) = @_;
	my $schema = slurp(top() . '/sql/sqlite-howto.sql');
	die "there is no sql/sqlite-howto.sql\n" unless defined $schema;
	my ($status, $output) = run({ stdin => $schema }, 'sqlite3', '-bail',
		"$folder/mailserver.db");
	die "sqlite3: $output" if $status;
	chmod 0644, "$folder/mailserver.db";
	return map_files($folder, 'sqlite-howto',
		dbpath => "$folder/mailserver.db");
}

1;
