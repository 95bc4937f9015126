#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A dictionary attack: 10,000 recipients that are not there, over eight sessions
# at once. Each is refused, and others are answered meanwhile as ever.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use Test::More;
use Ispfilter::Daemon;
use Ispfilter::MariaDB;
use Ispfilter::Population qw(populate population_maps population_user);
use Ispfilter::Postfix;
use Ispfilter::Sender qw(sender_program sender_recipients);
use Ispfilter::Tools qw(folder program run slurp spew start_process);

my $cannot = Ispfilter::Postfix->cannot || Ispfilter::MariaDB->cannot;
plan skip_all => $cannot if $cannot;
plan skip_all => 'make bench-programs has not been run'
    unless -x sender_program('smtp-load');

my $folder = folder('dictionary');
mkdir "$folder/$_" for qw(tables filter postfix);
my $mariadb = populate(Ispfilter::MariaDB->new(folder => "$folder/tables"));
chmod 0755, map { "$folder/$_" } qw(filter postfix);
chown((getpwnam 'nobody')[2, 3], "$folder/filter");
run('cp', program(), "$folder/filter/ispfilter");
$ENV{ISPFILTER} = "$folder/filter/ispfilter";
my $daemon = Ispfilter::Daemon->new(folder => "$folder/filter", conf => {
	listen => "unix:$folder/filter/socket", user => 'nobody',
	log => 'stderr', stages => 'recipients', inspectors => 1,
	scratch_directory => "$folder/filter/scratch",
	population_maps($mariadb, "$folder/maps") })->start;
chmod 0666, "$folder/filter/socket";
my $postfix = Ispfilter::Postfix->new(folder => "$folder/postfix", main => {
	smtpd_authorized_xclient_hosts => '127.0.0.0/8',
	smtpd_client_connection_count_limit => 0,
	smtpd_peername_lookup => 'no', smtpd_error_sleep_time => '0',
	smtpd_soft_error_limit => 1000000, smtpd_hard_error_limit => 1000000,
	smtpd_junk_command_limit => 1000000,
	virtual_mailbox_domains => 'static:all',
	virtual_mailbox_maps => 'static:all', virtual_mailbox_base => $folder,
	smtpd_reject_unlisted_recipient => 'no',
	smtpd_milters => "unix:$folder/filter/socket",
	milter_default_action => 'tempfail' })->start;

my $attack = spew("$folder/attack", join '', map {
	"guess$_\@d" . $_ % 1000 . ".example\n" } 1 .. 10000);
sub known
{
	my ($from) = @_;
	return spew("$folder/known-$from", join '', map {
		population_user($_) . "\n" } $from .. $from + 299);
}

my $alone = sender_recipients($postfix->{port}, known(0), 2);
is($alone->{taken}, 300, 'users are known');

my $program = sender_program('smtp-load');
delete $ENV{ISPFILTER};
my $pid = start_process("$folder/attack.json", $program, '-c', 8, '-r',
	$postfix->{port}, $attack);
my $others = sender_recipients($postfix->{port}, known(1000), 2);
is(waitpid($pid, 0), $pid, 'the attack comes to its end');
my $attacked = decode_json(slurp("$folder/attack.json"));

is($attacked->{refused}, 10000, 'every guess is refused for good');
is($others->{taken}, 300, 'and every other recipient is taken meanwhile');
note sprintf 'alone %.1f ms (p99 %.1f), under attack %.1f ms (p99 %.1f); '
    . '%.0f guesses a second', @{$alone}{qw(end_p50 end_p99)},
    @{$others}{qw(end_p50 end_p99)}, $attacked->{per_second};
cmp_ok($others->{end_p99}, '<', 1000, 'within a second, 99 of 100 times');
is_deeply([$daemon->unexpected(qr{holds a password})], [],
	'the daemon complains of nothing');

$postfix->stop;
is($daemon->stop, 0, 'and ends well');
$mariadb->stop;
done_testing;
