#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# ispfilter deliver killed in front of each of its calls, then repeated as
# Postfix does: the mail is there whole and once, and nothing else is.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Deliver;
use Ispfilter::Tools qw(folder slurp);

my $lda = Ispfilter::Deliver->new(folder('killed'));
my $cannot = $lda->cannot_trace;
plan skip_all => $cannot if $cannot;

my @arguments = ('-d', 'john@example.org', '-f', 'ada@sender.example', '-q',
	'4bXy0001', '--quota', '10M,1000');
my $calls = 'open|openat|mkdir|mkdirat|read|write|fsync|close|link|linkat|'
    . 'rename|renameat|renameat2|unlink|unlinkat|getdents64|newfstatat|fstat|'
    . 'lseek|exit_group';
my $other = $lda->mail(id => 'OTHER');

# Problems after one killed delivery of $mail and its repetition.
sub killed_at
{
	my ($mail, $name, $number, $wanted, $before) = @_;
	$lda->forget;
	$lda->deliver($other, @arguments) if $before eq 'used';
	my $others = () = $lda->files;
	my ($status) = $lda->trace($mail, ['-e',
		"inject=$name:signal=KILL:when=$number"], @arguments);
	return 'was not killed' if $status != 128 + 9;
	my @found = grep { !/OTHER/ } map { slurp($_) } $lda->files;
	return 'partial' if grep { $_ ne $wanted } @found;
	# Somebody reads it before Postfix tries again.
	if ($before eq 'seen') {
		rename $_, s{/new/([^/]+)$}{/cur/$1:2,S}r for $lda->files;
	}
	my ($again, $output) = $lda->deliver($mail, @arguments);
	return "repeated: status $again, $output" if $again != 0;
	my @files = $lda->files;
	return 'copies: ' . (@files - $others) if @files != $others + 1;
	return 'not whole' unless grep { slurp($_) eq $wanted } @files;
	my @left = $lda->leftovers;
	return "left in tmp: @left" if @left;
	return '';
}

# A mail into the INBOX that is new, into one in use, and spam; the last is
# read before the delivery is repeated.
my @cases = (['a new Maildir', 'new', ''], ['a Maildir in use', 'used', ''],
	['a new Junk folder', 'new', "X-Spam: Yes\n"],
	['a mail that is read at once', 'seen', '']);
for my $case (@cases) {
	my ($name, $before, $headers) = @$case;
	my $mail = $lda->mail(headers => $headers, body => "x\n" x 1000);
	my $wanted = "Return-Path: <ada\@sender.example>\n"
	    . "Delivered-To: john\@example.org\n$mail";
	$lda->forget;
	$lda->deliver($other, @arguments) if $before eq 'used';
	my ($status, $output, $trace) = $lda->trace($mail, [], @arguments);
	is($status, 0, "$name: delivers") or diag($output);
	my @steps = Ispfilter::Deliver::steps($trace, $calls);
	cmp_ok(scalar @steps, '>', 30, "$name: calls to be killed at");
	my @wrong;
	for my $step (@steps) {
		my $problem = killed_at($mail, @$step[0, 1], $wanted, $before);
		push @wrong, "$step->[2]: $problem" if $problem ne '';
	}
	is(join("\n", @wrong), '', "$name: killed at each of "
	    . @steps . ' calls, the mail is there once');

	# The order in which it becomes durable.
	my @order = map { $_->[2] =~ /^renameat2/ ? 'rename' : $_->[0] }
	    grep { $_->[2] !~ /^renameat2?\(.*maildirsize/ }
	    Ispfilter::Deliver::steps($trace, 'write|fsync|renameat2|exit_group');
	like("@order", qr/ write fsync rename fsync (?:write )*exit_group$/,
	    "$name: write, fsync, rename, fsync of the folder");
}
done_testing;
