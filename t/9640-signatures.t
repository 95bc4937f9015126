#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# DKIM signatures of mail that passes still verify where it is delivered, tagged
# as spam or not: the body is not touched, and nothing above the signed fields
# but fields of our own. Judged by Mail::DKIM, not by our own reader.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Mail qw(attachment_mail clean_mail spam_mail);
use Ispfilter::Maildir qw(header maildir_files);
use Ispfilter::System;
use Ispfilter::Tools qw(folder run slurp);

my $cannot = Ispfilter::System->cannot;
plan skip_all => $cannot if $cannot;
plan skip_all => 'Mail::DKIM is not installed' unless eval {
	require Mail::DKIM::Signer;
	require Mail::DKIM::Verifier;
	require Mail::DKIM::PublicKey;
};
my $folder = folder('signatures');
my ($status, $output) = run('openssl', 'genrsa', '-traditional', '-out',
	"$folder/key", '2048');
plan skip_all => "no key can be made: $output" if $status;
my ($failed, $public) = run('openssl', 'rsa', '-in', "$folder/key", '-pubout');
my $base64 = join '', grep { !/-|writing/ } split /\n/, $public;
{
	no warnings qw(redefine once);
	# The DNS of this test.
	*Mail::DKIM::Signature::get_public_key = sub {
		return Mail::DKIM::PublicKey->parse("v=DKIM1; k=rsa; p=$base64");
	};
}

sub signed
{
	my ($mail, $method) = @_;
	my $signer = Mail::DKIM::Signer->new(Algorithm => 'rsa-sha256',
		Method => $method, Domain => 'sender.example',
		Selector => 'test', KeyFile => "$folder/key");
	$mail =~ s/\r?\n/\r\n/g;
	$signer->PRINT($mail);
	$signer->CLOSE;
	return $signer->signature->as_string . "\r\n$mail";
}

sub verified
{
	my ($mail) = @_;
	my $verifier = Mail::DKIM::Verifier->new;
	$mail =~ s/\r?\n/\r\n/g;
	$verifier->PRINT($mail);
	$verifier->CLOSE;
	return $verifier->result;
}

my $system = Ispfilter::System->new(folder => "$folder/s",
	mailboxes => ['john@example.org'],
	main => { disable_mime_output_conversion => 'yes' })->start;
my %mails = (plain => clean_mail(), spam => spam_mail(),
	file => attachment_mail('a.txt', 'text' x 500),
	dots => clean_mail() . ".\n..\n...\nend\n",
	blanks => clean_mail() . "x  y \t\n\n\n  \n\n",
	eight => clean_mail('MIME-Version' => '1.0', 'Content-Type' =>
		'text/plain; charset=utf-8', 'Content-Transfer-Encoding' =>
		'8bit') . "gr\xc3\xbc\xc3\x9fe\n",
	long => clean_mail() . 'x' x 900 . "\n",
	fields => clean_mail('X-Folded' => "a\n b\n\tc", 'X-Case' => 'Y',
		'Reply-To' => '"A, B" <a@sender.example>'));
for my $name (sort keys %mails) {
	for my $method ('simple/simple', 'relaxed/relaxed') {
		my $mail = signed($mails{$name}, $method);
		is(verified($mail), 'pass', "$name, $method: as it is sent");
		my $got = $system->send(to => 'john@example.org',
			message => $mail);
		like($got->{data}, qr/^250/, '... it is taken');
		$system->wait_empty;
		my $maildir = $system->maildir('john@example.org');
		my ($file) = map { maildir_files($maildir, $_) } '', '.Junk';
		my $delivered = slurp($file // '/nonexistent') // '';
		unlink $file if $file;
		is(scalar(header($delivered, 'X-Spam-Status')), 1,
			'... it was looked into');
		is(verified($delivered), 'pass', '... and it verifies');
	}
}
is_deeply([$system->complaints], [], 'no complaints');
$system->stop;
done_testing;
