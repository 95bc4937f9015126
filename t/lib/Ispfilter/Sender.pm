# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Sender;

# Mails to measure with, and the program that sends them (t/bench/smtp-load.c).
#
#	my %lists = sender_mails($folder, 300);	# files warm and test, what
#	my $got = sender_run($port, $lists{test}, 4, $file_of_recipients);
#	$got->{per_second}, $got->{end_p50}

use strict;
use warnings;
use Exporter 'import';
use JSON::PP qw(decode_json);
use Ispfilter::Mail qw(clean_mail attachment_mail);
use Ispfilter::Tools qw(program run spew top);

our @EXPORT_OK = qw(sender_mails sender_run sender_recipients sender_program);

# A program of t/bench, built beside the one under test.
sub sender_program
{
	my ($name) = @_;
	my ($build) = program() =~ m{^(.*)/[^/]+$};
	$build = top() . '/build' unless -x "$build/t/bench/$name";
	return "$build/t/bench/$name";
}

# The public corpus if it is there, evenly taken; else mails made here. No mail
# is in both lists, and none twice: scanners remember what they have seen.
sub sender_mails
{
	my ($folder, $count) = @_;
	my $corpus = $ENV{ISPFILTER_CORPUS} // top() . '/build/corpus';
	my @files = sort glob "$corpus/*/*.txt";
	my $what = "$count mails of the public corpus";
	if (@files < $count * 2) {
		@files = _made("$folder/made", $count * 2);
		$what = "$count made mails";
	}
	my $step = @files / ($count * 1.0);
	my @test = map { int($_ * $step) } 0 .. $count - 1;
	my %used = map { $_ => 1 } @test;
	my @warm = grep { !$used{$_} } map { int($_ * @files / 60) + 1 } 0 .. 58;
	return (what => $what,
		test => _list("$folder/test", @files[@test]),
		warm => _list("$folder/warm", @files[@warm]));
}

sub _list
{
	my ($list, @files) = @_;
	return spew($list, join '', map { "$_\n" } @files);
}

sub _made
{
	my ($folder, $count) = @_;
	return map {
		my $mail = $_ % 4 ? clean_mail(Subject => "Mail $_",
			'X-Number' => $_) . "Number $_.\n" x ($_ % 50)
		    : attachment_mail("notes-$_.txt", "note $_\n" x 500);
		spew("$folder/$_.txt", $mail);
	} 1 .. $count;
}

sub _run
{
	my (@arguments) = @_;
	my ($status, $output) = run({ seconds => 1800 },
		sender_program('smtp-load'), @arguments);
	die "smtp-load: $output\n" if $status;
	return decode_json($output);
}

sub sender_run
{
	my ($port, $list, $sessions, $recipients) = @_;
	return _run('-c', $sessions, '-t', $recipients, $port, $list);
}

sub sender_recipients
{
	my ($port, $list, $sessions) = @_;
	return _run('-c', $sessions, '-r', $port, $list);
}

1;
