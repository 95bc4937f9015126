#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The verdict on a mail does not depend on how many inspectors there are, in
# which pieces the mail comes, or what was inspected before it. MAILS=2000 for
# the long form; SEED repeats one.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Daemon;
use Ispfilter::Mail qw(eicar_signature);
use Ispfilter::Milter;
use Ispfilter::Mutate qw(mutate mutate_sources);
use Ispfilter::Tools qw(folder rules spew);

my $count = $ENV{MAILS} // 80;
my $seed = $ENV{SEED} // int rand 2**31;
my $folder = folder('same');
rules($folder);
system('chmod', '-R', 'a+rX', $folder);
spew("$folder/eicar.ndb", eicar_signature());
my @sources = mutate_sources();
my @mails = map { mutate(\@sources, $seed, $_) } 1 .. $count;

# Header fields as Postfix hands them over; and the body.
sub split_mail
{
	my ($text) = @_;
	$text =~ s/\r?\n/\r\n/g;
	my ($head, $body) = split /\r\n\r\n/, $text, 2;
	my @header;
	for my $line (split /\r\n/, $head // '') {
		$line =~ tr/\0//d;
		if ($line =~ /^([!-9;-~]+)[ \t]*:(.*)/s) {
			push @header, [$1, $2];
		} elsif (@header && $line =~ /^[ \t]/) {
			$header[-1][1] .= "\n$line";
		}
	}
	return (\@header, $body // '');
}

# All verdicts: reply and header edits, as text.
sub verdicts
{
	my ($inspectors, $size, @order) = @_;
	my $path = "$folder/$inspectors.sock";
	my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => {
		listen => "unix:$path", user => $> ? (getpwuid $>)[0] : 'nobody',
		log => 'stderr', socket_group => '', poison => 'tempfail',
		rules => "$folder/rules", stages => 'attachment, virus, spam',
		virus_database => "$folder/eicar.ndb", dns => 'no',
		inspectors => $inspectors,
		scratch_directory => "$folder/scratch" })->start;
	my (@verdicts, $milter);
	for my $number (@order) {
		if (!$milter || $number % 7 == 0) {
			$milter->quit if $milter;
			$milter = Ispfilter::Milter->new(path => $path);
			$milter->connect;
		}
		my ($header, $body) = split_mail($mails[$number]);
		my $answer = $milter->mail_one(queue_id => "Q$number",
			header => $header, body => [unpack "(a$size)*", $body]);
		$verdicts[$number] = join "\n", $answer->{reply},
		    map { join ' ', @$_ } @{ $answer->{edits} };
	}
	$milter->quit;
	$daemon->stop;
	return \@verdicts;
}

my @numbers = 0 .. $#mails;
my $first = verdicts(1, 65535, @numbers);
my @kinds = sort keys %{{ map { (substr $_, 0, 5) => 1 } @$first }};
cmp_ok(scalar @kinds, '>', 1, 'the mails are not all alike');
for my $way ([2, 65535], [4, 1000], [3, 1, reverse @numbers], [1, 77]) {
	my ($inspectors, $size, @order) = @$way;
	my $now = verdicts($inspectors, $size, @order ? @order : @numbers);
	is_deeply([map { "$_: $first->[$_] / $now->[$_]" }
		grep { $first->[$_] ne $now->[$_] } @numbers], [],
		"SEED=$seed: $inspectors inspectors, chunks of $size");
}
done_testing;
