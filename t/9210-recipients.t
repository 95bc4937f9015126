#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Recipients over SMTP: a real Postfix, the daemon and a real MariaDB that goes
# away, hangs and comes back.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Ispfilter::Daemon;
use Ispfilter::MariaDB;
use Ispfilter::Postfix;
use Ispfilter::Tools qw(folder slurp spew top);

my $cannot = Ispfilter::Postfix->cannot || Ispfilter::MariaDB->cannot;
plan skip_all => $cannot if $cannot;
chdir top();

my $folder = folder('rcpt');
mkdir "$folder/db";
my $mariadb = Ispfilter::MariaDB->new(folder => "$folder/db")->start;
$mariadb->load('mailserver', 'sql/mariadb-howto.sql');
$mariadb->sql(<<'END');
CREATE USER 'mailserver'@'127.0.0.1' IDENTIFIED BY 'CHANGE-ME';
GRANT SELECT ON mailserver.* TO 'mailserver'@'127.0.0.1';
END
for my $file (glob 'sql/postfix/mariadb-howto/*.cf') {
	my ($name) = $file =~ m{([^/]+)$};
	my $port = $mariadb->port;
	my $text = slurp($file) =~ s/^hosts = .*/hosts = 127.0.0.1:$port/mr;
	spew("$folder/$name", $text, 0600);
	chown +(getpwnam 'nobody')[2, 3], "$folder/$name";
}

# Postfix takes every address of its domains, so that ours is the word on them.
my $postfix = Ispfilter::Postfix->new(folder => "$folder/postfix",
	milter => 'unix:ispfilter/ispfilter.sock', main => {
		virtual_mailbox_domains => 'example.org, example.net',
		virtual_mailbox_maps => 'static:1',
		virtual_transport => 'discard:',
		default_transport => 'discard:',
	});
my $map = sub { "mysql:$folder/mysql-$_[0].cf" };
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => {
	listen => 'unix:' . $postfix->socket_folder('nobody')
	    . '/ispfilter.sock',
	user => 'nobody', socket_group => 'postfix', socket_mode => '0666',
	log => 'stderr', stages => 'recipients', inspectors => 1,
	scratch_directory => "$folder/scratch",
	virtual_mailbox_domains => $map->('virtual-mailbox-domains'),
	virtual_mailbox_maps => $map->('virtual-mailbox-maps'),
	virtual_alias_maps => $map->('virtual-alias-maps') . ', '
	    . $map->('email2email'),
	recipient_cache_time => '0s',
})->start;
$postfix->start;

sub rcpt
{
	my ($address, $smtp) = @_;
	$smtp //= $postfix->smtp;
	$smtp->mail('sender@client.example');
	my $began = time;
	my $reply = $smtp->rcpt($address);
	return ($reply, time - $began);
}

sub replies
{
	my ($wanted, @addresses) = @_;
	for my $address (@addresses) {
		my ($reply, $took) = rcpt($address);
		like($reply, $wanted, "$address: " . substr $reply, 0, 9);
		cmp_ok($took, '<', 5, sprintf 'within 5 s (%.2f)', $took);
	}
}

my $unknown = qr/^550 5\.1\.1 <nobody\@example\.org>: Recipient address rejected: User unknown in virtual mailbox table/;
replies(qr/^250 /, 'john@example.org', 'INFO@example.org', 'x@example.net',
	'friend@example.org', 'x@elsewhere.example', 'postmaster@localhost');
replies($unknown, 'nobody@example.org');

# It hangs.
$mariadb->hang;
replies(qr/^451 4\.3\.0 /, 'nobody@example.org', 'steve@example.org');
replies(qr/^250 /, 'john@example.org');
ok($daemon->wait_log('recipient <john@example.org> is taken by a stale answer'),
	'the log tells of the stale answer');
my @sessions = map { $postfix->smtp } 1 .. 4;
my $began = time;
for my $smtp (@sessions) {
	$smtp->mail('sender@client.example');
	$smtp->put("RCPT TO:<steve\@example.org>\r\n");
}
like($_->reply, qr/^451 4\.3\.0 /, 'one of four at once') for @sessions;
cmp_ok(time - $began, '<', 5, 'all within 5 s');
$mariadb->go_on;
$began = time;
my $reply;
do {
	($reply) = rcpt('steve@example.org');
	sleep 0.05;
} until $reply =~ /^250/ || time - $began > 5;
cmp_ok(time - $began, '<', 1, 'it is as before within a second');
replies($unknown, 'nobody@example.org');

# It is down.
$mariadb->stop;
replies(qr/^451 4\.3\.0 /, 'nobody@example.org', 'kerstin@example.net');
$mariadb->start;
sleep 0.5;
replies($unknown, 'nobody@example.org');
replies(qr/^250 /, 'kerstin@example.net');

unlike($daemon->log, qr/CHANGE-ME/, 'the log does not tell the password');
is_deeply([$daemon->unexpected('tried again in turn|is taken by a stale answer'
	. '|cannot tell|no answer in time|cannot connect|recipients:')], [],
	'no other warnings');
$postfix->stop;
is($daemon->stop, 0, 'the daemon ends well');
done_testing();
