#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Milter sessions in every order that a mail server may come up with, and a
# daemon that is as well afterwards as it was before.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Daemon;
use Ispfilter::Milter;
use Ispfilter::Tools qw(folder wait_until);

my $folder = folder('session');
my $path = "$folder/run/s.sock";
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => {
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	stages => '', inspectors => 2, scratch_directory => "$folder/scratch",
	message_size_limit => '100K', socket_group => '',
});
$daemon->start;

sub milter { return Ispfilter::Milter->new(path => $path, @_) }

sub descriptors
{
	my @files = glob '/proc/' . $daemon->pid . '/fd/*';
	return scalar @files;
}

subtest 'negotiation' => sub {
	my $milter = milter();
	is $milter->{version}, 6, 'protocol 6';
	my $steps = $milter->{want_steps};
	ok $steps & 0x40, 'no end of header';
	ok $steps & 0x100, 'no unknown commands';
	ok $steps & 0x200, 'no DATA over a unix socket';
	ok $steps & 0x80, 'no reply to header fields';
	ok $steps & 0x80000, 'no reply to body chunks';
	ok $steps & 0x100000, 'values with their leading blank';
	is $milter->{want_actions}, 0x131, 'actions: headers, quarantine, '
	    . 'macro list';
	like $milter->{symbols}, qr/\{client_ptr\}/, 'macros asked for';
	$milter->quit;
	my $poor = milter(steps => 0x7f, actions => 0x3f);
	is $poor->connect, 'c', 'an MTA that wants all replies gets them';
	$poor->quit;
	ok milter(actions => 0)->{gone}, 'one without edits is sent away';
};
$daemon->wait_log('does not let a milter');

my $before = wait_until { descriptors() };

subtest 'one mail' => sub {
	my $milter = milter();
	$milter->connect;
	my $answer = $milter->mail_one(queue_id => 'ONEMAIL');
	is $answer->{reply}, 'c', 'is accepted';
	is_deeply $answer->{edits}, [], 'and not changed';
	$milter->quit;
	ok $daemon->wait_log('ONEMAIL: action=accept .*from=<a@example\.net> '
		. 'rcpt=1 client=client\.example\.net\[192\.0\.2\.7\]'),
	    'and has one line in the log';
};

subtest 'several mails in a session' => sub {
	my $milter = milter();
	$milter->connect;
	is $milter->mail_one(queue_id => "SEV$_")->{reply}, 'c', "mail $_"
	    for 1 .. 5;
	$milter->mail('gone@example.net');
	$milter->rcpt('b@example.org', 'SEVGONE');
	$milter->abort;
	is $milter->mail_one(queue_id => 'SEV6')->{reply}, 'c', 'after RSET';
	$milter->mail('x@example.net');
	$milter->abort;
	$milter->abort;
	is $milter->mail_one(queue_id => 'SEV7')->{reply}, 'c', 'after two';
	$milter->mail('x@example.net');
	$milter->rcpt('b@example.org', 'SEVDATA');
	$milter->header('From', ' left in the middle');
	$milter->abort;
	is $milter->mail_one(queue_id => 'SEV8')->{reply}, 'c',
	    'after RSET in the header';
	$milter->quit;
	ok $daemon->wait_log('SEV8: '), 'logged';
	unlike $daemon->log, qr/SEVGONE|SEVDATA/, 'aborted ones are not';
	unlike $daemon->log, qr/SEV8.*rcpt=2/, 'and leave no recipient';
};

subtest 'no recipients, many recipients' => sub {
	my $milter = milter();
	$milter->connect;
	is $milter->mail('a@example.net'), 'c', 'MAIL without RCPT';
	$milter->abort;
	my $answer = $milter->mail_one(queue_id => 'THOUSAND',
		rcpt => [map { "user$_\@example.org" } 1 .. 1000]);
	is $answer->{reply}, 'c', '1000 recipients';
	ok $daemon->wait_log('THOUSAND: .*rcpt=1000 '), 'all counted';
	is $milter->mail_one(sender => '', queue_id => 'NULL')->{reply}, 'c',
	    'the null sender';
	ok $daemon->wait_log('NULL: .*from=<> '), 'is shown as <>';
	$milter->quit;
};

subtest 'strange order' => sub {
	my $milter = milter();
	$milter->connect;
	$milter->mail('a@example.net');
	$milter->rcpt('b@example.org', 'STRANGE');
	$milter->content(header => [], body => [], queue_id => 'STRANGE');
	is $milter->answer->{reply}, 'c', 'a message of nothing';
	is $milter->mail_one(header => [['X', '']], body => [
		"\r", "\n.\r\n", "\r"], queue_id => 'STRANGE2')->{reply},
	    'c', 'chunks cut between CR and LF';
	my $long = 'a' x 60000;
	is $milter->mail_one(header => [['X', " $long"]],
		queue_id => 'STRANGE3')->{reply}, 'c', 'a long header field';
	$milter->quit;
	like $daemon->log, qr/STRANGE2: .*size=8 /, 'and a true size';
};

subtest 'hanging up' => sub {
	for my $after (0 .. 6) {
		my $milter = milter();
		$milter->connect if $after > 0;
		$milter->mail('a@example.net') if $after > 1;
		$milter->rcpt('b@example.org', 'HANGUP') if $after > 2;
		$milter->header('From', ' a') if $after > 3;
		$milter->body("x\r\n") if $after > 4;
		$milter->end if $after > 5;
		$milter->drop;
	}
	my $raw = milter(raw => 1);
	$raw->drop;
	my $nonsense = milter(raw => 1);
	$nonsense->send_packet('?', 'x' x 100);
	is $nonsense->answer->{reply}, 'eof', 'nonsense closes its connection';
	is milter()->connect, '', 'others are served';
};

subtest 'forged header fields' => sub {
	my $milter = milter();
	$milter->connect;
	my $answer = $milter->mail_one(queue_id => 'FORGED', header => [
		['X-Spam-Flag', ' NO'], ['From', ' a@example.net'],
		['x-spam-flag', ' NO'], ['X-Spam', ' No'],
		['X-Virus-Scanned', ' by me'], ['X-Spammer', ' kept'],
		['Subject', ' x']]);
	is $answer->{reply}, 'c', 'are no reason to refuse';
	is_deeply [map { [@$_[0 .. 2], $_->[3] // ''] } @{ $answer->{edits} }],
	    [['m', 1, 'X-Virus-Scanned', ''], ['m', 1, 'X-Spam', ''],
		['m', 2, 'x-spam-flag', ''], ['m', 1, 'X-Spam-Flag', '']],
	    'but deleted, the last one first';
	$answer = $milter->mail_one(queue_id => 'FORGED2',
		header => [map { ['X-Spam-Status', ' No'] } 1 .. 100]);
	is scalar @{ $answer->{edits} }, 100, 'a hundred of them';
	like $milter->mail_one(queue_id => 'FORGED3',
		header => [map { ["X-Spam-$_", ' No'] } 1 .. 101])->{reply},
	    qr/^y 554 5\.6\.0 /, 'more are refused';
	$milter->quit;
};

subtest 'size' => sub {
	my $milter = milter();
	$milter->connect;
	my $chunk = ('x' x 998 . "\r\n") x 60;
	is $milter->mail_one(body => [$chunk], queue_id => 'SIZE1')->{reply},
	    'c', '60 kB';
	like $milter->mail_one(body => [($chunk) x 4],
		queue_id => 'SIZE2')->{reply}, qr/^y 552 5\.3\.4 .*SIZE2/,
	    '240 kB';
	is $milter->mail_one(queue_id => 'SIZE3')->{reply}, 'c',
	    'and the next one is fine';
	$milter->quit;
};

subtest 'who it is' => sub {
	my $milter = milter();
	$milter->connect(name => 'v6.example.net', addr => '2001:db8::7');
	$milter->macros('M', '{auth_authen}' => 'john', '{auth_type}' =>
		'PLAIN');
	$milter->mail_one(queue_id => 'LOGIN');
	ok $daemon->wait_log('LOGIN: .*client=v6\.example\.net\[2001:db8::7\] '
		. 'login=john'), 'a user of ours, over IPv6';
	$milter->quit;
	$milter = milter();
	$milter->connect(name => "evil\x1b[2J\x80name",
		helo => "a\x07b");
	$milter->mail_one(queue_id => 'EVIL', sender => "a\x1b\xff\@b");
	ok my $line = $daemon->wait_log('EVIL: '), 'control bytes';
	unlike $line, qr/[^\x20-\x7e]/, 'do not reach the log';
	$milter->quit;
};

ok wait_until(sub { descriptors() <= $before }),
    'no descriptor is left behind';
ok wait_until(sub { 2 == (() = $daemon->inspectors) }),
    'both inspectors are there';
is_deeply [$daemon->deaths], [], 'and none has died';
is $daemon->stop, 0, 'the daemon ends well';
ok !-e $path, 'and takes its socket along';
is_deeply [glob "$folder/scratch/*"], [], 'and its scratch folders';
is_deeply [$daemon->unexpected(qr/does not let a milter|st_optionneg|libmilter/)],
    [], 'nothing else in the log';
done_testing();
