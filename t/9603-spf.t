#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The DNS and SPF for real: NSD behind a server with moods, the daemon, milter
# sessions, and what becomes of them when the DNS is slow, wrong or gone.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time);
use Ispfilter::Daemon;
use Ispfilter::DNS;
use Ispfilter::Milter;
use Ispfilter::Tools qw(folder program run spew wait_until);

plan skip_all => 'NSD is not installed' unless -x '/usr/sbin/nsd';

my $folder = folder('spf');
my $path = "$folder/run/s.sock";
my $many = join '', map { "many.test. MX $_ m$_.many.test.\n" } 1 .. 300;
my $long = join ' ', map { '"' . 'x' x 250 . '"' } 1 .. 40;
my $dns = Ispfilter::DNS->new(folder => $folder, signed => 1,
	zones => { '.' => <<"END" . $many })->start;
1.2.0.192.in-addr.arpa. PTR mail.good.test.
mail.good.test. A 192.0.2.1
mail.good.test. TXT "v=spf1 a -all"
good.test. TXT "v=spf1 include:inner.test -all"
inner.test. TXT "v=spf1 mx:good.test ?all"
good.test. MX 10 mail.good.test.
soft.test. TXT "v=spf1 ~all"
loop.test. TXT "v=spf1 include:loop.test -all"
many.test. TXT "v=spf1 mx -all"
long.test. TXT $long
long.test. TXT "v=spf1 ip4:192.0.2.1 -all"
alias.test. CNAME good.test.
cut.test. TXT "v=spf1 ip4:192.0.2.1 -all"
slow.test. TXT "v=spf1 -all"
odd.test. TXT "v=spf1 -all"
END
my %conf = (
	listen => "unix:$path", user => 'nobody', log => 'stderr',
	stages => 'auth spam', inspectors => 2, socket_group => '',
	scratch_directory => "$folder/scratch", rules => "$folder/rules.cf",
	spf_header => 'yes', dns_time_limit => '2s',
	dns_question_time_limit => '1s', dns_trust_anchor => $dns->anchor,
	$dns->conf,
);
spew("$folder/rules.cf", <<'END');
trusted_networks 198.51.100.0/24
internal_networks 198.51.100.1
loadplugin Mail::SpamAssassin::Plugin::SPF
header SPF_PASS eval:check_for_spf_pass()
header SPF_FAIL eval:check_for_spf_fail()
header SPF_SOFTFAIL eval:check_for_spf_softfail()
header SPF_NONE eval:check_for_spf_none()
header SPF_TEMPERROR eval:check_for_spf_temperror()
header SPF_PERMERROR eval:check_for_spf_permerror()
header SPF_HELO_PASS eval:check_for_spf_helo_pass()
header SPF_HELO_NONE eval:check_for_spf_helo_none()
END
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => \%conf);
$daemon->start;

my $id = 0;

# One mail: its answer, and its line in the log.
sub mail
{
	my (%with) = @_;
	my $queue_id = sprintf 'SPF%d', ++$id;
	my $milter = Ispfilter::Milter->new(path => $path);
	$milter->connect(name => 'x', addr => '192.0.2.1',
		helo => 'mail.good.test', %with);
	my $answer = $milter->mail_one(queue_id => $queue_id,
		sender => 'a@good.test', %with);
	$milter->quit;
	return ($answer, $daemon->wait_log("$queue_id: ") // '');
}

sub header_of
{
	my ($answer, $name) = @_;
	return join "\n", map { $_->[3] }
	    grep { defined $_->[2] && $_->[2] eq $name } @{ $answer->{edits} };
}

subtest 'results' => sub {
	my ($answer, $line) = mail();
	like $line, qr/auth="?spf:pass,helo:pass/, 'pass';
	like $line, qr/tests=SPF_HELO_PASS,SPF_PASS/, 'rules see it';
	like header_of($answer, 'Received-SPF'),
	    qr/^ ?pass \(.*client-ip=192\.0\.2\.1; identity=mailfrom;.*envelope-from="a\@good\.test".*mechanism="mx:good\.test"/s,
	    'Received-SPF';
	($answer, $line) = mail(addr => '192.0.2.9');
	like $line, qr/action=tag by=auth.*findings=SPF_FAIL.*auth=spf:fail/,
	    'fail is tagged';
	is $answer->{reply}, 'c', 'and accepted';
	($answer, $line) = mail(sender => 'a@soft.test');
	like $line, qr/auth=spf:softfail/, 'softfail';
	($answer, $line) = mail(sender => 'a@nothing.test');
	like $line, qr/auth=spf:none/, 'none';
	($answer, $line) = mail(sender => 'a@loop.test');
	like $line, qr/auth=spf:permerror/, 'a loop';
	($answer, $line) = mail(sender => 'a@many.test');
	like $line, qr/auth=spf:permerror/, '300 mail servers';
	($answer, $line) = mail(sender => 'a@long.test');
	like $line, qr/auth=spf:pass/, 'a long record beside it, by TCP';
	($answer, $line) = mail(sender => 'a@alias.test');
	like $line, qr/auth=spf:pass/, 'behind an alias';
	($answer, $line) = mail(sender => '', addr => '192.0.2.9');
	like $line, qr/auth=spf:fail,helo:fail.*/, 'the null sender';
	unlike $line, qr/tests=\S*SPF_FAIL/, 'of which rules hear nothing';
	($answer, $line) = mail(helo => "x)\"\r\nBcc: y", sender => '"\\\\"@good.test');
	unlike header_of($answer, 'Received-SPF'), qr/\nBcc/,
	    'nobody writes a header of ours';
	($answer, $line) = mail(macros => { '{auth_authen}' => 'user' },
		addr => '192.0.2.9');
	unlike $line, qr/auth=spf|findings=SPF_FAIL/, 'users of ours' ;
};

subtest 'hops' => sub {
	my $mail = "$folder/mail";
	spew($mail, <<'END');
Received: from fwd.test (fwd.test [198.51.100.7]) by mx.test with ESMTP id 1;
	Mon, 1 Jan 2024 00:00:00 +0000
Received: from mail.good.test (mail.good.test [192.0.2.1])
	by fwd.test with ESMTP id 2; Mon, 1 Jan 2024 00:00:00 +0000
From: a@good.test

text
END
	my $scan = sub {
		my (undef, $output) = run(program(), 'scan', '-C',
			"$folder/rules.cf", $dns->options, '-f', 'headers',
			'-o', 'stages=auth spam', '-o', 'spf_header=yes', '-c',
			'/dev/null', '--from', 'a@good.test', '--helo', 'h.test',
			@_, $mail);
		return $output;
	};
	like $scan->('--client', '198.51.100.1'),
	    qr/Received-SPF: fail.*client-ip=198\.51\.100\.7/s,
	    'an internal network is passed over';
	like $scan->('--client', '198.51.100.1', '-o',
		'spf_trusted_forwarders=198.51.100.0/28'),
	    qr/Received-SPF: pass.*client-ip=192\.0\.2\.1/s,
	    'and a trusted forwarder';
	like $scan->('--client', '192.0.2.9', '-o',
		'spf_trusted_forwarders=198.51.100.0/28'),
	    qr/Received-SPF: fail.*client-ip=192\.0\.2\.9/s,
	    'not one that the mail only tells of';
	like $scan->('--client', '192.0.2.9', '-e', '-f', 'text'),
	    qr/asked of the DNS:.*TXT good\.test: found.*"v=spf1 include/s,
	    '--explain shows what was asked';
	like $scan->('--client', '192.0.2.9', '-e', '-f', 'text'),
	    qr/origin:\s+came from 192\.0\.2\.9\s+SPF of MAIL FROM, good\.test: fail by -all \(/,
	    'and how the result came about';
	like $scan->('--client', '192.0.2.9', '-o', "dns_trust_anchor="
		. $dns->anchor, '-e', '-f', 'text'),
	    qr/TXT good\.test: found, secure/, 'and what DNSSEC proved';
	unlike $scan->('--client', '192.0.2.9', '-L'), qr/SPF/,
	    '-L: nobody is asked';
	is((run(program(), 'scan', '--client', 'x', $mail))[0], 64,
	    'an address that is none');
};

subtest 'a DNS with moods' => sub {
	for my $mood (qw(servfail refused silent garbage wrong-id loop short
	    truncated-only)) {
		$dns->mood('odd.test' => $mood);
		my $name = "$mood.odd.test";
		my $began = time;
		my ($answer, $line) = mail(sender => "a\@$name");
		like $line, qr/action=accept.*auth=spf:(?:temperror|none)/,
		    "$mood: temperror";
		is $answer->{reply}, 'c', 'and accepted';
		cmp_ok time - $began, '<', 6, 'within its time';
	}
	$dns->mood('cut.test' => 'truncated', 'slow.test' => 'late');
	my (undef, $line) = mail(sender => 'a@cut.test');
	like $line, qr/auth=spf:pass/, 'truncated: asked again by TCP';
	# libunbound may give up before we do: SERVFAIL, then.
	my @lines = map { (mail(sender => "a\@x$_.slow.test"))[1] } 1 .. 4;
	is scalar(grep { /auth=spf:temperror/ } @lines), 4, 'late: not used';
	ok scalar(grep { /dns-late=x\d\.slow\.test\/TXT/ } @lines),
	    'and named' or diag @lines;
};

subtest 'no DNS at all' => sub {
	$dns->mood('.' => 'silent');
	mail(sender => "a\@out$_.test", helo => "helo$_.test") for 1 .. 7;
	ok $daemon->wait_log('no name server answers'), 'the log says so once';
	my $began = time;
	for (1 .. 20) {
		my ($answer, $line) = mail(sender => "a\@gone$_.test",
			helo => "gonehelo$_.test", addr => "192.0.2.$_");
		is $answer->{reply}, 'c', "mail $_ is accepted"
		    or diag $line;
	}
	my $elapsed = time - $began;
	cmp_ok $elapsed, '<', 5, sprintf '20 mails in %.1f s', $elapsed;
	$dns->mood('.' => '');
	my $back = wait_until {
		my (undef, $line) = mail(sender => 'a@soft.test',
			helo => "back$id.test");
		$line =~ /spf:softfail/ && $daemon->wait_log('answer again', 1);
	} 60;
	ok $back, 'and all is well when it is back';
};

subtest 'reject' => sub {
	$daemon->configure(%conf, spf_fail => 'reject');
	$daemon->reload;
	my $loaded = wait_until {
		my @times = $daemon->log =~ /(policy in service)/g;
		@times > 1;
	} 60;
	ok $loaded, 'reload';
	my ($answer) = mail(addr => '192.0.2.9');
	like $answer->{reply}, qr/^y 550 5\.7\.23 SPF of good\.test/,
	    'a fail is refused';
	($answer) = mail();
	is $answer->{reply}, 'c', 'a pass is not';
	$dns->mood('good.test' => 'servfail');
	($answer) = mail(sender => 'a@x.good.test', addr => '192.0.2.9');
	is $answer->{reply}, 'c', 'nor is trouble with the DNS';
};

$daemon->stop;
is_deeply [$daemon->unexpected('no name server answers')], [],
    'no line of the log was unexpected';
done_testing;
