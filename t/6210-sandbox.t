#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The cage around real inspectors: it is closed, it holds nothing that is not
# needed, and all that mail asks of an inspector still works inside.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Daemon;
use Ispfilter::Mail qw(attachment_mail eicar eicar_signature);
use Ispfilter::Milter;
use Ispfilter::Tools qw(folder lend program run slurp spew top wait_until);

plan skip_all => 'sanitizers do not bear a sandbox'
    if (slurp(program()) // '') =~ /__asan_init|__tsan_init/;

my $folder = folder('sandbox');
my $path = "$folder/run/s.sock";
my $place = '/usr/share/clamav-testfiles';
my $plain = slurp("$place/clam.exe");
my $password = 'pass' . 'word-' . $$ . '-of-the-tables';

mkdir "$folder/virus";
spew("$folder/virus/eicar.ndb", eicar_signature());
spew("$folder/virus/clam.hsb", sha256_hex($plain) . ':' . length($plain)
	. ":Ispfilter.Test.Clam:73\n") if defined $plain;
spew("$folder/map.cf", "hosts = 127.0.0.1\nuser = u\npassword = $password\n"
	. "dbname = d\nquery = SELECT 1\n", 0600);
chown +(getpwnam 'nobody')[2, 3], "$folder/map.cf";
my %conf = (
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	log_level => 'debug',
	stages => 'recipients attachment virus spam', rules => 'rules',
	virus_database => "$folder/virus", inspectors => 2,
	virtual_mailbox_domains => 'example.org',
	virtual_mailbox_maps => "mysql:$folder/map.cf",
	scratch_directory => "$folder/scratch", scratch_size_limit => '4M',
	socket_group => '', recipients_on_error => 'accept',
);
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => \%conf);
$daemon->start;
ok wait_until(sub { 2 == (() = $daemon->inspectors) }), 'two inspectors';

sub reply_to
{
	my ($id, $mail) = @_;
	my ($head, $body) = $mail =~ /\A(.*?\n)\n(.*)\z/s;
	my @header;
	for (split /\n(?![ \t])/, $head) {
		push @header, [$1, $2] if /^([^:]+):(.*)\z/s;
	}
	my @body = $body =~ s/\r?\n/\r\n/gr =~ /(.{1,60000})/gs;
	my $milter = Ispfilter::Milter->new(path => $path);
	$milter->connect;
	return $milter->mail_one(queue_id => $id, rcpt => ['b@example.net'],
		header => \@header, body => \@body)->{reply};
}

sub status
{
	my ($pid, $key) = @_;
	return (slurp("/proc/$pid/status") // '') =~ /^\Q$key\E:\s*(\S+)/m ? $1 : '';
}

subtest 'the cage is closed' => sub {
	for my $pid ($daemon->nurseries, $daemon->inspectors) {
		is status($pid, 'Seccomp'), 2, "$pid: calls are filtered";
		is status($pid, 'NoNewPrivs'), 1, 'no new privileges';
		is status($pid, 'CapEff'), '0' x 16, 'no capabilities';
		my @both = grep { /^\S+ .w?x/ && /^\S+ rwx/ }
		    split /\n/, slurp("/proc/$pid/maps") // '';
		is_deeply \@both, [], 'no memory to write and run';
		is +(stat "/proc/$pid/mem")[4], 0, 'not dumpable';
	}
	for my $pid ($daemon->inspectors) {
		my @held = map { readlink $_ } glob "/proc/$pid/fd/[0-9]*";
		my @odd = grep { !m{^(?:/dev/null|socket:\[\d+\]|\Q$folder\E/ispfilter\.log)$} }
		    @held;
		is_deeply \@odd, [], 'it holds its socket and the log';
		is scalar(grep { /^socket:/ } @held), 1, 'one socket';
		like slurp("/proc/$pid/limits"), qr/^Max processes\s+0\s/m,
		    'no processes';
	}
};

subtest 'passwords stay in the daemon' => sub {
	plan skip_all => 'only root can read memory' if $> != 0;
	no warnings 'portable'; # addresses have 64 bits
	my $holds = sub {
		my ($pid) = @_;
		open my $memory, '<:raw', "/proc/$pid/mem" or return undef;
		for (split /\n/, slurp("/proc/$pid/maps")) {
			/^([0-9a-f]+)-([0-9a-f]+) rw.. \S+ \S+ 0\s*(?:\[(?:heap|stack)\])?$/
			    or next;
			my ($from, $to) = (hex $1, hex $2);
			next if $to - $from > 64 << 20;
			sysseek $memory, $from, 0 or next;
			sysread $memory, my $bytes, $to - $from;
			return 1 if index($bytes // '', $password) >= 0;
		}
		return 0;
	};
	is $holds->($daemon->pid), 1, 'the daemon knows it';
	is $holds->($_), 0, "$_ does not"
	    for $daemon->nurseries, $daemon->inspectors;
};

subtest 'archives are unpacked' => sub {
	run('python3', '-c', 'import sys,zipfile
z=zipfile.ZipFile(sys.argv[1],"w",zipfile.ZIP_DEFLATED)
z.writestr("a.txt",sys.argv[2]); z.writestr("b.txt","x"*100000)',
		"$folder/eicar.zip", eicar());
	like reply_to('ZIP', attachment_mail('report.zip', slurp("$folder/eicar.zip"))),
	    qr/^y 554 5\.7\.1 .*Eicar/i, 'EICAR in a zip';
	plan skip_all => 'clamav-testfiles is not installed' unless defined $plain;
	for my $file (sort glob "$place/clam*") {
		my ($name) = $file =~ m{([^/]+)$};
		like reply_to('CLAM', attachment_mail("$name.dat", slurp($file))),
		    qr/^y 55\d /, $name;
	}
};

subtest 'character sets' => sub {
	my @sets = (map({ "ISO-8859-$_" } 2 .. 11, 13 .. 16),
		map({ "windows-125$_" } 0 .. 8), qw(KOI8-R KOI8-U GBK GB18030
		Big5 EUC-JP EUC-KR Shift_JIS ISO-2022-JP TIS-620 IBM866 CP437
		UTF-16 UTF-32 UTF-7 macintosh JOHAB HZ-GB-2312 ISO-2022-KR));
	cmp_ok scalar @sets, '>=', 40, 'forty of them';
	my $mail = "From: a\@example.net\nMIME-Version: 1.0\n"
	    . "Subject: " . join("\n ", map { "=?$_?Q?=C1=E1=F3?=" } @sets)
	    . "\nContent-Type: multipart/mixed; boundary=b\n\n";
	$mail .= "--b\nContent-Type: text/plain; charset=$_\n\n\xc1\xe1\xf3 text\n\n"
	    for @sets;
	my @before = $daemon->deaths;
	like reply_to('SETS', "$mail--b--\n"), qr/^(?:c|a)/, 'are read';
	is_deeply [$daemon->deaths], \@before, 'by one that lives on';
};

subtest 'the scratch folder has a size' => sub {
	my ($full, $noticed);
	# One that took long over a mail has left, and its folder stays unused.
	for (glob "$folder/scratch/nursery-*/*") {
		$full = $_;
		spew("$full/big", 'x' x (5 << 20));
		$noticed = $daemon->wait_log('more than scratch_size_limit', 5);
		last if $noticed;
		unlink "$full/big";
	}
	ok defined $full, 'there is one';
	ok $noticed, 'it is noticed';
	ok wait_until(sub { !-e "$full/big" }), 'and cleared';
	ok wait_until(sub { 2 == (() = $daemon->inspectors) }), 'two again';
};

is_deeply [glob "$folder/scratch/nursery-*/*/*"], [], 'nothing stays in scratch';
is_deeply [$daemon->unexpected(qr/scratch_size_limit|signal 9|mysql|MariaDB|recipients:|by=\S+ .*rcpt|\bvirus=Ispfilter/)],
    [], 'no complaint in the log';
$daemon->stop;

subtest 'a kernel without Landlock' => sub {
	my $library = top() . '/build/t/faults.so';
	plan skip_all => "$library is not built" unless -e $library;
	local $ENV{LD_PRELOAD} = lend($folder, 'build/t/faults.so');
	local $ENV{FAULTS_NO_LANDLOCK} = 1;
	unlink $daemon->log_file;
	$daemon->start;
	ok $daemon->wait_log('warning: this kernel has no Landlock: an inspector that is taken over can read the files of its user'),
	    'is said aloud';
	ok wait_until(sub { 2 == (() = $daemon->inspectors) }),
	    'there are inspectors';
	is status($_, 'Seccomp'), 2, "$_: calls are filtered"
	    for $daemon->nurseries, $daemon->inspectors;
	like reply_to('OLD', attachment_mail('a.txt', 'text')), qr/^(?:c|a)/,
	    'mail passes';
	like reply_to('OLD', attachment_mail('report.zip',
		slurp("$folder/eicar.zip"))), qr/^y 554 /,
	    'a virus does not';
	is_deeply [$daemon->unexpected(qr/Landlock|mysql|MariaDB|recipients:|by=\S+ .*rcpt|Eicar/)],
	    [], 'no complaint in the log';
	$daemon->stop;
};

$daemon->configure(%conf, sandbox => 'no');
unlink $daemon->log_file;
$daemon->start;
ok $daemon->wait_log('warning: sandbox = no'), 'sandbox = no is said aloud';
$daemon->stop;
done_testing;
