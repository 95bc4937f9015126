#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# contrib/quickstart keeps its word: five mails, each as it should fare, and
# nothing is left behind.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Postfix;
use Ispfilter::Tools qw(folder run slurp spew start_process stop_process top
    wait_until);

my $cannot = Ispfilter::Postfix->cannot;
plan skip_all => $cannot if $cannot;
chdir top();
delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};

my $folder = folder('9000') . '/system';
my ($status, $output) = run({ seconds => 300 }, 'contrib/quickstart',
	'--no-install', '--folder', $folder);
is($status, 0, 'it ends with 0') or diag($output);
like($output, qr/^All five mails fared as they should/m, 'and says so');
unlike($output, qr/NOT SO/, 'each claim holds');
is(scalar(() = $output =~ /^\d\. /mg), 5, 'five mails are shown');
ok(!-e $folder, 'the folder is gone');
is_deeply([grep { (slurp($_) // '') =~ /\Q$folder\E/ }
	glob '/proc/[0-9]*/cmdline'], [], 'so are the processes');

is((run('contrib/quickstart', '--help'))[0], 0, '--help');
is((run('contrib/quickstart', '--nonsense'))[0], 64, 'an unknown option');
mkdir $folder;
is((run('contrib/quickstart', '--no-install', '--folder', $folder))[0], 73,
	'a folder that is there already is left alone');
rmdir $folder;

# A reader that has seen enough.
run('sh', '-c', 'contrib/quickstart --no-install --folder "$1" | head -n 9',
	'sh', $folder);
ok(wait_until(sub { !-e $folder }, 20), 'a closed pipe leaves nothing either');

# --keep stays up until it is told to stop.
my $log = "$folder.log";
my $pid = start_process($log, 'contrib/quickstart', '--no-install', '--keep',
	'--folder', $folder);
ok(wait_until(sub { (slurp($log) // '') =~ /Stop: +Ctrl-C/ }, 120),
	'--keep says how to stop');
my ($port) = slurp($log) =~ /127\.0\.0\.1:(\d+)/;
like(Ispfilter::SMTP->new(port => $port)->{greeting}, qr/^220 /,
	'Postfix answers');
stop_process($pid, 30);
ok(!-e $folder, 'stopped, it leaves nothing behind');
done_testing;
