#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The whole way of a mail with a real Postfix: by a unix socket into a chroot,
# without one, and by TCP.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Mail qw(attachment_mail clean_mail spam_mail virus_mail);
use Ispfilter::Maildir qw(header maildir_files maildir_mails);
use Ispfilter::System;
use Ispfilter::Tools qw(folder wait_until);

my $cannot = Ispfilter::System->cannot;
plan skip_all => $cannot if $cannot;

sub new_system
{
	my ($folder, %with) = @_;
	return Ispfilter::System->new(folder => $folder,
		mailboxes => ['john@example.org', 'steve@example.org',
			map { "user$_\@example.org" } 1 .. 1000],
		aliases => { 'info@example.org' => 'steve@example.org' },
		%with);
}

# The mails of an inbox or another folder since the last time; they go.
sub arrived
{
	my ($system, $address, $where) = @_;
	$system->wait_empty;
	my @mails = maildir_mails($system->maildir($address), $where);
	unlink maildir_files($system->maildir($address), $where);
	return @mails;
}

sub clean_mail_arrives
{
	my ($system) = @_;
	my $got = $system->send(to => 'john@example.org',
		message => clean_mail('X-Spam' => 'Yes',
			'X-Spam-Status' => 'No, score=-100',
			'X-Virus-Status' => 'Clean (forged)',
			'X-Mailer' => 'Quill 1.0'));
	like($got->{data}, qr/^250 2\.0\.0 /, 'it is accepted');
	my @mails = arrived($system, 'john@example.org');
	is(scalar @mails, 1, 'and is in the inbox, once');
	is_deeply([header($mails[0], 'X-Spam')], [],
		'a forged X-Spam is gone');
	my @status = header($mails[0], 'X-Spam-Status');
	is(scalar @status, 1, 'one X-Spam-Status');
	like($status[0], qr/^No, score=-?\d+\.\d+ required=5\.0 tests=/,
		'which is ours');
	like((header($mails[0], 'X-Spam-Checker-Version'))[0],
		qr/^ispfilter .* on \S+$/, 'X-Spam-Checker-Version');
	unlike($mails[0], qr/forged/, 'a forged X-Virus-Status is gone');
	is_deeply([header($mails[0], 'X-Mailer')], ['Quill 1.0'],
		'other fields stay');
	like($mails[0], qr/\n\nHello John,\n/, 'so does the text');
	is_deeply([header($mails[0], 'Return-Path')],
		['<ada@sender.example>'], 'Return-Path is there');
	like($system->log_line($got->{data}), qr/action=accept /,
		'the log has a line about it');
}

sub unknown_recipient_is_refused
{
	my ($system) = @_;
	my $got = $system->send(to => ['nobody@example.org',
		'info@example.org', 'john@else.example'],
		message => clean_mail());
	like($got->{rcpt}[0], qr/^550 5\.1\.1 /, 'unknown user: 550 5.1.1');
	like($got->{rcpt}[1], qr/^250 /, 'an alias is known');
	like($got->{data}, qr/^250 /, 'the others get the mail');
	is(scalar arrived($system, 'steve@example.org'), 1,
		'it follows the alias');
}

sub virus_is_refused
{
	my ($system) = @_;
	my $got = $system->send(to => 'john@example.org',
		message => virus_mail());
	like($got->{data}, qr/^55\d 5\.7\.1 /, '5.7.1 after DATA');
	like($got->{data}, qr/Eicar/, 'with the name of the virus');
	is(scalar arrived($system, 'john@example.org'), 0, 'nothing arrives');
}

sub program_is_refused
{
	my ($system) = @_;
	my $got = $system->send(to => 'john@example.org',
		message => attachment_mail('invoice.pdf.exe', "MZ\x90\0" x 64));
	like($got->{data}, qr/^55\d 5\.7\.1 /, '5.7.1 after DATA');
	is(scalar arrived($system, 'john@example.org'), 0, 'nothing arrives');
}

sub spam_goes_to_junk
{
	my ($system) = @_;
	my $got = $system->send(to => 'john@example.org',
		message => spam_mail());
	like($got->{data}, qr/^250 /, 'it is accepted');
	is(scalar arrived($system, 'john@example.org'), 0,
		'it is not in the inbox');
	my @mails = arrived($system, 'john@example.org', '.Junk');
	is(scalar @mails, 1, 'it is in .Junk');
	is_deeply([header($mails[0], 'X-Spam')], ['Yes'], 'X-Spam: Yes');
	like((header($mails[0], 'X-Spam-Status'))[0],
		qr/^Yes, score=\d+\.\d.*\bGTUBE\b/, 'X-Spam-Status says why');
}

sub local_mail_arrives
{
	my ($system) = @_;
	my ($status) = $system->postfix->sendmail(clean_mail(), '-f',
		'cron@sender.example', 'steve@example.org',
		'gone@example.org');
	is($status, 0, 'sendmail(1) takes it');
	ok(wait_until { maildir_files($system->maildir('steve@example.org')) },
		'it arrives, though another recipient is unknown');
	unlike($system->postfix->log, qr/configuration error|4\.3\.5/,
		'Postfix has nothing to complain of');
	arrived($system, 'steve@example.org');
	$system->postfix->delete_all;
}

sub several_mails_in_a_session
{
	my ($system) = @_;
	my $smtp = $system->smtp;
	my $spam = $smtp->send(from => 'a@sender.example',
		to => 'john@example.org', message => spam_mail());
	my $clean = $smtp->send(from => 'b@sender.example',
		to => 'steve@example.org', message => clean_mail());
	$smtp->mail('c@sender.example');
	$smtp->rcpt('nobody@example.org');
	like($smtp->rset, qr/^250/, 'RSET after a refusal');
	my $virus = $smtp->send(from => 'd@sender.example',
		to => 'steve@example.org', message => virus_mail());
	my @pipelined = $smtp->pipeline('MAIL FROM:<e@sender.example>',
		'RCPT TO:<nobody@example.org>', 'RCPT TO:<john@example.org>');
	like("@pipelined", qr/^250.* 550 5\.1\.1 .* 250 /,
		'pipelined commands get the replies of their own');
	my $chunks = $smtp->bdat(clean_mail(), 100);
	$smtp->quit;
	like($_, qr/^250/, 'accepted') for $spam->{data}, $clean->{data},
	    $chunks;
	like($virus->{data}, qr/^55/, 'the virus is refused');
	is(scalar arrived($system, 'steve@example.org'), 1,
		'the clean one is clean');
	is(scalar arrived($system, 'john@example.org'), 1,
		'that of BDAT, too');
	is(scalar arrived($system, 'john@example.org', '.Junk'), 1,
		'the spam is in .Junk');
}

sub thousand_recipients
{
	my ($system) = @_;
	my $smtp = $system->smtp;
	$smtp->mail('list@sender.example');
	my @replies = $smtp->pipeline(map { "RCPT TO:<user$_\@example.org>" }
		1 .. 1000);
	is(scalar grep({ /^250/ } @replies), 1000, 'all are known');
	like($smtp->say('RCPT TO:<john@example.org>'), qr/^452 /,
		'Postfix takes no more');
	# Aborted: their delivery is not the subject.
	$smtp->rset;
	$smtp->quit;
	is(scalar @{[ grep { /user1000\@/ } split /\n/,
		$system->postfix->log ]}, 0, 'nothing was queued');
}

sub outbound_is_not_filed_as_spam
{
	my ($system) = @_;
	my $smtp = Ispfilter::SMTP->new(port => $system->{submission});
	my $got = $smtp->send(from => 'john@example.org',
		to => 'steve@example.org', message => spam_mail());
	$smtp->quit;
	like($got->{data}, qr/^250/, 'it is accepted');
	is(scalar arrived($system, 'steve@example.org'), 1,
		'spam_outbound = no: it is not scored');
	$smtp = Ispfilter::SMTP->new(port => $system->{submission});
	$got = $smtp->send(from => 'john@example.org',
		to => 'steve@example.org', message => virus_mail());
	$smtp->quit;
	like($got->{data}, qr/^55/, 'a virus is refused all the same');
}

sub reload_in_a_session
{
	my ($system) = @_;
	my $smtp = $system->smtp;
	$smtp->mail('a@sender.example');
	$smtp->rcpt('john@example.org');
	$system->daemon->configure(%{ $system->daemon->{conf} },
		required_score => 5000);
	$system->daemon->reload;
	like($smtp->data(clean_mail()), qr/^250/,
		'a mail that began before it is accepted');
	ok(wait_until {
		my $got = $smtp->send(from => 'a@sender.example',
			to => 'john@example.org', message => spam_mail());
		$system->wait_empty;
		my @inbox = arrived($system, 'john@example.org');
		arrived($system, 'john@example.org', '.Junk');
		grep { /required=5000/ } @inbox;
	}, 'the new settings apply to the next ones of the same session');
	$smtp->quit;
	arrived($system, 'john@example.org', '.Junk');
}

sub filter_away
{
	my ($system) = @_;
	my $smtp = $system->smtp; # An idle session does not hold it up.
	$smtp->send(from => 'a@sender.example', to => 'john@example.org',
		message => clean_mail());
	arrived($system, 'john@example.org');
	my @before = $system->daemon->unexpected;
	is($system->daemon->stop, 0, 'the daemon stops and says 0');
	is_deeply([$system->daemon->unexpected], \@before,
		'and has nothing to complain of');
	$smtp->quit;
	my $got = $system->send(to => 'john@example.org',
		message => clean_mail());
	like($got->{mail}, qr/^451 4\.7\.1 /,
		'451: the mail stays with its sender');
	$system->daemon->start;
	$got = $system->send(to => 'john@example.org',
		message => clean_mail());
	like($got->{data}, qr/^250/, 'it is taken when the filter is back');
	is(scalar arrived($system, 'john@example.org'), 1, 'and arrives');
}

for my $way (
	{ name => 'unix socket, chroot', chroot => 1, listen => 'unix' },
	{ name => 'unix socket, no chroot', chroot => 0, listen => 'unix' },
	{ name => 'TCP', chroot => 1, listen => 'inet' }) {
	my $submission = Ispfilter::Tools::free_port();
	my $c = $way->{chroot} ? 'y' : 'n';
	my $system = new_system(folder('9100'), %$way, master => <<"END");
127.0.0.1:$submission inet n - $c - - smtpd
  -o syslog_name=postfix/submission
  -o milter_macro_daemon_name=ORIGINATING
END
	$system->{submission} = $submission;
	$system->start;
	note($way->{name});
	my @cases = (
		['a clean mail', \&clean_mail_arrives],
		['an unknown recipient', \&unknown_recipient_is_refused],
		['a virus', \&virus_is_refused],
	);
	my $whole = $way->{chroot} && $way->{listen} eq 'unix';
	push @cases, ['a program', \&program_is_refused],
	    ['spam', \&spam_goes_to_junk],
	    ['sendmail(1)', \&local_mail_arrives],
	    ['several mails in a session', \&several_mails_in_a_session],
	    ['1000 recipients', \&thousand_recipients],
	    ['outbound', \&outbound_is_not_filed_as_spam],
	    ['reload', \&reload_in_a_session] if $whole;
	for my $case (@cases) {
		my ($title, $test) = @$case;
		subtest "$way->{name}: $title" => sub { $test->($system) };
	}
	is_deeply([$system->complaints(qr/milter-reject/)], [],
		"$way->{name}: no unexpected warning");
	subtest "$way->{name}: filter away" => sub { filter_away($system) }
	    if $whole;
	$system->stop;
}
done_testing;
