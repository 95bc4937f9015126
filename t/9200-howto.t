#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The ISPmail how-to for real: its tables in MariaDB, Postfix and ispfilter with
# the same map files, both with the how-to's own queries on views and with the
# quick ones.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Mail qw(clean_mail);
use Ispfilter::Maildir qw(header maildir_files maildir_mails);
use Ispfilter::MariaDB;
use Ispfilter::System;
use Ispfilter::Tables qw(map_files);
use Ispfilter::Tools qw(folder top);

my $cannot = Ispfilter::System->cannot || Ispfilter::MariaDB->cannot;
plan skip_all => $cannot if $cannot;
plan skip_all => 'Postfix has no MySQL here: postfix-mysql is missing'
    unless glob '/usr/lib/postfix/*mysql.so*';

my $folder = folder('9200');
mkdir "$folder/db";
my $mariadb = Ispfilter::MariaDB->new(folder => "$folder/db");
$mariadb->start;
$mariadb->load('mailserver', top() . '/sql/mariadb-howto.sql');
$mariadb->sql(<<'END');
CREATE USER 'mailserver'@'127.0.0.1' IDENTIFIED BY 'secret';
GRANT SELECT, SHOW VIEW ON mailserver.* TO 'mailserver'@'127.0.0.1';
END

# Who gets a mail to whom; empty: refused with 550 5.1.1.
my @cases = (
	['john@example.org', 'john@example.org'],
	['John@EXAMPLE.org', 'john@example.org'],
	['info@example.org', 'john@example.org', 'steve@example.org'],
	['kerstin@example.net', 'kerstin@example.net'],
	['whoever@example.net', 'kerstin@example.net'],
	['nobody@example.org'],
	['john+lists@example.org'],
	[q(o'brien@example.org)],
	['%@example.org'],
	['_ohn@example.org'],
);
my @everybody = ('john@example.org', 'steve@example.org',
	'kerstin@example.net');

sub owners
{
	my ($system) = @_;
	my @got;
	for my $address (@everybody) {
		my @files = maildir_files($system->maildir($address));
		push @got, ($address) x @files;
		unlink @files;
	}
	return @got;
}

for my $queries ('mariadb-howto-views', 'mariadb-howto') {
	my $system = Ispfilter::System->new(folder => "$folder/$queries",
		chroot => 1, conf => { group => 'postfix' }, tables => sub {
			return map_files("$_[0]{folder}/tables", $queries,
				password => 'secret',
				hosts => 'inet:127.0.0.1:' . $mariadb->port);
		});
	$system->start;
	note($queries);
	for my $case (@cases) {
		my ($to, @owners) = @$case;
		my $got = $system->send(to => $to, message => clean_mail());
		if (@owners) {
			like($got->{data}, qr/^250/, "$to is accepted");
		} else {
			like($got->{rcpt}[0], qr/^550 5\.1\.1 /,
				"$to is unknown");
		}
		$system->wait_empty;
		is_deeply([owners($system)], \@owners,
			'and reaches ' . (join(', ', @owners) || 'nobody'));
	}
	my $smtp = $system->smtp;
	$smtp->mail('ada@sender.example');
	like($smtp->rcpt('friend@example.org'), qr/^250/,
		'an alias to elsewhere is known');
	$smtp->rset;
	$smtp->quit;
	is_deeply([$system->complaints(qr/milter-reject/)], [],
		'no unexpected warning');

	if ($queries eq 'mariadb-howto') {
		$mariadb->stop;
		my $got = $system->send(to => 'late@example.org',
			message => clean_mail());
		like($got->{rcpt}[0], qr/^451 4\.3\.0 /,
			'without the database: 451, the sender tries again');
	}
	$system->stop;
}
done_testing;
