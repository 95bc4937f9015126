#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The rules that we ship, by themselves: mails of today that they know, mails
# that they must leave alone, and the bar that they are held to on the half of
# the public corpus that their scores were not found with (rules/README.md).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use MIME::Base64 qw(encode_base64);
use Test::More;
use Ispfilter::Tools qw(program run top);

chdir top();

sub mail
{
	my ($text, %fields) = @_;
	my %all = (From => 'Ada <ada@sender.example>', To => 'john@example.org', Subject => 'Hello',
		Date => 'Mon, 02 Nov 2026 10:00:00 +0000', 'Message-ID' => '<1@sender.example>',
		'MIME-Version' => '1.0', 'Content-Type' => 'text/plain; charset=utf-8', %fields);
	return join('', map { "$_: $all{$_}\n" } grep { defined $all{$_} } sort keys %all) . "\n$text";
}

sub html { return mail($_[0], 'Content-Type' => 'text/html; charset=utf-8', @_[1 .. $#_]) }

sub attachment
{
	my ($text, $name, $content) = @_;
	return mail("--b\nContent-Type: text/plain\n\n$text\n--b\nContent-Type: text/html; name=\"$name\"\n"
		. "Content-Disposition: attachment; filename=\"$name\"\nContent-Transfer-Encoding: base64\n\n"
		. encode_base64($content) . "--b--\n", 'Content-Type' => 'multipart/mixed; boundary=b');
}

# name => [rules, mail]
my %bad = (
	account => ['ISP_PHISH_ACCOUNT ISP_SUBJECT_ACCOUNT', mail(
		"Your account has been suspended.\nPlease verify your account within 24 hours.\n",
		Subject => 'Your mailbox will be locked')],
	konto => ['ISP_PHISH_ACCOUNT', mail(
		"Ihr Konto wurde gesperrt. Best\xc3\xa4tigen Sie bitte Ihre Daten innerhalb von 24 Stunden.\n")],
	mailbox => ['ISP_PHISH_MAILBOX', mail("Your mailbox has exceeded its storage limit.\n")],
	parcel => ['ISP_PHISH_PARCEL', mail("Your parcel could not be delivered. Pay 1.99 EUR to get it.\n")],
	boss => ['ISP_BOSS_FRAUD', mail("Are you available? I am in a meeting.\n",
		'Reply-To' => 'ceo.office@gmail.com')],
	cards => ['ISP_GIFT_CARDS', mail("I need you to get some Apple gift cards, scratch them and send the codes.\n")],
	blackmail => ['ISP_BLACKMAIL', mail("I have recorded you with your webcam. Send 900\$ in bitcoin.\n")],
	page => ['HTML_ATTACHED ISP_HTML_PASSWORD ISP_HTML_ATTACHED_TRICK', attachment('See the invoice.',
		'invoice.html', '<form action="https://x.example/"><input name="p" type="password"></form>')],
	data => ['ISP_URI_DATA', html('<p>Read <a href="data:text/html;base64,PGI+">this</a></p>')],
	script => ['ISP_HTML_ESCAPED', html('<script>document.write(atob("PGI+"))</script>')],
	short => ['ISP_URI_SHORTENER', mail("See https://bit.ly/3xyzabc for it.\n")],
	brand => ['ISP_FROM_BRAND', mail("Hello\n", From => '"PayPal Service" <info@shop.example>')],
	lookalike => ['ISP_FROM_LOOKALIKE', mail("Hello\n", From => 'Support <info@paypal-security.example>')],
	other => ['ISP_FROM_OTHER_ADDRESS', mail("Hello\n", From => '"boss@example.org" <x@sender.example>')],
	homoglyph => ['ISP_SUBJECT_HOMOGLYPH', mail("Hello\n",
		Subject => '=?utf-8?B?' . encode_base64("P\xd0\xb0yp\xd0\xb0l", '') . '?=')],
	host => ['ISP_URI_BRAND', mail("Sign in at https://paypal.com.account-check.top/login\n")],
	lookalike_host => ['ISP_URI_LOOKALIKE', mail("Sign in at https://www.micros0ft.example.com/login\n")],
	free_host => ['ISP_URI_FREE_HOST', mail("Sign in at https://mail-login.web.app/\n")],
	redirect => ['ISP_URI_REDIRECT', mail("See https://www.google.com/url?q=https://x.example/\n")],
	hidden => ['ISP_URI_LOGIN_PATH', mail("See https://shop.example.com/wp-content/uploads/a/index.html\n")],
);
my %good = (
	lunch => mail("Hello John,\n\nshall we have lunch on Friday? The invoice is attached.\n\nAda\n"),
	order => html('<html><body><h1>Thank you for your order</h1><p>Your parcel has been sent. Total: 24.99 EUR. '
		. '<a href="https://shop.example/track?id=1"><img src="https://shop.example/l.png" width=100></a>'
		. '<p>You receive this mail because you bought from us. '
		. '<a href="https://shop.example/unsubscribe">Unsubscribe</a></body></html>',
		From => 'Shop <service@shop.example>', Subject => 'Your order 123456'),
	code => mail("Use 123456 to confirm your sign-in. If this was not you, change your password.\n",
		From => 'GitHub <noreply@github.com>', Subject => '[GitHub] Please verify your device'),
	paypal => mail("You sent 20.00 EUR to Shop.\n", From => '"PayPal" <service@paypal.de>',
		Subject => 'Receipt for your payment'),
	amazon => mail("See https://www.amazon.de/gp/your-account/order-details?id=1 for it.\n",
		From => '"Amazon.de" <bestellbestaetigung@amazon.de>', Subject => 'Ihre Bestellung'),
	reply => mail("> Your account has been suspended. Verify your account.\n\nThis is phishing, delete it.\n",
		Subject => 'Re: Account suspended?', 'In-Reply-To' => '<0@example.org>'),
);

sub check
{
	my ($text) = @_;
	my (undef, $output) = run({ stdin => $text }, program(), 'scan', '-L', '-C', 'rules', '-o', 'stages=attachment spam',
		'-f', 'json', '-');
	return decode_json($output);
}

for my $name (sort keys %bad) {
	my ($rules, $text) = @{ $bad{$name} };
	my $tests = join ' ', map { $_->{name} } @{ check($text)->{tests} };
	like($tests, qr/\b$_\b/, "$name: $_") for split ' ', $rules;
}
for my $name (sort keys %good) {
	my $json = check($good{$name});
	cmp_ok($json->{score}, '<', 2.5, "$name is far from spam")
	    or diag(join ' ', map { "$_->{name}=$_->{score}" } @{ $json->{tests} });
}

my $corpus = $ENV{ISPFILTER_CORPUS} // 'build/corpus';
SKIP: {
	skip "no corpus in $corpus (t/fetch-corpus)", 4 unless -d "$corpus/easy-ham-1";
	# Every fourth mail from the second on: none that the scores were found with.
	my @masscheck = (program(), 'masscheck', '-C', 'rules', '-o', 'stages=attachment spam', '-f', 'json',
		'--only', '*.txt', '--part', '2/4');
	my ($status, $output) = run(@masscheck, (map { ('--ham', "$corpus/easy-ham-$_") } 1, 2),
		map { ('--spam', "$corpus/spam-$_") } 1, 2);
	is($status, 0, 'the corpus is checked');
	my $totals = decode_json($output =~ s/\A.*?^\{/{/msr)->{totals};
	cmp_ok($totals->{spam} + $totals->{ham}, '>', 1400, 'a quarter of it');
	cmp_ok($totals->{spam_found} / $totals->{spam}, '>=', 0.70, 'of the spam at least 70 % is found');
	cmp_ok($totals->{false_positives} / $totals->{ham}, '<=', 0.004, 'of the ham at most 0.4 % is mistaken');
	note("$totals->{spam_found} of $totals->{spam} spam, $totals->{false_positives} of $totals->{ham} ham");
}
done_testing;
