#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Keys that are asked for in one statement get what they would get one by one,
# also from queries that can not stand beside others.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::MariaDB;
use Ispfilter::Tools qw(folder program run spew);

plan skip_all => Ispfilter::MariaDB->cannot if Ispfilter::MariaDB->cannot;

# What is used after it was freed shows.
$ENV{MALLOC_PERTURB_} = 165;
my $folder = folder('together');
my $mariadb = Ispfilter::MariaDB->new(folder => $folder)->start;
$mariadb->sql(<<'END');
CREATE DATABASE tables CHARACTER SET utf8mb4;
USE tables;
CREATE TABLE domains (name VARCHAR(99) PRIMARY KEY);
CREATE TABLE users (address VARCHAR(99) PRIMARY KEY, number INT(6) ZEROFILL,
  other VARCHAR(99));
CREATE TABLE aliases (source VARCHAR(99), target VARCHAR(99), KEY (source));
INSERT INTO domains VALUES ('ours.example');
INSERT INTO users VALUES ('a@ours.example', 42, NULL),
  ('b@ours.example', 7, 'a@ours.example'),
  ('000042@ours.example', NULL, NULL);
INSERT INTO aliases VALUES ('one@ours.example', 'a@ours.example'),
  ('two@ours.example', 'a@ours.example'),
  ('two@ours.example', 'b@ours.example'),
  ('to-two@ours.example', 'two@ours.example'),
  ('null@ours.example', NULL), ('empty@ours.example', ''),
  ('@all.example', '@ours.example'), ('dead@ours.example', 'x@ours.example'),
  ('away@ours.example', 'x@far.example'),
  ('both@ours.example', 'a@ours.example,x@far.example');
CREATE USER asker@localhost IDENTIFIED BY '';
GRANT SELECT ON tables.* TO asker@localhost;
END

sub map_file
{
	my ($name, $query, $more) = @_;
	spew("$folder/$name.cf", 'hosts = unix:' . $mariadb->socket . "\n"
		. "user = asker\ndbname = tables\n" . ($more // '')
		. "query = $query\n");
	return "mysql:$folder/$name.cf";
}

sub status
{
	my ($name) = @_;
	my ($number) = $mariadb->sql(
		"SHOW GLOBAL STATUS LIKE '$name'") =~ /(\d+)/;
	return $number;
}

my $domains = map_file('domains',
	"SELECT 1 FROM domains WHERE name = '%s'");
my $users = map_file('users', "SELECT 1 FROM users WHERE address = '%s'");
my $by_source = "FROM aliases WHERE source = '%s'";
my %aliases = (
	plain => map_file('plain', "SELECT target $by_source"),
	limited => map_file('limited',
		"SELECT target $by_source ORDER BY target LIMIT 1"),
	ended => map_file('ended', "SELECT target $by_source;"),
	joined => map_file('joined', "SELECT target $by_source UNION "
		. "SELECT other FROM users WHERE address = '%s'"),
	columns => map_file('columns', "SELECT target, source $by_source"),
	zeros => map_file('zeros', "SELECT number FROM users "
		. "WHERE address = '%s'", "result_format = %s\@ours.example\n"),
	limits => map_file('limits', "SELECT target $by_source",
		"expansion_limit = 1\n"),
	self => map_file('self',
		"SELECT LOWER(address) FROM users WHERE address = '%s'"),
	other => map_file('other',
		"SELECT other FROM users WHERE address = '%s'"),
	gone => map_file('gone', "SELECT target FROM nowhere WHERE x = '%s'"),
);

sub ask
{
	my ($conf, $address, @options) = @_;
	my ($status, $output) = run(program(), 'recipient', @options,
		'-c', $conf, $address);
	return "$status " . ($output =~ /([^\n]*\n)\z/)[0];
}

my @locals = (qw(a b one two to-two null empty dead away both x 000042 a+b
    one+two), 'no "body', "o'x", 'back\\');
my %wanted = ('gone one' => qr/^75 /, 'plain x' => qr/^67 .*unknown/i,
	'zeros a' => qr/^0 /, 'self a' => qr/^0 .*a\@/, 'self x' => qr/^67 /,
	'other a' => qr/^0 /, 'other b' => qr/^0 .*1 mailbox/, 'plain two' => qr/^0 /);
for my $which (sort keys %aliases) {
	my $conf = spew("$folder/$which.conf", join '', map { "$_\n" }
		'stages = recipients', 'recipient_delimiter = +',
		"virtual_mailbox_domains = $domains",
		"virtual_mailbox_maps = $users",
		"virtual_alias_maps = $aliases{$which}");
	for my $local (@locals) {
		my $address = $local =~ /[ "\\]/
		    ? '"' . $local =~ s/(["\\])/\\$1/gr . '"@ours.example'
		    : "$local\@ours.example";
		my $answer = ask($conf, $address, '-q');
		is($answer, ask($conf, $address), "$which: $address");
		like($answer, $wanted{"$which $local"}, 'as it should be')
		    if $wanted{"$which $local"};
	}
	is(ask($conf, $_, '-q'), ask($conf, $_), "$which: $_")
	    for 'one@all.example', 'x@far.example', 'x@all.example';
}

my $before = status('Com_stmt_execute');
ask("$folder/plain.conf", 'x@ours.example', '-q');
is(status('Com_stmt_execute') - $before, 1, 'one statement for who is unknown');

# What others did not need is not asked for in advance, but still when needed.
sub statements
{
	my (@addresses) = @_;
	my $before = status('Com_stmt_execute');
	run(program(), 'recipient', '-q', '-c', "$folder/plain.conf",
		@addresses);
	return status('Com_stmt_execute') - $before;
}
my @known = ('a@ours.example') x 10;
my @unknown = ('x@ours.example') x 10;
is(statements(@known), 10, 'one statement for each who is known');
is(statements(@known, $unknown[0]), 12, 'two for who is not, among them');
is(statements(@known, @unknown, $unknown[0]) - statements(@known, @unknown), 1,
	'and one among others who are not');
is(statements(('one@ours.example') x 10), 20, 'two for an alias');

my @mixed = map { ($_) x 7, reverse map { "$_\@ours.example" } @locals[0 .. 13] }
    map { "$_\@ours.example" } qw(a x one away null two both);
for my $which (qw(plain limited columns zeros self other)) {
	my $conf = "$folder/$which.conf";
	my %alone;
	$alone{$_} //= ask($conf, $_) =~ s/^\S+ //r for @mixed;
	my (undef, $output) = run(program(), 'recipient', '-q', '-c', $conf,
		@mixed);
	is($output, join('', map { $alone{$_} } @mixed),
		"$which: what was learned from others changes no answer");
}

# A connection keeps so many statements; the oldest one makes room.
my $many = spew("$folder/many.conf", join '', map { "$_\n" }
	'stages = recipients', 'recipient_delimiter = +',
	"virtual_mailbox_domains = $domains", "virtual_mailbox_maps = $users",
	'virtual_alias_maps = ' . join ' ', map { map_file("many$_",
		"SELECT target $by_source AND $_ <> 70") } 1 .. 70);
my $closed = status('Com_stmt_close');
my @answers = map { (run(program(), 'recipient', '-q', '-c', $_, map {
	"$_\@ours.example" } qw(a one x two a one)))[1] =~ s/\(\d+ look-ups\)//gr }
    "$folder/plain.conf", $many;
is($answers[1], $answers[0], 'seventy maps say what one does');
cmp_ok(status('Com_stmt_close'), '>', $closed, 'statements were given up');

# Two queries for the same rows are one in the statement.
my $other_rows = map_file('other-rows',
	"SELECT 1 FROM users WHERE address = '%s' AND 1 = 1");
sub reads
{
	my ($mailboxes) = @_;
	my $before = status('Handler_read_key');
	ask("$folder/self.conf", 'a@ours.example', '-q', '-o',
		"virtual_mailbox_maps=$mailboxes");
	return status('Handler_read_key') - $before;
}
cmp_ok(reads($users), '<', reads($other_rows),
	'rows of two queries are read once');

$mariadb->stop;
like(ask("$folder/plain.conf", 'x@ours.example', '-q'), qr/^75 .*mysql:/,
	'an outage is no answer');
done_testing();
