#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Bombs of several kinds at once: others' mail is answered as fast as without
# them. Six of one client; with $ISPFILTER_FULL twenty, and then of as many clients.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time sleep);
use Ispfilter::Beside qw(hostile_mails);
use Ispfilter::Daemon;
use Ispfilter::Mail qw(attachment_mail clean_mail eicar_signature);
use Ispfilter::Tools qw(folder rules run slurp spew top);

chdir top();
my $full = $ENV{ISPFILTER_FULL};
my $at_once = $full ? 20 : 6;
my $folder = folder('bombs');
my $path = "$folder/run/s.sock";
spew("$folder/eicar.ndb", eicar_signature());
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => {
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	stages => 'attachment virus spam', rules => rules($folder),
	virus_database => "$folder/eicar.ndb", inspectors => 4,
	inspect_queue_time => '120s', attachment_limit => 'tag',
	scratch_directory => "$folder/scratch", socket_group => '',
});

# --- bombs ---

sub made
{
	my ($name, $command) = @_;
	my ($status, $output) = run('sh', '-c', "cd '$folder' && $command");
	diag($output) if $status;
	return attachment_mail($name, slurp("$folder/$name") // '');
}

# One megabyte of zeros, deflated, that 200 names share.
sub overlapping
{
	run('sh', '-c', "cd '$folder' && head -c 1000000 /dev/zero >kernel && "
		. 'zip -q kernel.zip kernel');
	my $zip = slurp("$folder/kernel.zip");
	my $directory = index $zip, "PK\1\2";
	my $end = index $zip, "PK\5\6";
	my $entry = substr $zip, $directory, $end - $directory;
	my $entries = join '', map { $entry =~ s/kernel/sprintf 'k%05d', $_/er }
	    1 .. 200;
	return attachment_mail('overlapping.zip', substr($zip, 0, $directory)
		. $entries . pack 'a4 v4 V2 v', "PK\5\6", 0, 0, 200, 200,
		length $entries, $directory, 0);
}

sub mail
{
	my ($headers, $body) = @_;
	return clean_mail() =~ s/\n\n.*/\n$headers\n$body/sr;
}

my $nested = "MIME-Version: 1.0\nContent-Type: multipart/mixed; "
    . "boundary=b0\n\n";
$nested .= "--b" . ($_ - 1) . "\nContent-Type: multipart/mixed; "
    . "boundary=b$_\n\n" for 1 .. 300;
my @bombs = (
	made('zeros.zip', 'head -c 300000000 /dev/zero >zeros && '
		. 'zip -q zeros.zip zeros && rm zeros'),
	overlapping(),
	made('many.zip', 'mkdir many && cd many && seq 20000 | xargs touch && '
		. 'zip -q0r ../many.zip . && rm -r ../many'),
	mail($nested =~ /\A(.*?\n)\n(.*)/s),
	mail("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n",
		"--b\nContent-Type: text/plain\n\nx\n" x 20_000 . "--b--\n"),
	mail("X-H: y\n" x 100_000, "x\n"),
	# In fields that fit into a packet of the milter protocol.
	mail(join('', map { my $field = $_; 'Cc: ' . join(",\n ",
		map { "<u$field.$_\@example.net>" } 1 .. 2_000) . "\n" }
		1 .. 25), "x\n"),
);

# --- others ---

$daemon->start;
my $others = Ispfilter::Beside->new(path => $path, folder => $folder,
	mail => clean_mail());
$others->watch(1);

my $round = 0;
sub bombs_beside
{
	my ($name, $clients) = @_;
	my (@answers, $seconds);
	$others->notice_nothing_of($name, sub {
		my $began = time;
		$round++;
		@answers = hostile_mails($path, 300, map {
			["BOMB$round-$_", '198.51.100.' . ($_ % $clients),
				$bombs[$_ % @bombs] ] } 1 .. $at_once);
		$seconds = time - $began;
	});
	note sprintf '%d bombs answered in %.1f s, the last after %.1f s',
	    scalar @answers, $seconds, (sort { $a <=> $b } map { $_->[2] }
		@answers)[-1];
	is scalar(grep { $_->[1] =~ /^(?:c$|y [45]|t|r)/ } @answers), $at_once,
	    "$name: all bombs are answered" or diag explain \@answers;
}

bombs_beside("$at_once bombs of one client", 1);
bombs_beside("$at_once bombs of $at_once clients", $at_once) if $full;
is_deeply [grep { /BOMB\S+: .*virus=-.*findings=- / } split /\n/,
	$daemon->log], [], 'no bomb is clean';
$daemon->stop;
done_testing;
