#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What `ispfilter deliver` writes, seen by a real Dovecot: mailboxes,
# subscriptions, flags, sizes, texts and the quota that both keep count of.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use POSIX ();
use Test::More;
use Ispfilter::Deliver;
use Ispfilter::Dovecot;
use Ispfilter::Maildir qw(maildir_files);
use Ispfilter::Tools qw(folder run slurp spew top);

my $cannot = Ispfilter::Dovecot->cannot;
plan skip_all => $cannot if $cannot;

my $folder = folder('deliver-imap');
my $user = 'john@example.org';
my $dovecot = Ispfilter::Dovecot->new(folder => $folder,
	users => { $user => 'secret' }, conf => { '2.3' => <<'OLD', '2.4' => <<'NEW' });
mail_plugins = quota
protocol imap {
  mail_plugins = quota imap_quota
}
plugin {
  quota = maildir:User quota
  quota_rule = *:bytes=100000
}
OLD
mail_plugins {
  quota = yes
}
protocol imap {
  mail_plugins {
    imap_quota = yes
  }
}
quota "User quota" {
  driver = maildir
  storage_size = 100000
}
NEW
my $lda = Ispfilter::Deliver->new($folder);
is($lda->maildir, $dovecot->maildir($user), 'both mean the same Maildir');

my @arguments = ('-d', $user, '-f', 'ada@sender.example', '-q', '4bXy0001',
	'--quota', '100000');
my $mail = $lda->mail(body => "Hello John.\nHello again.\n");
my $spam = $lda->mail(headers => "X-Spam-Flag: YES\n");
$lda->deliver($mail, @arguments);
$lda->deliver($spam, @arguments);
$lda->deliver($lda->mail, @arguments, '-m', 'Lists/perl', '-o',
	'deliver_autocreate=yes');

$dovecot->start;
my $answer = $dovecot->imap($user, 'LIST "" "*"');
like($answer, qr{^\* LIST \([^)]*\) "/" INBOX\r$}m, 'INBOX is listed');
like($answer, qr{^\* LIST \([^)]*\) "/" Junk\r$}m, 'Junk is listed');
like($answer, qr{^\* LIST \([^)]*\) "/" Lists/perl\r$}m, 'and a deep one');
$answer = $dovecot->imap($user, 'LSUB "" "*"');
like($answer, qr{^\* LSUB \([^)]*\) "/" Junk\r$}m, 'Junk is subscribed');
like($answer, qr{^\* LSUB \([^)]*\) "/" Lists/perl\r$}m, 'the deep one too');

my ($file) = maildir_files($lda->maildir);
my ($crlf_size) = $file =~ /,W=(\d+)$/;
my $text = slurp($file) =~ s/\n/\r\n/gr;
$answer = $dovecot->imap($user, 'SELECT INBOX',
	'FETCH 1:* (FLAGS RFC822.SIZE BODY.PEEK[])');
like($answer, qr/^\* 1 EXISTS\r$/m, 'one mail in the INBOX');
like($answer, qr/FLAGS \(\\Recent\)/, 'it is new');
like($answer, qr/RFC822\.SIZE $crlf_size\b/, 'its size is that of its name');
is(length $text, $crlf_size, 'which is true');
ok(index($answer, $text) >= 0, 'its text is whole');
like($dovecot->imap($user, 'SELECT Junk', 'FETCH 1 (BODY.PEEK[])'),
	qr/X-Spam-Flag: YES/, 'the spam is in Junk');

# Dovecot has moved it to cur by now.
like((maildir_files($lda->maildir))[0], qr{/cur/}, 'Dovecot has seen it');
$dovecot->imap($user, 'SELECT INBOX', 'STORE 1 +FLAGS (\Seen \Flagged)');
is(($lda->deliver($mail, @arguments))[0], 0, 'a repeated delivery');
like($dovecot->imap($user, 'SELECT INBOX'), qr/^\* 1 EXISTS\r$/m,
	'makes no second copy');

# Subscriptions that Dovecot has written.
$dovecot->imap($user, 'UNSUBSCRIBE Lists/perl', 'CREATE Sent',
	'SUBSCRIBE Sent');
$lda->deliver($lda->mail, @arguments, '-m', 'Other', '-o',
	'deliver_autocreate=yes');
my @subscribed = sort $dovecot->imap($user, 'LSUB "" "*"')
    =~ m{^\* LSUB \([^)]*\) "/" (\S+)\r$}mg;
is_deeply(\@subscribed, [qw(Junk Other Sent)], 'both keep the subscriptions');

# Quota: one count for both.
sub storage
{
	my ($used) = $dovecot->imap($user, 'GETQUOTAROOT INBOX')
	    =~ /\(STORAGE (\d+) \d+\)/;
	return $used;
}

sub stored
{
	my $sum = 0;
	$sum += -s $_ for map { maildir_files($lda->maildir, $_) } '', '.Junk',
	    '.Lists.perl', '.Other', '.Sent';
	return $sum;
}

my $long = ('x' x 79 . "\n") x 250;
$lda->deliver($lda->mail(body => $long), @arguments) for 1 .. 3;
cmp_ok(stored(), '>', 60_000, 'there is something to count');
is(storage(), POSIX::ceil(stored() / 1024), 'Dovecot takes our count');
$dovecot->imap($user, 'SELECT INBOX', 'STORE 2 +FLAGS (\Deleted)', 'EXPUNGE');
$lda->deliver($lda->mail(body => $long), @arguments);
is(storage(), POSIX::ceil(stored() / 1024), 'and keeps it with us');
my ($status, $output) = $lda->deliver($lda->mail(body => 'x' x 100_000),
	@arguments);
is($status, 75, 'over it') or diag($output);
like($output, qr/\A4\.2\.2 /, 'mail waits');

# What is shipped for Dovecot, as one of its own readers sees it.
my ($versions, $means) = Ispfilter::Dovecot->is_new
    ? ("dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n",
	qr{^mail_path = /home/vmail/%\{user \| domain\}/%\{user \| username\}/Maildir$}m)
    : ("protocols = imap\n", qr{^mail_location = maildir:/home/vmail/%d/%n/Maildir$}m);
for my $file (glob Ispfilter::Dovecot->shipped . '/*.conf') {
	my ($name) = $file =~ m{([^/]+)$};
	spew("$folder/$name", $versions . "log_path = /dev/null\n"
	    . "!include $file\n");
	my ($failed, $said) = run('doveconf', '-n', '-c', "$folder/$name");
	is($failed, 0, "$name is understood") or diag($said);
	like($said, $means, "$name means our default");
}

unlike($dovecot->log, qr/(?:Error|Panic|Fatal|Warning):/,
	'Dovecot has nothing to complain about');
done_testing;
