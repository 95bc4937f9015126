# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Population;

# The how-to's tables in a private MariaDB, filled with many: domains d0.example
# to d999.example, each with users u0 to u99 and aliases a0 to a19.
#
#	my $mariadb = populate(Ispfilter::MariaDB->new(folder => $folder));
#	my %maps = population_maps($mariadb, $folder);	# settings
#	my @known = map { population_user($_) } 0 .. 2999;

use strict;
use warnings;
use Exporter 'import';
use Ispfilter::Tables qw(map_files);
use Ispfilter::Tools qw(top);

our @EXPORT_OK = qw(populate population_maps population_user
    population_alias);

my ($DOMAINS, $USERS, $ALIASES) = (1000, 100, 20);

sub populate
{
	my ($mariadb) = @_;
	$mariadb->start;
	$mariadb->load('mailserver', top() . '/sql/mariadb-howto.sql');
	$mariadb->sql(<<"END", 'mailserver');
SET FOREIGN_KEY_CHECKS = 0;
TRUNCATE virtual_aliases; TRUNCATE virtual_users; TRUNCATE virtual_domains;
INSERT INTO virtual_domains (id, name)
  SELECT seq + 1, CONCAT('d', seq, '.example') FROM seq_0_to_@{[$DOMAINS - 1]};
INSERT INTO virtual_users (domain_id, user, password)
  SELECT d.id, CONCAT('u', s.seq), '*'
  FROM virtual_domains d, seq_0_to_@{[$USERS - 1]} s;
INSERT INTO virtual_aliases (domain_id, source, destination)
  SELECT d.id, CONCAT('a', s.seq), CONCAT('u', s.seq, '\@', d.name)
  FROM virtual_domains d, seq_0_to_@{[$ALIASES - 1]} s;
ANALYZE TABLE virtual_domains, virtual_users, virtual_aliases;
CREATE USER bench\@localhost IDENTIFIED BY 'bench';
GRANT SELECT ON mailserver.* TO bench\@localhost;
END
	return $mariadb;
}

sub population_maps
{
	my ($mariadb, $folder) = @_;
	my %maps = map_files($folder, 'mariadb-howto', user => 'bench',
		password => 'bench', hosts => 'unix:' . $mariadb->socket);
	chmod 0644, glob "$folder/*.cf"; # a private server
	return %maps;
}

# The n-th user, in another domain each time.
sub population_user
{
	my ($n) = @_;
	return sprintf 'u%d@d%d.example', $n / $DOMAINS % $USERS,
	    $n * 7 % $DOMAINS;
}

sub population_alias
{
	my ($n) = @_;
	return sprintf 'a%d@d%d.example', $n / $DOMAINS % $ALIASES,
	    $n * 7 % $DOMAINS;
}

1;
