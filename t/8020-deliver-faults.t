#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# ispfilter deliver with each of its calls failing in turn: either the mail is
# delivered whole all the same, or the status is 75 and nothing is left behind;
# and then a repeated delivery succeeds. ISPFILTER_LONG=1 tries every error with
# every call, otherwise the calls that write get all and the others one each.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Deliver;
use Ispfilter::Tools qw(folder run slurp spew);

my $folder = folder('faults');
my $lda = Ispfilter::Deliver->new($folder);
my @arguments = ('-d', 'john@example.org', '-f', 'ada@sender.example', '-q',
	'4bXy0001');
my @errors = qw(ENOSPC EDQUOT EIO EMFILE EINTR);
my $calls = 'openat|mkdir|mkdirat|read|write|fsync|close|linkat|renameat|'
    . 'renameat2|unlinkat|getdents64|newfstatat|fstat|access|getcwd|umask|'
    . 'gethostname|uname|socket|connect|sendto';
# What must not be delivered when it fails.
my $must = qr/^(?:mkdirat\(|renameat2\(|fsync\(|
	openat\(.*(?:O_CREAT|O_DIRECTORY)|write\(.*Return-Path)/x;

sub wanted
{
	return "Return-Path: <ada\@sender.example>\n"
	    . "Delivered-To: john\@example.org\n$_[0]";
}

sub failing
{
	my ($mail, $step, $error, @with) = @_;
	$lda->forget;
	my ($status, $output) = $lda->trace($mail, ['-e',
		"inject=$step->[0]:error=$error:when=$step->[1]"], @arguments,
		@with);
	my @files = $lda->files;
	my @left = $lda->leftovers;
	return "left in tmp: @left" if @left;
	return "status 75, but there are @files" if $status == 75 && @files;
	return "status 75, but it says $output"
	    if $status == 75 && $output !~ /\A4\.\d\.\d /;
	return "status $status: $output" if $status != 75 && $status != 0;
	return 'status 0, but no whole mail' if $status == 0
	    && (@files != 1 || slurp($files[0]) ne wanted($mail));
	return 'was not noticed' if $status == 0 && $error ne 'EINTR'
	    && $step->[2] =~ $must && $step->[2] !~ /maildirsize|\/log"/;
	my ($again, $text) = $lda->deliver($mail, @arguments, @with);
	@files = $lda->files;
	return "repeated: status $again, $text" if $again != 0;
	return 'repeated: ' . @files . ' mails' if @files != 1;
	return '';
}

SKIP: {
	my $cannot = $lda->cannot_trace;
	skip $cannot, 1 if $cannot;
	for my $headers ('', "X-Spam: Yes\n") {
		my $name = $headers eq '' ? 'a mail' : 'spam';
		my @with = ('--quota', '1M,100');
		my $mail = $lda->mail(headers => $headers);
		$lda->forget;
		my ($status, $output, $trace) = $lda->trace($mail, [],
			@arguments, @with);
		is($status, 0, "$name is delivered") or diag($output);
		my @steps = Ispfilter::Deliver::steps($trace, $calls);
		my (@wrong, $tries);
		for my $number (0 .. $#steps) {
			my $step = $steps[$number];
			my @some = $ENV{ISPFILTER_LONG} || $step->[2] =~ $must
			    ? @errors : $errors[$number % @errors];
			for my $error (@some) {
				$tries++;
				my $problem = failing($mail, $step, $error,
					@with);
				push @wrong, "$error: $step->[2]: $problem"
				    if $problem ne '';
			}
		}
		is(join("\n", @wrong), '', "$name: " . @steps
		    . " calls failing, in $tries tries");
	}

	# A file system that does not know RENAME_NOREPLACE, such as NFS.
	my $mail = $lda->mail;
	$lda->forget;
	my ($status, $output, $trace) = $lda->trace($mail, ['-e',
		'inject=renameat2:error=EINVAL'], @arguments);
	is($status, 0, 'without RENAME_NOREPLACE it is a link') or diag($output);
	ok((grep { /^linkat\(.* = 0/ } @$trace), 'that is made');
	is(join('', map { slurp($_) } $lda->files), wanted($mail), 'the mail');
	is_deeply([$lda->leftovers], [], 'nothing in tmp');
}

# A full disk.
SKIP: {
	skip 'only root can mount', 1 if $>;
	my ($failed, $why) = run('mount', '-t', 'tmpfs', '-o',
		'size=64k,mode=0777', 'ispfilter-test', "$folder/mail");
	skip "mounting is not permitted: $why", 1 if $failed;
	my ($status, $output) = $lda->deliver($lda->mail(body => 'x' x 100_000),
		@arguments);
	my @files = ($lda->files, $lda->leftovers);
	my ($small) = $lda->deliver($lda->mail, @arguments);
	my @small = $lda->files;
	run('umount', "$folder/mail");
	is($status, 75, 'a full disk: status 75');
	like($output, qr/\A4\.\d\.\d .*No space left/, 'its words');
	is_deeply(\@files, [], 'nothing is left');
	is($small, 0, 'a mail that fits is delivered');
	is(scalar @small, 1, 'once');
}
done_testing;
