#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: compare.pl FILE.test...
# Asks the SpamAssassin that is installed what it makes of each case, and prints
# TAP. Sections that only we have (explained) are passed over.
use strict;
use warnings;
use File::Temp qw(tempdir);
BEGIN { $ENV{TZ} = 'UTC'; $ENV{LC_ALL} = 'C'; }
use Mail::SpamAssassin;
use Mail::SpamAssassin::PerMsgStatus;

my ($count, $failed) = (0, 0);

sub is {
	my ($got, $wanted, $name) = @_;
	my $ok = $got eq $wanted;
	$count++;
	$failed++ if !$ok;
	print $ok ? '' : 'not ', "ok $count - $name\n";
	print map { s/^/#   /mgr } "got:\n$got\n", "wanted:\n$wanted\n"
	    if !$ok;
}

sub engine {
	my ($rules) = @_;
	my $dir = tempdir(CLEANUP => 1);
	mkdir "$dir/rules";
	mkdir "$dir/site";
	mkdir "$dir/state";
	for my $pre (glob '/etc/spamassassin/*.pre') {
		(my $name = $pre) =~ s{.*/}{};
		symlink $pre, "$dir/site/$name";
	}
	open my $out, '>', "$dir/site/local.cf" or die;
	print $out $rules, "\nuse_bayes 0\nbayes_auto_learn 0\n",
	    "use_learner 0\nskip_rbl_checks 1\ndns_available no\n",
	    "time_limit 0\nuse_auto_welcomelist 0\n";
	close $out or die;
	my $sa = Mail::SpamAssassin->new({
		rules_filename => "$dir/rules",
		site_rules_filename => "$dir/site",
		userprefs_filename => "$dir/none",
		userstate_dir => "$dir/state",
		home_dir_for_helpers => "$dir/state",
		LOCAL_STATE_DIR => "$dir/state",
		local_tests_only => 1,
		dont_copy_prefs => 1,
		username => 'nobody',
	});
	$sa->init(0);
	return $sa;
}

sub hits {
	my ($status) = @_;
	my %hits = map { $_ => 1 } @{$status->{test_names_hit}},
	    @{$status->{subtest_names_hit}};
	return join ' ', map {
		my $value = 0 + $status->{tests_already_hit}{$_};
		$value == 1 ? $_ : "$_=$value";
	} sort keys %hits;
}

# What rewriting puts in front of the Subject of a mail, without report_safe.
sub subject_tag {
	my ($status) = @_;
	my $old = $status->get_message()->get_pristine_header('Subject') // '';
	$status->{conf}{report_safe} = 0;
	my ($new) = $status->rewrite_mail() =~ /^Subject: ?(.*)$/m;
	$old =~ s/^\s+|\s+$//g;
	$new =~ s/\s*\Q$old\E\s*$//;
	return $new =~ s/\s+/ /gr;
}

# SpamAssassin compiles rules into functions of the process, so that each case
# needs one of its own.
sub run_case {
	my ($name, @sections) = @_;
	my ($sa, $status);

	while (my ($kind, $body) = splice @sections, 0, 2) {
		if ($kind eq 'rules') {
			$sa = engine($body);
		} elsif ($kind =~ /^mail/) {
			$body =~ s/\n/\r\n/g if $kind =~ /CRLF/;
			$status = $sa->check($sa->parse(\$body, 1));
		} elsif ($kind eq 'hits') {
			is(hits($status), join(' ', split ' ', $body),
			    "$name: hits");
		} elsif ($kind eq 'score') {
			is(sprintf('%.3f', $status->get_score()),
			    join(' ', split ' ', $body), "$name: score");
		} elsif ($kind eq 'headers') {
			$body =~ s/\n+\z/\n/;
			is($status->_get_added_headers($status->is_spam()
			    ? 'headers_spam' : 'headers_ham'),
			    $body, "$name: headers");
		} elsif ($kind eq 'subject') {
			is(subject_tag($status), $body =~ s/^\s+|\s+$//gr,
			    "$name: subject");
		} elsif ($kind eq 'report') {
			(my $got = $status->get_report()) =~ s/\n+\z/\n/;
			$body =~ s/\n+\z/\n/;
			is($got, $body, "$name: report");
		}
	}
}

for my $file (@ARGV) {
	open my $in, '<', $file or die "$file: $!";
	my $text = do { local $/; <$in> };
	(my $base = $file) =~ s{.*/}{};
	for my $case (split /^(?==== )/m, $text) {
		$case =~ s/^=== (.*)\n// or next;
		my $name = "$base: $1";
		my @sections = $case =~ /^--- (.*)\n((?:(?!---).*\n)*)/mg;
		my $child = open(my $from, '-|') // die "fork: $!";
		if ($child == 0) {
			run_case($name, @sections);
			exit 0;
		}
		while (<$from>) {
			$count++ if s/^((?:not )?ok) \d+/"$1 " . ($count + 1)/e;
			$failed++ if /^not/;
			print;
		}
		close $from or print "not ok ", ++$count, " - $name died\n";
	}
}
print "1..$count\n";
exit($failed != 0);
