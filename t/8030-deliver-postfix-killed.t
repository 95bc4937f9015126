#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A real Postfix whose every second `ispfilter deliver` is killed at a random
# call: in the end each mail is there once.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Deliver;
use Ispfilter::Maildir qw(maildir_mails);
use Ispfilter::Postfix;
use Ispfilter::Tools qw(folder run slurp spew);

my $folder = folder('postfix-killed');
my $lda = Ispfilter::Deliver->new($folder);
my $cannot = Ispfilter::Postfix->cannot || $lda->cannot_trace;
plan skip_all => $cannot if $cannot;

my $mails = $ENV{ISPFILTER_LONG} ? 400 : 40;
my ($status, $output, $trace) = $lda->trace($lda->mail, [], '-d',
	'first@example.org');
my @steps = map { "$_->[0] $_->[1]" } Ispfilter::Deliver::steps($trace,
	'openat|mkdirat|read|write|fsync|close|renameat2|unlinkat|exit_group');
spew("$folder/steps", join '', map { "$_\n" } @steps);
# The last calls are those behind the rename, where a copy is there already.
spew("$folder/sometimes", <<"END", 0755);
#!/usr/bin/perl
my \@strace;
if (rand() < 0.5) {
	open my \$in, '<', '$folder/steps';
	my \@steps = <\$in>;
	splice \@steps, 0, \@steps - 8 if rand() < 0.5;
	my (\$name, \$number) = split ' ', \$steps[rand \@steps];
	\@strace = ('strace', '-o', '/dev/null', '-e',
		"inject=\$name:signal=KILL:when=\$number");
}
exec \@strace, \@ARGV;
END
my $postfix = Ispfilter::Postfix->new(folder => "$folder/postfix",
	main => {
		virtual_mailbox_domains => 'example.org',
		virtual_mailbox_maps => 'static:1',
		virtual_transport => 'ispfilter',
		ispfilter_destination_recipient_limit => 1,
		minimal_backoff_time => '1s',
		maximal_backoff_time => '1s',
		queue_run_delay => '1s',
		# Deaths of a command count against a destination.
		ispfilter_destination_concurrency_failed_cohort_limit => 0,
	}, master => <<"END")->start;
ispfilter unix - n n - 4 pipe
  flags=DRXhu user=nobody null_sender=
  argv=$folder/sometimes $folder/ispfilter deliver -c $folder/conf
  -f \${sender} -a \${original_recipient} -d \${recipient} -q \${queue_id}
END
for my $number (1 .. $mails) {
	my ($failed, $said) = run({ stdin => "Subject: number $number\n\n"
	    . "x\n" x 100 }, '/usr/sbin/sendmail', '-C', $postfix->{etc},
		'-f', 'ada@sender.example', '-i', 'john@example.org');
	diag($said) if $failed;
}
ok($postfix->wait_empty(300), 'Postfix gets rid of all mail')
    or diag($postfix->queue_listing);
my $deaths = () = $postfix->log =~ /died with signal 9/g;
cmp_ok($deaths, '>', 5, 'deliveries were killed');
note("$deaths deliveries killed");
$postfix->stop;
my @found = maildir_mails($lda->maildir);
my %copies;
$copies{$_}++ for map { /^Subject: number (\d+)$/m } @found;
is(scalar keys %copies, $mails, 'no mail is lost');
is_deeply([grep { $copies{$_} > 1 } keys %copies], [], 'none is there twice');
is(scalar(grep { !/\n\n(?:x\n){100}\z/ } @found), 0, 'all are whole');
is_deeply([$lda->leftovers], [], 'nothing in tmp');
like($lda->log, qr/status=already-delivered/,
	'some were found where a killed delivery had put them');
done_testing;
