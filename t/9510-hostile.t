#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Others' hostile mail, where it is at hand: no mail whose file some program
# shows passes as clean, the leaves of torture mails are found, and of honest mail
# at most 1 in 1,000 is called ambiguous. Its last lines are the figures.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use List::Util qw(max);
use Test::More;
use Ispfilter::Mail qw(eicar_signature);
use Ispfilter::Tools qw(folder program run slurp spew top);

chdir top();
my $hostile = '../shared/hostile';
my $folder = folder('hostile');
spew("$folder/virus.ndb", eicar_signature());
spew("$folder/zip.cf", "attachment ZIP name =~ /\\.zip\$/i\naction ZIP reject\n");

# What is said of each file.
sub scan {
	my ($stages, @files) = @_;
	my %said;
	while (my @some = splice @files, 0, 1000) {
		my ($status, $output) = run({ seconds => 600, errors => "$folder/errors" }, program(), 'scan',
			'-C', "$folder/zip.cf", '-o', "stages=$stages", '-o', "virus_database=$folder/virus.ndb",
			'-f', 'json', @some);
		$said{$_->{file}} = $_ for map { decode_json($_) } grep { /^\{/ } split /\n/, $output;
	}
	return \%said;
}

sub is_flagged { scalar grep { /^(?:AMBIGUOUS|UNCHECKED)$/ } @{$_[0]->{findings}} }

sub rows {
	my ($head, @rows) = map { [split /\t/] } split /\n/, slurp($_[0]) // '';
	return map { my $row = $_; +{ map { ($head->[$_] => $row->[$_]) } 0 .. $#$head } } @rows;
}

# Under a second each; once more alone if it was not, since others may have kept
# the processor.
sub in_time {
	my ($what, $said) = @_;
	my @slow = grep { $said->{$_}{ms} > 1000 } sort keys %$said;
	@slow = grep { scan('attachment virus', $_)->{$_}{ms} > 1000 } @slow;
	is("@slow", '', "$what: each in under a second");
}

sub set {
	my ($what, $files, $exposed, $is_blocked, $must_be_blocked) = @_;
	my $said = scan('attachment virus', @$files);
	my (@clean, @open, $blocked, $flagged);
	for my $file (@$files) {
		my $verdict = $said->{$file} or push @clean, "$file (no line)" and next;
		next if $is_blocked->($verdict) && ++$blocked;
		push @open, $file if $must_be_blocked->($file);
		next if is_flagged($verdict) && ++$flagged;
		push @clean, $file;
	}
	is("@clean", '', "$what: none passes as clean");
	is("@open", '', "$what: what is plainly valid is blocked");
	is(join(' ', grep { my $file = $_; $exposed->{$file} && grep { $_ eq $file } @clean } @$files), '',
		"$what: nor one that any program shows");
	in_time($what, $said);
	diag(sprintf '%s: %d mails, %d blocked, %d ambiguous, %d clean', $what, scalar @$files, $blocked // 0,
		$flagged // 0, scalar @clean);
}

SKIP: {
	my $place = "$hostile/mime-is-broken";
	skip "$place is not there", 8 unless -d $place;
	my %exposed = map { ("$place/$_->{file}" => $_->{'any-extractor'}) } rows("$place/exposed-by.tsv");
	for my $case (['hide-content', sub { defined $_[0]{virus} }],
		['hide-filename', sub { grep { defined $_->{rule} } @{$_[0]{attachments}} }]) {
		my ($name, $is_blocked) = @$case;
		# One has no payload: its name is file.png and nothing else.
		my %valid = map { ("$place/$name.d/$_->{file}" => $_->{validity}) }
		    grep { $_->{file} ne 'fname-ctype.png.eml' } rows("$place/$name.d.manifest.tsv");
		set($name, [sort keys %valid], \%exposed, $is_blocked, sub { $valid{$_[0]} > 0 });
	}
}

SKIP: {
	my $place = "$hostile/mimeminer";
	skip "$place is not there", 5 unless -d $place;
	my %exposed = map { ("$hostile/$_->{file}" => $_->{'any-extractor'}) } rows("$place/exposed-by.tsv");
	my @files = sort glob "$place/eml/*.eml";
	my @harmless = grep { /manual_case|normal_msg/ } @files;
	my %harmless = map { $_ => 1 } @harmless;
	set('mimeminer', [grep { !$harmless{$_} } @files], \%exposed, sub { defined $_[0]{virus} }, sub { 0 });
	my $said = scan('attachment virus', @harmless);
	is(join(' ', map { @{$_->{findings}} } values %$said), '', 'mimeminer: its harmless mails are clean');
}

# The leaves of a parsed mail, and of messages in it.
sub leaves {
	my ($mail) = @_;
	return map {
		my ($kind, $content) = %{$_->{body}};
		$kind eq 'Multipart' ? () : $kind eq 'Message' ? leaves($content)
		    : ref $content ? pack('C*', @$content) : do { utf8::encode($content); $content };
	} @{$mail->{parts}};
}

sub normal { $_[0] =~ s/\r\n/\n/gr =~ s/\A\s+|\s+\z//gr }

SKIP: {
	my $place = "$hostile/mime-trees";
	skip "$place is not there", 3 unless -d $place;
	my @files = sort glob "$place/*/*.eml";
	my ($status, $output) = run({ seconds => 300 }, 'build/t/2540-readings', @files);
	is($status, 0, 'mime-trees: read without a crash');
	my (%ours, $file);
	for (split /\n/, $output) {
		$file = $_, next if m{^\Q$place\E/};
		my (undef, undef, @hex) = split /\t/, $_, -1;
		push @{$ours{$file}}, map { normal(pack 'H*', $_) } @hex;
	}
	my ($count, $equal) = (0, 0);
	for my $mail (@files) {
		for my $leaf (map { normal($_) } leaves(decode_json(slurp($mail =~ s/eml$/json/r)))) {
			$count++;
			$equal++, next if grep { $_ eq $leaf } @{$ours{$mail} // []};
			diag("$mail: not found: " . substr $leaf, 0, 60);
		}
	}
	cmp_ok($equal, '>=', 0.98 * $count, 'mime-trees: at least 98 % of the leaves are equal');
	in_time('mime-trees', scan('attachment virus', @files));
	diag(sprintf 'mime-trees: %d mails, %d of %d leaves equal', scalar @files, $equal, $count);
}

SKIP: {
	my @files = sort map { glob "build/corpus/$_/*.txt" } qw(easy-ham-1 easy-ham-2 hard-ham-1);
	skip 'build/corpus is not there (t/fetch-corpus brings it)', 2 unless @files;
	my $said = scan('attachment', @files);
	my @ambiguous = grep { grep { $_ eq 'AMBIGUOUS' } @{$said->{$_}{findings}} } @files;
	is(scalar keys %$said, scalar @files, 'honest mail: all of it is read');
	cmp_ok(1000 * @ambiguous, '<=', scalar @files, 'honest mail: at most 1 in 1,000 is ambiguous');
	diag("honest mail: $_: @{$said->{$_}{notes}}") for @ambiguous;
	diag(sprintf 'honest mail: %d mails, %d ambiguous', scalar @files, scalar @ambiguous);
}
done_testing;
