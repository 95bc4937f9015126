#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A mail that was judged in its session and the same mail judged by `ispfilter
# scan` from the Maildir have the same hits: what the milter is not shown
# (Received, Return-Path) is made up the way Postfix writes it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use Test::More;
use Ispfilter::Mail qw(clean_mail spam_mail);
use Ispfilter::Maildir qw(header maildir_files);
use Ispfilter::System;
use Ispfilter::Tools qw(folder program run slurp spew top wait_until);

plan skip_all => Ispfilter::System::cannot() if Ispfilter::System::cannot();
my $stock = '/usr/share/spamassassin';
plan skip_all => 'the rules of SpamAssassin are not installed'
    unless -r "$stock/10_default_prefs.cf";

my $folder = folder('session');
my $to = 'john@example.org';
my $system = Ispfilter::System->new(folder => $folder, mailboxes => [$to],
	conf => { stages => 'spam', rules => "$stock /etc/spamassassin" })->start;

# Every mail has a mark in a field that no rule knows, to be found by.
my $html = { 'MIME-Version' => '1.0', 'Content-Type' => 'text/html' };
my %mails = (
	plain => [clean_mail()],
	spam => [spam_mail()],
	html => [clean_mail(%$html)],
	no_date => [clean_mail(Date => undef)],
	no_id => [clean_mail('Message-ID' => undef)],
	no_to => [clean_mail(To => undef)],
	no_subject => [clean_mail(Subject => undef)],
	old_date => [clean_mail(Date => 'Mon, 02 Nov 1998 10:00:00 +0000')],
	list => [clean_mail('List-Id' => '<list.example.org>',
		Precedence => 'bulk')],
	relayed => ["Received: from mx.other.example (mx.other.example "
		. "[203.0.113.9])\n\tby relay.example (Postfix) with ESMTP "
		. "id 123;\n\tMon, 02 Nov 2026 10:00:00 +0000\n"
		. clean_mail()],
	bounce => [clean_mail(Subject => 'Undelivered'), from => ''],
	other_sender => [clean_mail(), from => 'bounce-1@list.example'],
	return_path => ["Return-Path: <forged\@evil.example>\n"
		. clean_mail()],
	forged => ["X-Spam-Flag: YES\nX-Spam-Status: Yes\n" . clean_mail()],
	eight_bit => [clean_mail(Subject => "Gr\xc3\xbc\xc3\x9fe")],
	folded => [clean_mail(Subject => "one\n two\n\tthree")],
	caps => [clean_mail(Subject => 'ACT NOW, DEAR FRIEND')],
	to_many => [clean_mail(To =>
		join ', ', map { "user$_\@example.org" } 1 .. 15)],
	reply_to => [clean_mail('Reply-To' => 'other@gmail.com',
		From => 'x@yahoo.com')],
	drug => [clean_mail(Subject => 'Viagra, cheap!!!')],
	link => [clean_mail() . "http://192.0.2.1/x\nhttp://example.com/\n"],
	empty => ["From: a\@example.org\nTo: $to\n\n"],
	headless_body => ["From: a\@example.org\n\nSubject: inside\n"],
	long_line => [clean_mail() . ('x' x 900) . "\n"],
	dots => [clean_mail() . ".\n..\n.x\n"],
	no_last_line => [clean_mail() . "the end"],
	multipart => ["MIME-Version: 1.0\nContent-Type: multipart/alternative;"
		. " boundary=b\n" . clean_mail() . "--b\n\nplain\n--b\n"
		. "Content-Type: text/html\n\n<b>html</b>\n--b--\n"],
	base64 => [clean_mail('MIME-Version' => '1.0',
		'Content-Transfer-Encoding' => 'base64')],
	helo_ip => [clean_mail(), helo => '[127.0.0.1]'],
	blanks => [clean_mail() . "\n" x 30 . "x\n"],
);

my %differ;
for my $name (sort keys %mails) {
	my ($mail, %with) = @{ $mails{$name} };
	my $smtp = $system->smtp(map({ $_ => $with{$_} }
		grep { exists $with{$_} } 'helo'));
	$smtp->send(from => $with{from} // 'ada@sender.example', to => $to,
		message => "X-Mark: $name\n$mail");
	$smtp->quit;
}
ok($system->wait_empty, 'all mails are delivered');

my @files = maildir_files($system->maildir($to));
push @files, maildir_files($system->maildir($to), '.Junk');
is(scalar @files, scalar keys %mails, 'each has its file');

# What delivery and we have added is put aside; Return-Path and Received stay,
# as they stand in for the session.
sub bare
{
	my ($text) = @_;
	my ($head, $body) = split /\n\n/, $text, 2;
	$head .= "\n";
	$head =~ s/^(?:X-Original-To|Delivered-To|X-Spam|X-Spam-[\w-]+|
	    Authentication-Results|X-Virus-[\w-]+):.*\n(?:[ \t].*\n)*//mgix;
	return "$head\n" . ($body // '');
}

sub session_tests
{
	my ($text) = @_;
	my ($status) = $text =~ /^X-Spam-Status: ((?:.*\n)(?:[ \t].*\n)*)/m;
	return undef unless defined $status;
	$status =~ s/\n[ \t]+/ /g;
	$status =~ s/, /,/g;
	my ($tests) = $status =~ /tests=([\w,]*)/;
	return join ' ', grep { $_ ne 'none' } split /,/, $tests;
}

for my $file (@files) {
	my $text = slurp($file);
	my ($name) = $text =~ /^X-Mark: (\w+)/m;
	spew("$folder/again/" . ($name // 'unknown'), bare($text));
	$differ{$name} = session_tests($text);
}
my ($status, $output) = run(program(), 'scan', '-c', '/dev/null', '-L',
	'-o', 'stages=spam', '-f', 'json', '-C', $stock, '-C',
	'/etc/spamassassin', "$folder/again");
is($status, 0, 'all files are scanned');
for my $line (grep { /^\{/ } split /\n/, $output) {
	my $found = decode_json($line);
	my ($name) = $found->{file} =~ m{([^/]+)$};
	is($differ{$name}, join(' ', map { $_->{name} } @{ $found->{tests} }),
		"$name: the same rules hit in the session and afterwards");
}
is_deeply([$system->complaints], [], 'nothing unexpected is logged');
$system->stop;
done_testing;
