#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: parity-oracle.pl RULES SITE [together] [network] <LIST
# Asks the SpamAssassin that is installed about each file named on standard
# input, with local tests only: prints file, score, spam (0 or 1) and the rules
# that hit, sub-rules too, with tabs between. RULES: folder of the stock rules;
# SITE: folder with *.pre and local.cf.
#
# Each mail is looked at by a process of its own: in one that goes on to others,
# SpamAssassin 4.0.1 keeps the first values of %{NAME} for all of them. With
# `together` one process looks at all, as spamd does: for measuring what it costs.
use strict;
use warnings;
use POSIX ();
use File::Temp qw(tempdir);
BEGIN { $ENV{TZ} = 'UTC'; $ENV{LC_ALL} = 'C'; }
use Mail::SpamAssassin;
use Mail::SpamAssassin::PerMsgStatus;

my ($rules, $site, @how) = @ARGV;
my ($together, $network) = map { my $word = $_; scalar grep { $_ eq $word } @how }
    qw(together network);
die "usage: $0 RULES SITE <LIST\n" unless defined $site;
my $state = tempdir(CLEANUP => 1);
my $engine = Mail::SpamAssassin->new({
	rules_filename => $rules,
	site_rules_filename => $site,
	userprefs_filename => "$state/none",
	userstate_dir => $state,
	home_dir_for_helpers => $state,
	LOCAL_STATE_DIR => $state,
	local_tests_only => $network ? 0 : 1,
	dont_copy_prefs => 1,
	username => 'nobody',
});
$engine->init(0);
$| = 1;
$engine->compile_now(0);

sub judge
{
	my ($file) = @_;
	open my $in, '<:raw', $file or do { warn "$file: $!\n"; return };
	my $text = do { local $/; <$in> } // '';
	my $mail = $engine->parse(\$text, 1);
	my $status = $engine->check($mail);
	my %hits = map { $_ => 1 } @{ $status->{test_names_hit} },
	    @{ $status->{subtest_names_hit} };
	printf "%s\t%.3f\t%d\t%s\n", $file, $status->get_score,
	    $status->is_spam ? 1 : 0, join ',', sort keys %hits;
	$status->finish;
	$mail->finish;
}

chomp(my @files = <STDIN>);
for my $file (@files) {
	if ($together) {
		judge($file);
		next;
	}
	my $child = fork // die "fork: $!\n";
	if ($child == 0) {
		judge($file);
		POSIX::_exit(0);
	}
	waitpid $child, 0;
}
