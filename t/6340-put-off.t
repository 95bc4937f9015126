#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A mail at a limit is put off once; when it comes again, as another attempt of
# the same server or after a restart, attachment_uncheckable decides.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use MIME::Base64 qw(encode_base64);
use Test::More;
use Ispfilter::Daemon;
use Ispfilter::Milter;
use Ispfilter::Tools qw(folder rules run slurp top);

chdir top();
my $folder = folder();
my ($made, $said) = run({ seconds => 60 }, 't/lib/archive-samples', $folder);
is($made, 0, 'the samples are made') or BAIL_OUT($said);
my $socket = "$folder/run/s.sock";
my %conf = (listen => "unix:$socket", user => 'nobody', log => 'stderr', stages => 'attachment', inspectors => 1,
	socket_group => '', rules => rules($folder) . '/10_attachments.cf', archive_members_limit => 2,
	scratch_directory => "$folder/scratch");
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => \%conf);
$daemon->start;

my $attempt = 0;

sub answer {
	my ($subject) = @_;
	my $milter = Ispfilter::Milter->new(path => $socket);
	$milter->connect;
	my $answer = $milter->mail_one(header => [['Received', ' from a by b; attempt ' . ++$attempt], ['Subject', " $subject"],
		['MIME-Version', ' 1.0'], ['Content-Type', ' application/zip; name="a.zip"'], ['Content-Transfer-Encoding', ' base64']],
		body => [encode_base64(slurp("$folder/clean.zip"), "\r\n")]);
	$milter->quit;
	return $answer->{reply};
}

like(answer('one'), qr/^y 451 .*more than can be looked into; put off at the first time/, 'put off at first');
like(answer('one'), qr/^y 554 5\.7\.1 .*more than can be looked into/, 'refused when it comes again');
like(answer('one'), qr/^y 554/, 'and each time');
like(answer('two'), qr/^y 451/, 'another mail is put off');
$daemon->stop;
$daemon->start;
like(answer('two'), qr/^y 554/, 'known after a restart');
like(answer('three'), qr/^y 451/, 'which others are not');
$daemon->configure(%{$daemon->{conf}}, attachment_uncheckable => 'tag');
$daemon->reload;
ok($daemon->wait_log('policy in service', 15) && Ispfilter::Tools::wait_until { answer('three') =~ /^c/ },
	'attachment_uncheckable = tag: taken when it comes again');
like($daemon->wait_log('action=tag .*findings=UNCHECKED'), qr/by=attachment/, 'and marked');
like(answer('four'), qr/^y 451/, 'but not at first');
is((stat "$folder/state/put-off")[2] & 07777, 0600, 'what is remembered is for the daemon alone')
    if -e "$folder/state/put-off";
is_deeply([$daemon->unexpected(qr/action=\S+ by=attachment/)], [], 'nothing unexpected in the log');
$daemon->stop;
done_testing;
