#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Every bound is a setting, and a mail that reaches one is never clean: it is
# marked UNCHECKED with the reason, put off at first, and refused when it comes
# again. Just below the bound it passes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use MIME::Base64 qw(encode_base64);
use Test::More;
use Ispfilter::Mail qw(attachment_mail clean_mail);
use Ispfilter::Tools qw(folder program run slurp spew top);

chdir top();
my $folder = folder();
my ($made, $said) = run({ seconds => 60 }, 't/lib/archive-samples', $folder);
is($made, 0, 'the samples are made') or BAIL_OUT($said);
spew("$folder/none.hsb", 'a' x 64 . ":1234:Ispfilter.Test.None\n");

sub verdict {
	my ($mail, @options) = @_;
	spew("$folder/mail", $mail);
	my (undef, $output) = run({ seconds => 60 }, program(), 'scan', '-L', '-C', 'rules/00_settings.cf', '-f', 'json',
		@options, "$folder/mail");
	my ($line) = $output =~ /^(\{.*\})$/m;
	return defined $line ? decode_json($line) : { broken => $output };
}

# A multipart with so many parts, so deep.
sub parts {
	my ($count, $depth) = @_;
	my $text = '';
	$text .= "--b$_\nContent-Type: multipart/mixed; boundary=b" . ($_ + 1) . "\n\n" for 1 .. $depth - 1;
	$text .= "--b$depth\nContent-Type: text/plain\n\ntext\n" x $count;
	$text .= "--b$_--\n" for reverse 1 .. $depth;
	return clean_mail('MIME-Version' => '1.0', 'Content-Type' => 'multipart/mixed; boundary=b1') =~ s/\n\n.*/\n\n/sr . $text;
}

sub fields { return join('', map { "X-Field-$_: value\n" } 1 .. $_[0]) . clean_mail() }
sub archive { return attachment_mail('a.zip', slurp("$folder/$_[0]")) }
my $large = clean_mail('MIME-Version' => '1.0', 'Content-Type' => 'application/octet-stream; name=x.bin',
	'Content-Transfer-Encoding' => 'base64') =~ s/\n\n.*/\n\n/sr . encode_base64('x' x 20000);
my $uu = clean_mail() . "\nbegin 644 a.txt\n#86)C\n`\nend\n" x 1001;

($made, $said) = run({ seconds => 60 }, 'sh', '-c', "cd '$folder' && head -c 12000000 /dev/zero >zeros && "
	. 'zip -q zeros.zip zeros && for i in 1 2 3 4 5 6; do { cat zeros; echo $i; } >long$i; done && '
	. 'zip -q long.zip long? && head -c 30000 /dev/urandom >a && head -c 30000 /dev/urandom >b && zip -q0 two.zip a b');
is($made, 0, 'more samples') or diag($said);

# Setting, value that is too small, value that is not, mail, stages, reason.
for my $case (['mime_parts_limit', 20, 50, parts(30, 1), 'parts'], ['mime_depth_limit', 10, 30, parts(1, 20), 'nested'],
	['header_count_limit', 50, 200, fields(100), 'header fields'],
	['header_size_limit', 2048, 20000, 'X-Long: ' . 'x ' x 2000 . "\n" . clean_mail(), 'header'],
	['decoded_size_limit', 8192, 40000, $large, 'larger'],
	['archive_depth_limit', 1, 2, archive('nested.zip'), 'deeper'],
	['archive_members_limit', 2, 10, archive('clean.zip'), 'more members'],
	['archive_expanded_limit', 4096, 40000, archive('mixed.tar.gz'), 'more bytes'],
	['archive_ratio_limit', 100, 10000, archive('zeros.zip'), 'far more'],
	['virus_file_size_limit', 4096, 100000, $large, 'MaxFileSize', 'virus'],
	['virus_scan_size_limit', 4096, 1000000, $large, 'MaxScanSize', 'virus'],
	['virus_files_limit', 1, 100, archive('two.zip'), 'MaxFiles', 'virus'],
	['virus_recursion_limit', 1, 17, archive('nested.zip'), 'MaxRecursion', 'virus'],
	['virus_scan_time_limit', '100ms', '60s', archive('long.zip'), 'MaxScanTime', 'virus']) {
	my ($key, $low, $high, $mail, $why, $stage) = @$case;
	my @with = ('-o', 'stages=' . ($stage // 'attachment'), '-o', "virus_database=$folder/none.hsb");
	push @with, '-o', 'archive_ratio_limit=10000' if $key =~ /time/;
	my $verdict = verdict($mail, @with, '-o', "$key=$low");
	ok((grep { $_ eq 'UNCHECKED' } @{$verdict->{findings}}), "$key = $low: UNCHECKED") or diag(explain($verdict));
	like($verdict->{error} // '', qr/$why/, 'with the reason');
	is($verdict->{action}, 'tempfail', 'put off at first');
	is(verdict($mail, @with, '-o', "$key=$low", '--again')->{action}, 'reject', 'and refused when it comes again');
	$verdict = verdict($mail, @with, '-o', "$key=$high");
	is("@{$verdict->{findings}}", '', "$key = $high: nothing is missed") or diag(explain($verdict));
}

# The bounds that have no setting.
my $verdict = verdict($uu, '-o', 'stages=attachment');
ok((grep { $_ eq 'UNCHECKED' } @{$verdict->{findings}}), '1,001 files in a text: UNCHECKED') or diag(explain($verdict));

# Time for archives.
$verdict = verdict(archive('bomb-texts.zip'), '-o', 'stages=virus', '-o', "virus_database=$folder/none.hsb", '-o',
	'archive_time_limit=100ms');
is("@{$verdict->{findings}}", 'UNCHECKED', 'archive_time_limit') or diag(explain($verdict));
like($verdict->{error}, qr/takes too long/, 'with the reason');
# Time for rules.
spew("$folder/slow.cf", join '', map { "full SLOW_$_ /a*[0-9]/\n" } 1 .. 300);
for my $action (qw(tag accept quarantine tempfail reject)) {
	$verdict = verdict("Subject: x\n\n" . 'a' x 200_000, '-C', "$folder/slow.cf", '-o', 'stages=spam', '-o',
		'rules_time_limit=100ms', '-o', "rules_limit=$action", '-o', 'required_score=5000');
	is("@{$verdict->{findings}}", 'UNCHECKED', 'rules_time_limit') or diag(explain($verdict));
	is($verdict->{action}, $action, "rules_limit = $action");
}

done_testing;
