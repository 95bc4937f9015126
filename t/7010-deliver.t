#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# ispfilter deliver: options and statuses of Dovecot's, where the mail lies and
# what it looks like.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use POSIX ();
use Test::More;
use Ispfilter::Deliver;
use Ispfilter::Maildir qw(header maildir_files maildir_mails maildir_tree);
use Ispfilter::Tools qw(folder run slurp spew wait_until);

my $folder = folder('deliver');
my $lda = Ispfilter::Deliver->new($folder);
my $john = $lda->maildir;
my @to = ('-d', 'john@example.org');

sub gives
{
	my ($wanted, $pattern, $name, $mail, @arguments) = @_;
	my ($status, $output) = $lda->deliver($mail, @arguments);
	is($status, $wanted, "$name: status $wanted");
	like($output, $pattern, "$name: its words");
}

sub mails
{
	my @files = maildir_files(@_);
	return scalar @files;
}

# The first mail makes the Maildir.
my $mail = $lda->mail;
gives(0, qr/\A\z/, 'a first mail', $mail, '-d', 'John@Example.org',
	'-f', 'ada@sender.example', '-a', 'info@example.org', '-q', '4bXy0001');
is(maildir_tree($john) =~ s/\S+,S=\S+/MAIL/r, "cur/\nnew/\n  MAIL\ntmp/\n",
	'a Maildir with one mail');
my ($file) = maildir_files($john);
is(slurp($file), "Return-Path: <ada\@sender.example>\n"
    . "Delivered-To: John\@Example.org\n$mail", 'the mail and who it is for');
my ($name) = $file =~ m{([^/]+)$};
my $size = -s $file;
my $crlf_size = $size + (slurp($file) =~ tr/\n//);
like($name, qr/^1793610000\.Q[0-9a-f]{32}\.[^,:\/]+,S=$size,W=$crlf_size$/,
	'its name: time of arrival, key, host and sizes');
for my $path ($file, "$john/new", "$john/cur", "$john/tmp", $john,
	"$folder/mail/example.org") {
	my $wanted = -d $path ? 0700 : 0600;
	is((stat $path)[2] & 07777, $wanted, sprintf 'mode %04o of %s', $wanted,
		$path =~ s/^\Q$folder\E//r);
}
like($lda->log, qr/ 4bXy0001: to=<John\@Example.org> from=<ada\@sender\.example> mailbox=INBOX size=$size spam=no status=delivered$/m,
	'one log line') or diag($lda->log);

# The same once more, as Postfix does when it did not hear of the success.
gives(0, qr/\A\z/, 'a repeated delivery', $mail, '-d', 'John@Example.org',
	'-f', 'ada@sender.example', '-a', 'info@example.org', '-q', '4bXy0001');
is(mails($john), 1, 'makes no second copy');
rename $file, "$john/cur/$name:2,S";
$lda->deliver($mail, '-d', 'John@Example.org', '-f', 'ada@sender.example',
	'-a', 'info@example.org', '-q', '4bXy0001');
is(mails($john), 1, 'nor when the first was seen');
like($lda->log, qr/status=already-delivered/, 'and the log tells');
$lda->deliver($mail, '-d', 'John@Example.org', '-q', '4bXy0002');
is(mails($john), 2, 'another queue id is another mail');
$lda->deliver($mail =~ s/Hello/Howdy/r, '-d', 'John@Example.org',
	'-q', '4bXy0002');
is(mails($john), 3, 'and so is another text');
$lda->deliver("Subject: x\n\nsame\n", @to) for 1 .. 2;
is(mails($john), 5, 'without a queue id, two are two');

# An address extension leads to the same Maildir, if there are extensions.
$lda->deliver($mail, '-d', 'john+lists@example.org', '-q', '4bXy0003', '-o',
	'recipient_delimiter=+');
is(mails($john), 6, 'john+lists is john where + is a recipient_delimiter');
$lda->deliver($mail, '-d', 'john+lists@example.org', '-q', '4bXy0004');
is(mails($john), 6, 'and another user where it is none');
ok(-d $john =~ s/john/john+lists/r, 'with a Maildir of his own');

# Nobody's mail does not make a Maildir, where the tables are to be asked.
my @checked = ('-o', 'deliver_check_recipient=yes', '-o',
	'virtual_mailbox_domains=example.org', '-o',
	'virtual_mailbox_maps=inline:{john@example.org=1}');
gives(67, qr/^5\.1\.1 .*User unknown/, 'an unknown recipient', $mail, '-d',
	'nobody@example.org', @checked);
ok(!-e $john =~ s/john/nobody/r, 'gets no Maildir');
gives(0, qr/\A\z/, 'a known one', $mail, '-d', 'john@example.org', '-q',
	'4bXy0005', @checked);
is(mails($john), 7, 'gets the mail');
gives(75, qr/^4\.3\.[05] /, 'tables that cannot tell', $mail, '-d',
	'john@example.org', @checked, '-o',
	"virtual_mailbox_maps=sqlite:$folder/missing.cf");

# Trace fields.
sub delivered
{
	my ($text, @arguments) = @_;
	$lda->forget;
	my ($status, $output) = $lda->deliver($text, @to, @arguments);
	is($status, 0, 'delivered') or diag($output);
	return (maildir_mails($john))[0];
}

my $text = delivered($lda->mail(top => "Return-Path: <ada\@sender.example>\n"
    . "X-Original-To: info\@example.org\nDelivered-To: john\@example.org\n"),
	'-f', 'ada@sender.example');
is(scalar(() = header($text, 'Return-Path')), 1, 'one Return-Path');
is(scalar(() = header($text, 'Delivered-To')), 1, 'one Delivered-To');
$text = delivered($lda->mail(headers => "Delivered-To: old\@hop.example\n"),
	'-f', '<>');
is_deeply([header($text, 'Delivered-To')], ['john@example.org',
	'old@hop.example'], 'that of an earlier hop stays below ours');
is_deeply([header($text, 'Return-Path')], ['<>'], 'the null sender');
is_deeply([header(delivered($lda->mail, '-f', $_), 'Return-Path')], ['<>'],
	"also as \"$_\"") for '', 'MAILER-DAEMON';
is_deeply([header(delivered($lda->mail), 'Return-Path')], [],
	'no sender, no Return-Path');
$text = delivered("From ada Mon Nov  2 10:00:00 2026\n" . $lda->mail);
unlike($text, qr/^From /m, 'an mbox line goes');
$text = delivered($lda->mail =~ s/\n/\r\n/gr, '-f', "a\@b\nX-Evil: yes");
unlike($text, qr/(?<!\r)\n/, 'a mail with CRLF gets fields with CRLF');
unlike($text, qr/^X-Evil/m, 'a sender cannot write a field');
is((header(delivered($lda->mail, '-r', 'final@example.org'),
	'Delivered-To'))[0], 'final@example.org', '-r is in Delivered-To');

# Spam.
my @is_spam = (headers => "X-Spam-Flag: YES\n");
$lda->forget;
$lda->deliver($lda->mail(@is_spam), @to);
$lda->deliver($lda->mail(headers => "X-Spam: Yes\n"), @to);
$lda->deliver($lda->mail(body => "X-Spam-Flag: YES\n"), @to);
is(mails($john, '.Junk'), 2, 'spam goes to .Junk');
is(mails($john), 1, 'words in the body do not make spam');
is(slurp("$john/subscriptions"), "V\t2\n\nJunk\n", '.Junk is subscribed');
ok(-e "$john/.Junk/maildirfolder", 'and marked as a folder');
unlink "$john/subscriptions";
$lda->deliver($lda->mail(@is_spam), @to);
ok(!-e "$john/subscriptions", 'who unsubscribes stays so');
$lda->deliver($lda->mail(@is_spam), @to, '-o', 'deliver_spam_to_junk=no');
is(mails($john), 2, 'unless deliver_spam_to_junk = no');
$lda->deliver($lda->mail(@is_spam), @to, '-o', 'junk_folder=Mail/Spam');
is(mails($john, '.Mail.Spam'), 1, 'another junk_folder');
is(slurp("$john/subscriptions"), "V\t2\n\nMail\tSpam\n", 'subscribed too');

# -m
$lda->forget;
$lda->deliver($lda->mail, @to, '-m', 'Lists/perl');
is(mails($john), 1, '-m: a missing mailbox is the INBOX');
$lda->deliver($lda->mail, @to, '-m', 'Lists/perl', '-o',
	'deliver_autocreate=yes');
is(mails($john, '.Lists.perl'), 1, 'or it is made');
$lda->deliver($lda->mail, @to, '-m', 'Lists.perl');
is(mails($john, '.Lists.perl'), 2, 'and is used from then on');
$lda->deliver($lda->mail, @to, '-m', '../../../x', '-o',
	'deliver_autocreate=yes');
is(mails($john), 2, 'a name that leads away is the INBOX');

# Quota.
$lda->forget;
$mail = $lda->mail(body => 'x' x 3000);
gives(0, qr/\A\z/, 'a mail below the quota', $mail, @to, '--quota', '5000,10');
gives(75, qr/\A4\.2\.2 <john\@example\.org> Mailbox is full\n\z/,
	'a mail over it', $lda->mail(body => 'x' x 3000), @to, '--quota=5000,10');
gives(77, qr/\A5\.2\.2 /, 'the same with -e', $lda->mail(body => 'x' x 3000),
	@to, '--quota', '5000', '-e');
gives(77, qr/\A5\.2\.2 /, 'the same with over_quota = bounce',
	$lda->mail(body => 'x' x 3000), @to, '--quota', '5000', '-o',
	'over_quota=bounce');
gives(75, qr/\A4\.2\.2 /, 'too many mails', $lda->mail, @to, '-o',
	'quota_messages=1');
gives(0, qr/\A\z/, 'a repeated mail is not refused', $mail, @to, '--quota',
	'10');
is(mails($john), 1, 'one mail is there');
unlink maildir_files($john);
gives(0, qr/\A\z/, 'when mails were removed there is room again',
	$lda->mail(body => 'x' x 3000), @to, '--quota', '5000');
like(slurp("$john/maildirsize"), qr/\A5000S\n0 0\n3\d\d\d 1\n\z/,
	'maildirsize keeps count');

# What must not work.
my %wrong = ('no -d' => [], 'an option unknown' => [@to, '-z'],
	'a value missing' => [@to, '-f'], 'two recipients' => [@to, 'b@c.d'],
	'a long option unknown' => [@to, '--nonsense']);
gives(64, qr/\A4\.3\.5 ispfilter deliver: .*see --help\n\z/, $_, 'x',
	@{ $wrong{$_} }) for sort keys %wrong;
gives(67, qr/\A5\.1\.3 </, "to $_", 'x', '-d', $_)
    for '../etc@example.org', 'a/b@example.org', '.x@example.org',
    'john@..', "jo\nhn\@example.org", 'john';
gives(75, qr/\A4\.3\.5 .*unknown key "nonsense"/, 'an unknown setting', 'x',
	@to, '-o', 'nonsense=1');
gives(75, qr/\A4\.3\.5 .*--quota: quota_bytes = much/, 'a strange quota', 'x',
	@to, '--quota', 'much');
gives(75, qr/\A4\.3\.5 .*\/none/, 'a missing file of settings', 'x', @to,
	'-c', "$folder/none");
gives(75, qr/\A4\.3\.0 .*did not arrive/, 'an empty mail', '', @to);
gives(77, qr/\A5\.3\.4 /, 'a huge mail', 'x' x 2000, @to, '-o',
	'deliver_size_limit=1K');
gives(75, qr/\A4\.3\.0 .*No such file/, 'a mail store that is not mounted', 'x',
	@to, '-o', "mail_location=$folder/none/%d/%n");
ok(!-e "$folder/none", 'is not made');
gives(0, qr/\Ausage: ispfilter deliver/, '--help', '', '--help');
spew("$folder/message", $lda->mail);
$lda->forget;
gives(0, qr/\A\z/, '-p reads a file', 'x', @to, '-k', '-n', '-s', '-p',
	"$folder/message");
is(mails($john), 1, 'and delivers it');

# Something else in the Maildir's place.
$lda->forget;
mkdir "$folder/elsewhere";
chmod 0777, "$folder/elsewhere";
run($lda->as, 'mkdir', '-p', "$folder/mail/example.org/john");
symlink "$folder/elsewhere", $john;
gives(73, qr/\A4\.3\.5 .*not a folder, or a symbolic link/,
	'a symbolic link in the Maildir\'s place', $lda->mail, @to);
unlink $john;
spew($john, 'x');
gives(73, qr/\A4\.3\.5 /, 'a file in its place', $lda->mail, @to);
unlink $john;
symlink "$folder/elsewhere", "$folder/mail/evil.example";
gives(73, qr/\A4\.3\.5 /, 'a symbolic link above it', $lda->mail, '-d',
	'a@evil.example');
is_deeply([glob "$folder/elsewhere/*"], [], 'nothing went there');

# Signals of trouble from the system.
SKIP: {
	skip 'only root can change the owner', 6 if $>;
	$lda->deliver($lda->mail, @to);
	chown 0, 0, "$john/new", "$john/tmp";
	gives(75, qr/\A4\.3\.0 .*Permission denied/, 'a Maildir of another',
		$lda->mail, @to);
	is(mails($john), 1, 'nothing was written');
	my ($status, $output) = run({ stdin => $mail }, $lda->command(@to));
	is($status, 75, 'root is refused');
	like($output, qr/\A4\.3\.5 .*root/, 'in words');
	is(mails($john), 1, 'and nothing is written');
}
$lda->forget;
my ($status, $output) = run({ stdin => $lda->mail(body => 'x' x 8192) },
	$lda->as, 'sh', '-c', 'ulimit -f 4; exec "$@"', 'sh',
	$lda->command(@to));
is($status, 75, 'a limit on file sizes is a temporary error') or diag($output);
is_deeply([$lda->files, $lda->leftovers], [], 'that leaves nothing');

# Postfix dies in the middle of a mail: half of it must not be delivered.
pipe my $read_end, my $write_end;
my $postfix = fork // die "fork: $!\n";
if (!$postfix) {
	my $child = fork;
	if (!$child) {
		close $write_end;
		open STDIN, '<&', $read_end;
		open STDERR, '>', "$folder/half";
		exec $lda->as, $lda->command(@to);
	}
	syswrite $write_end, "Received: by mx id HALF\nSubject: x\n\nhalf";
	sleep 1;
	kill 'KILL', $$;
}
close $read_end;
close $write_end;
waitpid $postfix, 0;
wait_until { slurp("$folder/half") } 10;
like(slurp("$folder/half"), qr/\A4\.3\.0 .*did not arrive/,
	'a mail that broke off is not taken for a whole one');
is_deeply([$lda->files, $lda->leftovers], [], 'nothing of it was delivered');

# Many at once.
$lda->forget;
my @pids;
for my $number (1 .. 200) {
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		my @with = $number % 4 ? () : @is_spam;
		my ($failed) = $lda->deliver($lda->mail(id => "MANY$number",
			@with), @to, '--quota', '100M');
		POSIX::_exit($failed);
	}
	push @pids, $pid;
	next if @pids < 20;
	waitpid shift @pids, 0;
}
waitpid $_, 0 for @pids;
is(mails($john), 150, '200 at once: the INBOX');
is(mails($john, '.Junk'), 50, 'and Junk');
is_deeply([$lda->leftovers], [], 'nothing in tmp');

# One mail many times at once: Postfix was restarted, an old delivery lives on.
my $same = $lda->mail(id => 'SAME', headers => "X-Copy: one\n");
my %statuses;
@pids = map {
	my $pid = fork // die "fork: $!\n";
	POSIX::_exit(($lda->deliver($same, @to))[0]) unless $pid;
	$pid;
} 1 .. 20;
waitpid($_, 0), $statuses{$? >> 8}++ for @pids;
ok($statuses{0}, 'the same mail 20 times at once: one says it is delivered');
is_deeply([grep { !/^(?:0|75)$/ } keys %statuses], [], 'others may say 75');
$lda->deliver($same, @to);
is(scalar(grep { /^X-Copy: one$/m } maildir_mails($john)), 1,
	'it is there once');
is_deeply([$lda->leftovers], [], 'nothing in tmp');

my %ids;
$ids{$_}++ for map { /Subject: mail (\w+)/ } maildir_mails($john),
    maildir_mails($john, '.Junk');
is(scalar keys %ids, 201, 'each is there');
done_testing;
