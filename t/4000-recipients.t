#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Recipients against real tables: both schemas on MariaDB and SQLite give the
# same answers, every look-up is the one that Postfix's postmap makes, and a
# database that is down, hangs or is wrong gives 451 and never 550.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Encode qw(encode_utf8);
use Test::More;
use Time::HiRes qw(time sleep);
use Ispfilter::MariaDB;
use Ispfilter::Tools qw(folder program run slurp spew top);

chdir top();
binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);

my $folder = folder('recip');
my $mariadb = Ispfilter::MariaDB->cannot ? undef
    : Ispfilter::MariaDB->new(folder => $folder)->start;
my $postmap = -x '/usr/sbin/postmap';
spew("$folder/main.cf", <<"END");
compatibility_level = 3.6
queue_directory = $folder
END

# What follows the example rows of the schemas, in both of them.
my @users = (['john', 1], ['steve', 1], ['kerstin', 2], ["o'brien", 1],
	['per%cent', 1], ['back\\slash', 1], ['Mixed', 1]);
my @aliases = (
	['loop1', 'loop2@example.org'], ['loop2', 'loop1@example.org'],
	['self', 'self@example.org'],
	['list', 'john@example.org'], ['list', 'list2@example.org'],
	['list2', 'steve@example.org, kerstin@example.net'],
	['dead', 'nobody@example.org'],
	['half', 'nobody@example.org'], ['half', 'john@example.org'],
	['garbage', '@@@'], ['commas', ' , ,'],
	['far', 'someone@example.com'],
	['moved', '@example.net'],
	['steve', 'john@example.org'], # a user with an alias: the alias wins
	['quote"d', 'john@example.org'],
);

sub quoted { my ($text) = @_; $text =~ s/'/''/g; return "'$text'" }

sub rows
{
	my ($schema, $backslash) = @_;
	my ($sql, $id) = ('', 100);
	my $text = sub {
		my $value = quoted($_[0]);
		$value =~ s/\\/\\\\/g if $backslash;
		return $value;
	};
	for (@users[3 .. $#users]) {
		my ($user, $domain) = @$_;
		$user .= '@example.org' if $schema eq 'ispmail';
		my $column = $schema eq 'ispmail' ? 'email' : 'user';
		$sql .= "INSERT INTO virtual_users (id, domain_id, $column, password)"
		    . " VALUES (" . $id++ . ", $domain, " . $text->($user) . ", '*');\n";
	}
	for (@aliases) {
		my ($source, $destination) = @$_;
		$source .= '@example.org' if $schema eq 'ispmail';
		$sql .= 'INSERT INTO virtual_aliases (id, domain_id, source, destination)'
		    . ' VALUES (' . $id++ . ', 1, ' . $text->($source) . ', '
		    . $text->($destination) . ");\n";
	}
	return $sql;
}

# Copies the shipped map files of one schema and points them at our database.
# Returns the settings that name them.
sub maps
{
	my ($kind, $set, %with) = @_;
	my ($database) = $set =~ /^(howto|ispmail)/;
	for my $file (glob "sql/postfix/$kind-$set/*.cf") {
		my $text = slurp($file);
		if ($kind eq 'sqlite') {
			$text =~ s{^dbpath = .*}{dbpath = $folder/$database.db}m;
		} else {
			my $hosts = $with{hosts} // 'unix:' . $mariadb->socket;
			$text =~ s{^hosts = .*}{hosts = $hosts}m;
			$text =~ s{^dbname = .*}{dbname = $database}m;
		}
		my ($name) = $file =~ m{([^/]+)$};
		spew("$folder/$kind-$set/$name", $text);
	}
	my $type = $kind eq 'sqlite' ? 'sqlite' : 'mysql';
	my $map = sub { "$type:$folder/$kind-$set/$type-$_[0].cf" };
	my $conf = "$folder/$kind-$set.conf";
	spew($conf, join '', map { "$_\n" }
		'stages = recipients', 'recipient_delimiter = +',
		'virtual_mailbox_domains = ' . $map->('virtual-mailbox-domains'),
		'virtual_mailbox_maps = ' . $map->('virtual-mailbox-maps'),
		'virtual_alias_maps = ' . $map->('virtual-alias-maps') . ', '
		    . $map->('email2email'));
	return $conf;
}

sub unescaped
{
	my ($text) = @_;
	$text =~ s/\\(?:x([0-9A-F]{2})|(.))/defined $1 ? chr hex $1 : $2/ge;
	return $text;
}

# Look-ups seen, by map: key => value or undef.
my %seen;

# [last line without the address, mailboxes]
sub resolve
{
	my ($conf, $address) = @_;
	my ($status, $output) = run(program(), 'recipient', '-c', $conf,
		encode_utf8($address));
	my @mailboxes = $output =~ /^ +mailbox (.*)$/mg;
	my ($last) = $output =~ /: ([^\n]*?)(?: \(\d+ look-ups\))?\n\z/;
	while ($output =~ /^ +(\S+:\S+) "(.*)"(?:: (nothing)| = "(.*)") \(\d/mg) {
		my ($map, $key, $value) = ($1, unescaped($2), $4);
		$seen{$map}{$key} = defined $value ? unescaped($value) : undef;
	}
	my %once = map { unescaped($_) => 1 } @mailboxes;
	# Unwatched, one statement may ask for several keys.
	my ($plain_status, $plain) = run(program(), 'recipient', '-q', '-c',
		$conf, encode_utf8($address));
	is_deeply([$plain_status, $plain =~ /([^\n]*\n)\z/],
		[$status, $output =~ /([^\n]*\n)\z/],
		'the same without being watched');
	return ($status, $last, join ' ', sort keys %once);
}

# address, exit status, final mailboxes
my @cases = (
	['john@example.org', 0, 'john@example.org'],
	['JOHN@Example.ORG', 0, 'john@example.org'],
	['<john@example.org>', 0, 'john@example.org'],
	['john+list@example.org', 0, 'john@example.org'],
	['steve@example.org', 0, 'john@example.org'],
	['mixed@example.org', 0, 'mixed@example.org'],
	['info@example.org', 0, 'john@example.org'],
	['list@example.org', 0, 'john@example.org kerstin@example.net'],
	['friend@example.org', 0, ''],
	['kerstin@example.net', 0, 'kerstin@example.net'],
	['anybody@example.net', 0, 'kerstin@example.net'],
	['moved@example.org', 0, 'kerstin@example.net'],
	['half@example.org', 0, 'john@example.org'],
	['far+away@example.org', 0, ''],
	["o'brien\@example.org", 0, "o'brien\@example.org"],
	['per%cent@example.org', 0, 'per%cent@example.org'],
	# An alias's backslash quotes, in Postfix too: email2email misses it.
	['"back\\\\slash"@example.org', 67, ''],
	['"quote\\"d"@example.org', 0, 'john@example.org'],
	['nobody@example.org', 67, ''],
	['+john@example.org', 67, ''],
	['dead@example.org', 67, ''],
	["x' OR '1'='1\@example.org", 67, ''],
	['"x\' OR \'1\'=\'1"@example.org', 67, ''],
	['"\\\\\' OR 1=1 -- "@example.org', 67, ''],
	["x';DROP/**/TABLE/**/virtual_users;--\@example.org", 67, ''],
	["%s%u%d\@example.org", 67, ''],
	['_@example.org', 67, ''],
	['中文@example.org', 67, ''],
	['x@' . 'y' x 300 . '.example', 0, ''],
	['a' x 200 . '@example.org', 67, ''],
	['someone@example.com', 0, ''],
	['john@sub.example.org', 0, ''],
	['postmaster', 0, ''],
	['john@[192.0.2.1]', 0, ''],
	['self@example.org', 67, ''],
	['loop1@example.org', 75, ''],
	['garbage@example.org', 75, ''],
	['commas@example.org', 75, ''],
	['', 0, ''],
	['<>', 0, ''],
	['a b@example.org', 67, ''],
	['@example.org', 67, ''],
	['john@', 67, ''],
	["john\n\@example.org", 67, ''],
	['john@example..org', 67, ''],
);

sub check_set
{
	my ($kind, $set) = @_;
	my $conf = maps($kind, $set);
	for my $case (@cases) {
		my ($address, $wanted, $mailboxes) = @$case;
		my ($status, $last, $found) = resolve($conf, $address);
		my $shown = $address =~ s/\n/\\n/r;
		$shown = substr($shown, 0, 40);
		is("$status $found", "$wanted $mailboxes", "$kind-$set: $shown")
		    or diag($last);
	}
}

for my $schema (qw(howto ispmail)) {
	my ($status, $output) = run({ stdin => slurp("sql/sqlite-$schema.sql")
		. encode_utf8(rows($schema)) }, 'sqlite3', "$folder/$schema.db");
	is($output, '', "the SQLite $schema tables are made");
}
check_set('sqlite', $_) for qw(howto howto-views ispmail);

SKIP: {
	skip Ispfilter::MariaDB->cannot, 1 unless $mariadb;
	for my $schema (qw(howto ispmail)) {
		$mariadb->load($schema, "sql/mariadb-$schema.sql");
		$mariadb->sql(encode_utf8(rows($schema, 1)), $schema);
	}
	$mariadb->sql(<<'END');
CREATE USER 'mailserver'@'%' IDENTIFIED BY 'CHANGE-ME';
GRANT SELECT ON *.* TO 'mailserver'@'%';
END
	check_set('mariadb', $_) for qw(howto howto-views ispmail);
}

# Every look-up that was made, as Postfix's own client makes it.
sub postmap_values
{
	my ($map, @keys) = @_;
	my ($status, $output) = run({ stdin => join '', map { "$_\n" } @keys },
		'postmap', '-c', $folder, '-q', '-', $map);
	my %values;
	for (split /\n/, $output) {
		my ($key, $value) = split /\t/, $_, 2;
		$values{$key} = $value if defined $value;
	}
	return ($output, %values);
}

SKIP: {
	skip 'postmap is not installed', 1 unless $postmap;
	for my $map (sort keys %seen) {
		my @keys = grep { length } sort keys %{ $seen{$map} };
		my ($output, %values) = postmap_values($map, @keys);
		my @differ = grep {
			($seen{$map}{$_} // '') ne ($values{$_} // '')
		} @keys;
		(my $name = $map) =~ s{\Q$folder\E/}{};
		is_deeply(\@differ, [], "$name: " . @keys
			. ' look-ups answer as in Postfix')
		    or diag(map { "$_: " . ($seen{$map}{$_} // '-') . ' / '
			    . ($values{$_} // '-') . "\n" } @differ);
	}
}

# The finer points of mysql_table(5) and sqlite_table(5), held against postmap.
my $probe = <<'END';
CREATE TABLE probe (k VARCHAR(200), v VARCHAR(200), w VARCHAR(200));
INSERT INTO probe VALUES ('one@example.org', 'a@x.example', NULL),
	('two@example.org', 'a@x.example', 'second'),
	('two@example.org', 'b', 'second'),
	('null@example.org', NULL, NULL),
	('null@example.org', 'c@y.example', ''),
	('empty@example.org', '', ''), ('bare', 'd', NULL),
	('@example.org', '@y.example', NULL), ('example.org', 'e', NULL),
	('at@example.org', '@', NULL), ('tail@example.org', 'x@', NULL),
	('head@example.org', '@x', NULL), ('comma@example.org', 'a, b', NULL),
	('deep@mail.sub.example.org', 'f@g.h', NULL),
	('o''hara@example.org', 'it''s', NULL),
	('per%cent@example.org', '%s', NULL), ('a@b@example.org', 'g', NULL),
	('number', 7, NULL);
END
my @probe_keys = ('one@example.org', 'two@example.org', 'null@example.org',
	'empty@example.org', 'bare', 'BARE', '@example.org', 'example.org',
	'at@example.org', 'tail@example.org', 'head@example.org',
	'comma@example.org', 'deep@mail.sub.example.org', "o'hara\@example.org",
	'per%cent@example.org', 'a@b@example.org', 'number', 'nothing', 'x@',
	'One@Example.ORG', '@', '.', 'x@.example.org', 'x@example.org.', 'x@a..b',
	'one@example.net', "'", '"', '\\', "\\' OR 1=1 -- ", '--', ';');
my $select = "query = SELECT v FROM probe WHERE k = '%s'\n";
my %formats = (
	plain => $select,
	columns => "query = SELECT v, w FROM probe WHERE k = '%s'\n",
	user => $select . "result_format = %u\n",
	domain => $select . "result_format = %d\n",
	text => $select . "result_format = smtp:[%s]%%\n",
	key => $select . "result_format = %S/%U/%D\n",
	parts => $select . "result_format = %3.%2.%1:%s\n",
	split => "query = SELECT v FROM probe WHERE k = '%u\@%d'\n",
	upper => "query = SELECT v FROM probe WHERE k = '%U\@%D' OR k = '%S'\n",
	labels => "query = SELECT v FROM probe WHERE k = 'deep\@mail.%3.%2.%1'\n",
	constant => "query = SELECT 'x', 'y'\n",
	percent => "query = SELECT v FROM probe WHERE k LIKE '%%%u%%'\n",
	limit1 => $select . "expansion_limit = 1\n",
	limit2 => $select . "expansion_limit = 2\n",
	in_domain => $select . "domain = example.org, other.example\n",
	in_domains => $select . "domain = !example.net static:all\n",
	nowhere => $select . "domain = other.example\n",
	continued => "query = SELECT v\n# a comment\n\n  FROM probe\n"
	    . "\tWHERE k = '%s'\n",
	spaced => "  # a comment\nquery=SELECT v FROM probe WHERE k = '%s'  \n",
	again => "query = SELECT 'no'\n$select",
	obsolete => "select_field = v\ntable = probe\nwhere_field = k\n"
	    . "additional_conditions = AND v IS NOT NULL\n",
);

sub probe_map
{
	my ($kind, $name, $text) = @_;
	my $file = "$folder/probe-$kind-$name.cf";
	spew($file, ($kind eq 'sqlite' ? "dbpath = $folder/howto.db\n"
		: "user = mailserver\npassword = CHANGE-ME\ndbname = howto\n"
		    . 'hosts = unix:' . $mariadb->socket . "\n") . $text);
	utime time - 60, time - 60, $file; # Postfix waits for new files to settle
	return ($kind eq 'sqlite' ? 'sqlite' : 'mysql') . ":$file";
}

# What the program, and what Postfix, answers to one key.
sub probe_one
{
	my ($map, $key) = @_;
	my ($status, $output) = run(program(), 'recipient', '-c', "$folder/none.conf",
		'-m', $map, '--', $key);
	return $status == 75 ? 'error' : $status == 67 ? 'nothing'
	    : $output =~ /\t(.*)\n\z/s ? $1 : "status $status: $output";
}

sub postmap_one
{
	my ($map, $key) = @_;
	my ($status, $output) = run('postmap', '-c', $folder, '-q', $key, $map);
	$output =~ s/^postmap: warning: .*(?:ignored|earlier entry).*\n//mg;
	return $status == 0 ? $output =~ s/\n\z//r
	    : $output =~ /(?:error|fatal|limit)/i ? 'error' : 'nothing';
}

# The same for all keys at once: key => value.
sub probe_all
{
	my ($map, @keys) = @_;
	my (undef, $output) = run(program(), 'recipient', '-c', "$folder/none.conf",
		'-m', $map, '--', @keys);
	return map { /^([^\t]*)\t(.*)/ ? ($1 => $2) : () } split /\n/, $output;
}

spew("$folder/none.conf", "stages = recipients\n");
my ($made, $complaint) = run({ stdin => $probe }, 'sqlite3', "$folder/howto.db");
is($complaint, '', 'the probe is made');
$mariadb->sql($probe, 'howto') if $mariadb;
SKIP: {
	skip 'postmap is not installed', 1 unless $postmap;
	for my $kind ('sqlite', $mariadb ? 'mariadb' : ()) {
		for my $name (sort keys %formats) {
			my $map = probe_map($kind, $name, $formats{$name});
			my @keys = $name =~ /limit/ ? () : @probe_keys;
			my %ours = probe_all($map, @keys);
			my (undef, %theirs) = postmap_values($map, @keys);
			is_deeply(\%ours, \%theirs, "$kind $name: as postmap -q");
			next unless $name =~ /limit/;
			my @differ = grep {
				probe_one($map, $_) ne postmap_one($map, $_)
			} @probe_keys[0 .. 5];
			is_deeply(\@differ, [], "$kind $name: errors as postmap -q");
		}
	}
}

# Map files that cannot be meant: refused at once, with file and line, and the
# password is not told.
my $secret = 'S3cr3t-of-the-map';
my %wrong = (
	unquoted => ["query = SELECT v FROM probe WHERE k = %s\n",
		qr/:3: query: %s at column 31 does not stand in quotes/],
	backquoted => ["query = SELECT v FROM `%s`\n", qr/does not stand in quotes/],
	place => ["query = SELECT v FROM probe WHERE k = '%x'\n",
		qr/:3: query: "%x" at column 32 is no place/],
	trailing => ["query = SELECT '%\n", qr/is no place/],
	format => [$select . "result_format = %q\n", qr/:4: result_format: "%q"/],
	quotes => ["query = \"SELECT v FROM probe WHERE k = '%s'\"\n",
		qr/:3: the query stands in quotes/],
	none => ['', qr/there is no query/],
	number => [$select . "expansion_limit = many\n",
		qr/:4: expansion_limit = many: expected a number/],
	line => [$select . "$secret\n", qr/:4: error: expected "key = value"/],
	nul => ["query = SELECT\0\n", qr/:3: error: the line holds a NUL/],
	nested => [$select . "domain = hash:/etc/x\n",
		qr/:4: domain: hash:.*texthash:/],
);
for my $name (sort keys %wrong) {
	my ($text, $wanted) = @{ $wrong{$name} };
	my $file = spew("$folder/wrong-$name.cf",
		"password = $secret\ndbpath = $folder/howto.db\n$text");
	my ($status, $output) = run(program(), 'recipient', '-c',
		"$folder/none.conf", '-m', "sqlite:$file", 'x');
	is($status, 78, "$name: refused");
	like($output, $wanted, "$name: and why");
	unlike($output, qr/$secret/, "$name: without the password");
}
for (['/nonexistent.cf', qr/cannot read .*No such file/], ['/', qr/not a file/],
	['main.cf', qr/name a file/]) {
	my ($file, $wanted) = @$_;
	$file = "$folder$file" if $file =~ m{^/};
	my ($status, $output) = run(program(), 'recipient', '-c',
		"$folder/none.conf", '-m', "mysql:$file", 'x');
	is($status, 78, "mysql:$file: refused");
	like($output, $wanted, 'and why');
}
{
	my $map = probe_map('sqlite', 'typo', $select . "expansion_limt = 1\n");
	my ($status, $output) = run(program(), 'recipient', '-c',
		"$folder/none.conf", '-m', $map, 'one@example.org');
	is($status, 0, 'an unknown key does no harm');
	like($output, qr/typo.cf:3: warning: unknown key "expansion_limt"; did you mean "expansion_limit"/,
		'but it is told');
}

# Databases that cannot tell: 451 within 5 s, never 550, and no password.
sub cannot_tell
{
	my ($map, $what, $pattern) = @_;
	my $began = time;
	my ($status, $output) = run(program(), 'recipient', '-c',
		"$folder/none.conf", '-o', 'virtual_mailbox_domains=example.org',
		'-o', "virtual_mailbox_maps=$map", 'nobody@example.org');
	my $took = time - $began;
	is($status, 75, "$what: cannot tell");
	like($output, qr/^nobody\@example\.org: 451 4\.3\.0 cannot tell: .*$pattern/m,
		"$what: 451, and why");
	cmp_ok($took, '<', 5, sprintf "%s: within 5 s (%.2f)", $what, $took);
	unlike($output, qr/CHANGE-ME/, "$what: without the password");
}

my $gone = "$folder/gone.cf";
spew($gone, "dbpath = $folder/gone.db\n$select");
cannot_tell("sqlite:$gone", 'no SQLite file', 'No such file');
spew("$folder/gone.db", 'garbage ' x 1000);
cannot_tell("sqlite:$gone", 'SQLite file with garbage', 'not a database');
cannot_tell(probe_map('sqlite', 'schema',
	"query = SELECT x FROM nowhere WHERE y = '%s'\n"), 'SQLite, wrong schema',
	'no such table');
cannot_tell(probe_map('sqlite', 'slow', <<'END'), 'SQLite, slow', 'too long');
query = WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
 SELECT count(*) FROM n WHERE '%s' <> ''
END
cannot_tell(probe_map('sqlite', 'many', <<'END'), 'SQLite, endless rows', 'more than');
query = WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
 SELECT i FROM n WHERE '%s' <> ''
END

SKIP: {
	skip Ispfilter::MariaDB->cannot, 1 unless $mariadb;
	cannot_tell(probe_map('mariadb', 'schema',
		"query = SELECT x FROM nowhere WHERE y = '%s'\n"),
		'MariaDB, wrong schema', 'nowhere');
	cannot_tell(probe_map('mariadb', 'password', "password = wrong\n$select"),
		'MariaDB, wrong password', 'Access denied');
	cannot_tell(probe_map('mariadb', 'slow',
		"query = SELECT SLEEP(60) FROM probe WHERE '%s' <> ''\n"),
		'MariaDB, slow', 'no answer in time');
	cannot_tell(probe_map('mariadb', 'many',
		"query = SELECT a.k FROM probe a, probe b, probe c, probe d, probe e"
		. " WHERE '%s' <> ''\n"), 'MariaDB, many rows', 'more than');
	cannot_tell(probe_map('mariadb', 'down', "hosts = unix:$folder/none.sock"
		. " 127.0.0.1:1\n$select"), 'MariaDB down', 'cannot connect');

	# Several hosts: the one that is up answers.
	my $map = probe_map('mariadb', 'hosts', "hosts = 127.0.0.1:1"
		. " unix:$folder/none.sock inet:127.0.0.1:" . $mariadb->port
		. "\n$select");
	is(probe_one($map, 'one@example.org'), 'a@x.example',
		'the host that is up answers');

	# It hangs: 451 in time, and mail goes on as soon as it is back.
	my $conf = maps('mariadb', 'howto');
	$mariadb->hang;
	cannot_tell(probe_map('mariadb', 'plain', $select), 'MariaDB hangs',
		'no answer in time');
	$mariadb->go_on;
	my $began = time;
	my ($status) = resolve($conf, 'john@example.org');
	is($status, 0, 'it goes on');
	cmp_ok(time - $began, '<', 1, 'within a second');

	# A latin1 table does not fail for an address that it cannot hold.
	$mariadb->sql('CREATE TABLE latin (k VARCHAR(90)) CHARSET latin1;'
		. " INSERT INTO latin VALUES ('a')", 'howto');
	is(probe_one(probe_map('mariadb', 'latin',
		"query = SELECT k FROM latin WHERE k = '%s'\n"),
		encode_utf8('中@example.org')), 'nothing', 'text that latin1 lacks');

	# Stored procedures, as mysql_table(5) has them.
	$mariadb->sql("CREATE PROCEDURE look(IN p VARCHAR(200)) READS SQL DATA"
		. " SELECT v FROM probe WHERE k = p;"
		. " GRANT EXECUTE ON howto.* TO 'mailserver'\@'%'", 'howto');
	is(probe_one(probe_map('mariadb', 'call', "query = CALL look('%s')\n"),
		'one@example.org'), 'a@x.example', 'a stored procedure');
}

# lint: the how-to's queries read whole tables, ours do not.
sub lint
{
	my ($conf) = @_;
	my (undef, $output) = run(program(), 'lint', '-q', '-c', $conf);
	return grep { /virtual_/ } split /\n/, $output;
}
for my $kind ('sqlite', $mariadb ? 'mariadb' : ()) {
	is_deeply([lint("$folder/$kind-howto.conf")], [], "$kind-howto: lint is content");
	is_deeply([lint("$folder/$kind-ispmail.conf")], [],
		"$kind-ispmail: lint is content");
	my @views = lint("$folder/$kind-howto-views.conf");
	is(scalar(grep { /the query reads all rows of/ } @views), 3,
		"$kind-howto-views: three queries read all rows") or diag(@views);
	next if $kind eq 'sqlite';
	$mariadb->sql("GRANT SHOW VIEW ON *.* TO 'mailserver'\@'%'");
	@views = lint("$folder/$kind-howto-views.conf");
	is(scalar(grep { /the query reads all rows of \w+ each/ } @views), 3,
		'and with SHOW VIEW it names the tables') or diag(@views);
}
spew("$folder/lint-down.conf", "stages = recipients\nvirtual_mailbox_maps = sqlite:$gone\n");
like(join("\n", lint("$folder/lint-down.conf")),
	qr/^error: virtual_mailbox_maps: sqlite:.*not a database/,
	'lint tells of a database that cannot be asked');

# A million users: one row each.
SKIP: {
	skip 'ISPFILTER_QUICK is set', 1 if $ENV{ISPFILTER_QUICK};
	run({ stdin => <<'END' }, 'sqlite3', "$folder/howto.db");
PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
INSERT INTO virtual_users (domain_id, user, password)
	SELECT 2, 'user' || i, '*' FROM n; COMMIT;
END
	my ($status, $output) = run(program(), 'recipient', '-c',
		"$folder/sqlite-howto.conf", 'user999999@example.net');
	is($status, 0, 'one of a million is found');
	unlike($output, qr/reads all of/, 'by the indexes');
	my ($slowest) = sort { $b <=> $a } $output =~ /\(([\d.]+) ms\)/g;
	cmp_ok($slowest, '<', 50, "no look-up took long ($slowest ms)");
	(undef, $output) = run(program(), 'recipient', '-c',
		"$folder/sqlite-howto-views.conf", 'user999999@example.net');
	like($output, qr/reads all of virtual_users/, 'the views read all of them');
}

# Use of the command.
is((run(program(), 'recipient'))[0], 64, 'no address: usage');
is((run(program(), 'recipient', '--nonsense', 'x'))[0], 64, 'bad option: usage');
is((run(program(), 'recipient', '-o', 'x', 'x'))[0], 64, 'bad -o: usage');
is((run(program(), 'recipient', '-c', '/nonexistent', 'x'))[0], 78,
	'no settings: configuration');
is((run(program(), 'recipient', '-c', "$folder/none.conf", '-o',
	'virtual_alias_maps=nonsense', 'x'))[0], 78, 'a bad map: configuration');

done_testing();
