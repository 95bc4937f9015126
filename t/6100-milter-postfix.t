#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A real Postfix in front: what inspectors see is what Postfix delivers, edits
# land where they should, and mail of this host passes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time sleep);
use File::Path qw(make_path);
use Ispfilter::Daemon;
use Ispfilter::Maildir qw(header maildir_mails);
use Ispfilter::Postfix;
use Ispfilter::Tools qw(folder free_port slurp spew wait_until);

my $cannot = Ispfilter::Postfix->cannot;
plan skip_all => $cannot if $cannot;

my $folder = folder('milter-postfix');
my $path = "$folder/run/s.sock";
spew("$folder/rules/10.cf", "header LOTTERY Subject =~ /lottery/\n"
	. "describe LOTTERY The word lottery\nscore LOTTERY 20\n");
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => {
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	stages => 'spam', rules => "$folder/rules", inspectors => 2,
	scratch_directory => "$folder/scratch",
})->start;
make_path("$folder/mail");
chown 65534, 65534, "$folder/mail";
my $postfix = Ispfilter::Postfix->new(folder => "$folder/postfix",
	milter => "unix:$path", main => {
		non_smtpd_milters => "unix:$path",
		virtual_mailbox_domains => 'example.org',
		virtual_mailbox_base => "$folder/mail",
		virtual_mailbox_maps => 'static:box/',
		virtual_minimum_uid => 1,
		virtual_uid_maps => 'static:65534',
		virtual_gid_maps => 'static:65534',
		virtual_transport => 'virtual',
	})->start;

my $seen = 0;

# The mail that was delivered since the last call.
sub delivered
{
	my $mails = wait_until {
		my @mails = maildir_mails("$folder/mail/box");
		@mails > $seen && \@mails;
	} or return '';
	$seen = @$mails;
	unlink glob "$folder/mail/box/new/*";
	$seen = 0;
	return $mails->[-1];
}

# What the daemon keeps of the one message in its hands.
sub spooled
{
	my $pid = $daemon->pid;
	my $file = wait_until {
		my ($one) = grep { (readlink $_ // '') =~ m{^/memfd:message} }
		    glob "/proc/$pid/fd/*";
		$one;
	} or return undef;
	return wait_until { my $text = slurp($file); $text };
}

# A delivered mail without what was put in front: by the delivery agent,
# Postfix and us.
sub stripped
{
	my ($mail) = @_;
	$mail =~ s/\A(?:Return-Path|X-Original-To|Delivered-To):.*\n//
	    for 1 .. 3;
	my ($received) = $mail =~ s/\A(Received: .*\n(?:[ \t].*\n)*)//
	    ? $1 : '';
	$mail =~ s/\A(?:X-Spam[^:\n]*:.*\n(?:[ \t].*\n)*)+//;
	return ($received, $mail);
}

# Dates aside; Postfix writes "client" names as they are.
sub comparable
{
	my ($received) = @_;
	$received =~ s/\w{3}, \d+ \w{3} \d{4} [\d:]+ [+-]\d{4} \([^)]+\)$/DATE/m;
	return $received;
}

sub byte_for_byte
{
	my ($name, $message, %with) = @_;
	my $smtp = $postfix->smtp;
	my @pids = $daemon->inspectors;
	kill 'STOP', @pids;
	$smtp->mail('ada@sender.example');
	$smtp->rcpt($_) for @{ $with{to} // ['john@example.org'] };
	$smtp->say('DATA');
	(my $wire = $message) =~ s/(?<!\r)\n/\r\n/g;
	$wire =~ s/^\./../mg;
	$smtp->put("$wire.\r\n");
	my $spool;
	wait_until {
		$spool = spooled();
		defined $spool && length $spool >= ($with{least} // 20);
	};
	sleep 0.2;
	$spool = spooled();
	kill 'CONT', @pids;
	like $smtp->reply, qr/^250/, "$name: accepted";
	$smtp->quit;
	my $mail = delivered();
	my ($sender) = $spool =~ s/\A(Return-Path: .*\n)// ? $1 : '';
	my ($ours, $text) = $spool =~ /\A(Received: [^\n]*\n(?:[ \t][^\n]*\n)*)(.*)\z/s;
	my ($postfix_line, $rest) = stripped($mail);
	is $sender, $mail =~ /^(Return-Path: .*\n)/m ? $1 : 'none',
	    "$name: and Return-Path";
	is comparable($ours), comparable($postfix_line),
	    "$name: Postfix's Received field is foreseen";
	is $text, $rest, "$name: the rest byte for byte";
}

byte_for_byte('plain', "From: Ada <ada\@sender.example>\n"
	. "To: john\@example.org\nSubject: one\n two\n\tthree\n"
	. "Date: Mon, 02 Nov 2026 10:00:00 +0000\n"
	. "Message-ID: <1\@sender.example>\n\nHello.\n..\n.x\n\nend\n");
byte_for_byte('two recipients', "From: a\@b.example\nDate: x\n"
	. "Message-ID: <2\@x>\nTo: y\@z.example\n\nx\n",
	to => ['john@example.org', 'mary@example.org']);
delivered();
byte_for_byte('no body', "From: a\@b.example\nDate: x\nMessage-ID: <3\@x>\n"
	. "To: y\@z.example\nX-Empty:\nX-Blank: \nX-Two:  x \n\n");
byte_for_byte('8 bit and lone CR', "From: a\@b.example\nDate: x\n"
	. "Message-ID: <4\@x>\nTo: y\@z.example\nSubject: \xe4\xf6\n\n"
	. "a\rb\n\xff\xfe\n" . ('long ' x 400) . "\n");
byte_for_byte('large', "From: a\@b.example\nDate: x\nMessage-ID: <5\@x>\n"
	. "To: y\@z.example\n\n" . (('0123456789' x 7) . "\n") x 30000,
	least => 2_000_000);

subtest 'edits' => sub {
	my $smtp = $postfix->smtp;
	like $smtp->send(from => 'ada@sender.example',
		to => 'john@example.org', message => "From: a\@b.example\n"
		. "X-Spam: No\nX-Spam-Flag: NO\nSubject: your lottery\n"
		. "x-spam-flag: NO\n\nx\n")->{data}, qr/^250/, 'accepted';
	my $mail = delivered();
	is_deeply [map { header($mail, $_) } 'X-Spam', 'X-Spam-Flag'], ['Yes', 'YES'],
	    'forged fields are replaced by ours';
	like $mail, qr/\nReceived: .*\n(?:[ \t].*\n)*X-Spam/,
	    'which stand below Received';
	like $smtp->send(from => 'ada@sender.example',
		to => 'john@example.org', message => "From: a\@b.example\n"
		. "X-Spam-Flag: YES\nSubject: lunch\n\nx\n")->{data},
	    qr/^250/, 'the next mail of the session';
	is_deeply [header(delivered(), 'X-Spam-Flag')], [],
	    'is freed of its forged field';
	my $bdat = "From: a\@b.example\nSubject: lottery\n\n" . "x\n" x 1000;
	$smtp->mail('ada@sender.example');
	$smtp->rcpt('john@example.org');
	like $smtp->bdat($bdat, 700), qr/^250/, 'in chunks';
	is_deeply [header(delivered(), 'X-Spam')], ['Yes'],
	    'is judged, too';
	$smtp->mail('ada@sender.example');
	$smtp->rset;
	$smtp->mail('ada@sender.example');
	$smtp->rcpt('john@example.org');
	like $smtp->data("From: a\@b.example\n\nx\n"), qr/^250/,
	    'after RSET';
	delivered();
	$smtp->quit;
};

subtest 'mail of this host' => sub {
	my ($status) = $postfix->sendmail("From: root\@mx.example.org\n"
		. "Subject: cron\n\nx\n", '-f', 'root@mx.example.org', '-i',
		'john@example.org');
	is $status, 0, 'sendmail(1)';
	isnt delivered(), '', 'is delivered';
	ok $daemon->wait_log('action=accept .*client=localhost\[127\.0\.0\.1\]'),
	    'and was looked at';
};

# Milliseconds of a whole mail, in the median.
sub median_ms
{
	my $smtp = $postfix->smtp;
	my @ms;
	for (1 .. 15) {
		my $began = time;
		$smtp->send(from => 'ada@sender.example',
			to => 'john@example.org',
			message => "From: a\@b.example\n\nx\n");
		push @ms, (time - $began) * 1000;
	}
	$smtp->quit;
	$postfix->wait_empty;
	unlink glob "$folder/mail/box/new/*";
	return (sort { $a <=> $b } @ms)[7];
}

# Over TCP, Nagle's algorithm in Postfix meets delayed acknowledgements of a
# filter that does not answer DATA: 40 ms a mail.
subtest 'no mail waits for a timer' => sub {
	cmp_ok my $unix = median_ms(), '<', 35, 'over a unix socket';
	my $port = free_port();
	my $tcp = Ispfilter::Daemon->new(folder => folder('milter-tcp'),
		conf => { %{ $daemon->{conf} },
			listen => "inet:$port\@127.0.0.1",
			scratch_directory => "$folder/scratch-tcp" })->start;
	$postfix->set(smtpd_milters => "inet:127.0.0.1:$port");
	$postfix->reload;
	wait_until { sleep 0.2; $tcp->log =~ /serves/ };
	cmp_ok my $over_tcp = median_ms(), '<', 35, 'over TCP';
	note sprintf 'unix %.1f ms, TCP %.1f ms', $unix, $over_tcp;
	my $mails = () = $tcp->log =~ /action=accept/g;
	is $mails, 15, 'which it was';
	$postfix->set(smtpd_milters => "unix:$path");
	$postfix->reload;
	is $tcp->stop, 0, 'the second daemon ends well';
};

subtest 'the daemon is killed' => sub {
	my $smtp = $postfix->smtp;
	$smtp->mail('ada@sender.example');
	$smtp->rcpt('john@example.org');
	kill 'KILL', $daemon->pid;
	waitpid delete $daemon->{pid}, 0;
	like $smtp->data("From: a\@b.example\n\nlost?\n"), qr/^4/,
	    'the mail in its hands is put off by Postfix';
	$daemon->start;
	my $fresh = $postfix->smtp;
	like $fresh->send(from => 'ada@sender.example',
		to => 'john@example.org',
		message => "From: a\@b.example\n\nx\n")->{data}, qr/^250/,
	    'the next daemon serves';
	unlike delivered(), qr/lost/, 'and nothing passed unseen';
};

$postfix->stop;
is $daemon->stop, 0, 'the daemon ends well';
is_deeply [$daemon->unexpected], [], 'nothing unexpected in the log';
is_deeply [$postfix->warnings(qr/SMFIC_BODYEOB/)], [],
    'nor in that of Postfix';
done_testing();
