#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The validation suite for ARC that its authors published, where it is at hand:
# each mail's chain is what the suite says (its field cv).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Tools qw(folder run slurp spew top);

my $suite = slurp(top() . '/../shared/hostile/arc/arc-draft-validation-tests.yml');
plan skip_all => 'the ARC suite is not here' unless defined $suite;

# As much of YAML as the suite uses: blocks by indentation, `|` and `>-`.
sub blocks
{
	my ($text, $indent) = @_;
	my (@blocks, $current);
	for my $line (split /\n/, $text) {
		if ($line =~ /^ {$indent}([^\s#][^:]*):\s*(.*)$/) {
			$current = { name => $1, head => $2, text => '' };
			push @blocks, $current;
		} elsif ($current) {
			$current->{text} .= "$line\n";
		}
	}
	return @blocks;
}

sub block { my ($name, @blocks) = @_;
	return (grep { $_->{name} eq $name } @blocks)[0] }

my $folder = folder('arc');
for my $document (split /^---\s*$/m, $suite) {
	my @parts = blocks($document, 0);
	my $tests = block('tests', @parts) or next;
	my $zone = '';
	for my $record (blocks(block('txt-records', @parts)->{text}, 2)) {
		my $text = join ' ', grep { length }
		    map { s/^\s+|\s+$//gr } split /\n/, $record->{text};
		$zone .= "$record->{name} TXT $text\n";
	}
	spew("$folder/zone", $zone);
	my (@files, %wanted);
	for my $test (blocks($tests->{text}, 2)) {
		my @fields = blocks($test->{text}, 4);
		my $mail = block('message', @fields)->{text};
		my $cv = block('cv', @fields);
		my ($verdict) = ($cv ? $cv->{head} : '') =~ /^(\w*)/;
		$mail =~ s/^ {6}//mg;
		$mail =~ s/\n\n*\z/\n/;
		push @files, spew("$folder/$test->{name}.eml", $mail);
		$wanted{ $files[-1] } = lc $verdict;
	}
	my ($status, $output) = run(top() . '/build/t/2600-dkim', '--arc',
		"$folder/zone", @files);
	is($status, 0, 'the chains are judged') or diag($output);
	for my $line (split /\n/, $output) {
		my ($file, $result, $why) = split / /, $line, 3;
		# What the suite leaves open has an empty cv.
		next if $wanted{$file} eq '';
		my ($name) = $file =~ m{([^/]+)\.eml$};
		is($result, $wanted{$file}, $name) or diag($why);
	}
}
done_testing;
