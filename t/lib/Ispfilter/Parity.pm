# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Parity;

# The same mails judged by SpamAssassin (t/parity-oracle.pl) and by `ispfilter
# scan`, with the same rules and without the network; dns => an Ispfilter::DNS
# lets both ask that.
#
#	my @files = parity_files($folder, 100);
#	my $found = parity_compare(folder => $folder, files => \@files);
#	print parity_report($found);

use strict;
use warnings;
use Exporter 'import';
use JSON::PP qw(decode_json);
use Ispfilter::Tools qw(program slurp spew top);
use Ispfilter::Wild qw(wild_mail);

our @EXPORT_OK = qw(parity_cannot parity_files parity_compare parity_percent
    parity_report);

our $RULES = '/usr/share/spamassassin';
our $SITE = '/etc/spamassassin';

# Why it cannot be done here, or nothing.
sub parity_cannot
{
	return 'the rules of SpamAssassin are not installed'
	    unless -r "$RULES/10_default_prefs.cf";
	return 'SpamAssassin is not installed'
	    if system("$^X -MMail::SpamAssassin -e 1 2>/dev/null");
	return;
}

our $WILD = 1000; # mails that are made up

# The mails of t/rule/*.test and those of Wild.pm as files, and all mail of the
# corpus if it is there; with a number that many of them, evenly taken.
sub parity_files
{
	my ($folder, $most) = @_;
	my $corpus = $ENV{ISPFILTER_CORPUS} // top() . '/build/corpus';
	my @cases = _case_mails("$folder/cases");
	my @corpus = sort glob "$corpus/*/*.txt";
	return (@cases, _wild_mails("$folder/wild", $WILD), @corpus)
	    unless defined $most;
	my $part = int($most / (@corpus ? 4 : 2));
	@cases = _every(scalar @cases, $part, @cases);
	return (@cases, _wild_mails("$folder/wild", $part),
		_every(scalar @corpus, $most - @cases - $part, @corpus));
}

sub _wild_mails
{
	my ($folder, $count) = @_;
	return map {
		spew(sprintf('%s/%04d', $folder, $_), wild_mail($_))
	} 1 .. $count;
}

# So many of them, evenly taken.
sub _every
{
	my ($count, $most, @files) = @_;
	return @files if $count <= $most;
	return map { $files[int($_ * $count / $most)] } 0 .. $most - 1;
}

sub _case_mails
{
	my ($folder) = @_;
	my @files;
	for my $cases (sort glob top() . '/t/rule/*.test') {
		my ($name) = $cases =~ m{([^/]+)\.test$};
		my @mails = slurp($cases) =~
		    /^--- mail\n((?:(?!--- |=== ).*\n)*)/mg;
		push @files, spew(sprintf('%s/%s-%03d', $folder, $name, $_),
			$mails[$_]) for 0 .. $#mails;
	}
	return @files;
}

# The folder with what an admin sets: the stock plugins, no network, no state.
sub _site
{
	my ($folder, $dns) = @_;
	my $network = $dns ? sprintf(<<'END', $dns->resolver =~ s/@/]:/r)
dns_available yes
dns_server [%s
rbl_timeout 20
END
	    : "skip_rbl_checks 1\ndns_available no\n";
	for my $pre (glob "$SITE/*.pre") {
		spew($pre =~ s{^.*/}{$folder/}r, slurp($pre));
	}
	spew("$folder/local.cf", $network . <<'END');
use_bayes 0
bayes_auto_learn 0
use_learner 0
time_limit 0
ifplugin Mail::SpamAssassin::Plugin::AWL
use_auto_welcomelist 0
endif
ifplugin Mail::SpamAssassin::Plugin::Razor2
use_razor2 0
endif
ifplugin Mail::SpamAssassin::Plugin::Pyzor
use_pyzor 0
endif
END
	return $folder;
}

# {file => {score, spam, hits => {name => 1}}} of SpamAssassin.
sub _theirs
{
	my ($site, $list, $dns) = @_;
	my %found;
	my $pid = open(my $in, '-|') // die "fork: $!\n";
	if ($pid == 0) {
		open STDIN, '<', $list or die "$list: $!\n";
		open STDERR, '>', "$list.err" or die "$list.err: $!\n";
		exec $^X, top() . '/t/parity-oracle.pl', $RULES, $site,
		    $dns ? 'network' : ();
		die "$^X: $!\n";
	}
	while (my $line = <$in>) {
		chomp $line;
		my ($file, $score, $spam, $hits) = split /\t/, $line, 4;
		$found{$file} = { score => $score, spam => $spam,
			hits => { map { $_ => 1 } split /,/, $hits } };
	}
	close $in or die "parity-oracle.pl: " . slurp("$list.err") . "\n";
	return \%found;
}

sub _ours
{
	my ($site, $dns, @files) = @_;
	my @network = $dns ? ($dns->options, '-o', 'stages=auth spam')
	    : ('-L', '-o', 'stages=spam');
	my %found;
	while (my @some = splice @files, 0, 500) {
		open my $in, '-|', program(), 'scan', '-c', '/dev/null',
		    @network, '-f', 'json', '-C', $RULES, '-C',
		    $site, @some or die "scan: $!\n";
		while (my $line = <$in>) {
			my $mail = decode_json($line);
			$found{ $mail->{file} } = {
				score => $mail->{score},
				spam => $mail->{spam} ? 1 : 0,
				hits => { map { $_ => 1 }
					(map { $_->{name} } @{ $mail->{tests} }),
					@{ $mail->{subtests} } } };
		}
		close $in;
	}
	return \%found;
}

# What a function returns, and the CPU seconds of the processes it ran.
sub _timed
{
	my ($function) = @_;
	my (undef, undef, $user, $system) = times;
	my $result = $function->();
	my (undef, undef, $user_then, $system_then) = times;
	return ($result, $user_then + $system_then - $user - $system);
}

sub parity_compare
{
	my (%with) = @_;
	my $folder = $with{folder};
	my $dns = $with{dns};
	my $site = _site("$folder/site", $dns);
	my $list = spew("$folder/list", join '', map { "$_\n" }
		@{ $with{files} });
	my ($theirs, $their_cpu) = _timed(sub { 
		return _theirs($site, $list, $dns);
	});
	my ($ours, $our_cpu) = _timed(sub {
		return _ours($site, $dns, @{ $with{files} });
	});
	my $sum = { cpu => [$their_cpu, $our_cpu], mails => 0, same => 0, both => 0, missing => 0, extra => 0,
		score => 0, verdict => 0, rules => {}, worst => [],
		network => _network_rules() };
	for my $file (@{ $with{files} }) {
		_compare_mail($sum, $file, $theirs->{$file}, $ours->{$file});
	}
	return $sum;
}

# Names of the rules that ask DNS lists.
sub _network_rules
{
	my %names;
	for my $file (glob "$RULES/*.cf") {
		my $text = slurp($file);
		$names{$1} = 1 while $text =~
		    /^\s*(?:askdns|uri\w*(?:sub|bl))\s+(\w+)/mg;
		$names{$1} = 1 while $text =~
		    /^\s*header\s+(\w+)\s+eval:check_rbl/mg;
	}
	return \%names;
}

sub _compare_mail
{
	my ($sum, $file, $theirs, $ours) = @_;
	return push @{ $sum->{unanswered} }, $file
	    unless $theirs && $ours && defined $ours->{score};
	my %names = (%{ $theirs->{hits} }, %{ $ours->{hits} });
	my $differ = 0;
	for my $name (keys %names) {
		my $what = !$ours->{hits}{$name} ? 'missing'
		    : !$theirs->{hits}{$name} ? 'extra' : 'both';
		$sum->{$what}++;
		$sum->{rules}{$name}{$what}++;
		$differ++ if $what ne 'both';
	}
	my $apart = abs($theirs->{score} - $ours->{score});
	$sum->{mails}++;
	$sum->{same}++ unless $differ;
	$sum->{score}++ if $apart < 0.0015;
	$sum->{verdict}++ if $theirs->{spam} == $ours->{spam};
	push @{ $sum->{worst} }, [$apart, $file, $theirs->{score},
		$ours->{score}];
}

sub _percent
{
	my ($part, $whole) = @_;
	return sprintf '%.2f%%', $whole ? 100 * $part / $whole : 100;
}

# Percent of the hits of either that both have.
sub parity_percent
{
	my ($sum) = @_;
	my $all = $sum->{both} + $sum->{missing} + $sum->{extra};
	return $all ? 100 * $sum->{both} / $all : 100;
}

sub parity_report
{
	my ($sum, $most) = @_;
	my $out = sprintf "mails                %d\n" .
	    "the same hits        %d  %s\nthe same score       %d  %s\n" .
	    "the same verdict     %d  %s\n" .
	    "hits agree           %.2f%%  (both %d, only SpamAssassin %d, " .
	    "only ispfilter %d)\n", $sum->{mails},
	    map({ ($sum->{$_}, _percent($sum->{$_}, $sum->{mails})) }
		qw(same score verdict)),
	    parity_percent($sum), @{$sum}{qw(both missing extra)};
	$out .= sprintf "CPU per mail         SpamAssassin %.1f ms, ispfilter " .
	    "%.2f ms, start-up included: 1/%.0f\n", map({ 1000 * $_ /
		($sum->{mails} || 1) } @{ $sum->{cpu} }),
	    $sum->{cpu}[0] / ($sum->{cpu}[1] || 1) if $sum->{cpu};
	$out .= "not answered         $_\n" for @{ $sum->{unanswered} // [] };
	my %apart = map {
		my $rule = $sum->{rules}{$_};
		($_ => ($rule->{missing} // 0) + ($rule->{extra} // 0));
	} keys %{ $sum->{rules} };
	my @names = grep { $apart{$_} } sort {
		$apart{$b} <=> $apart{$a} || $a cmp $b
	} keys %apart;
	my $left = @names - ($most // 20);
	splice @names, $most // 20 if $left > 0;
	$out .= "rules that differ most: (missing, extra, both)\n" if @names;
	for my $name (@names) {
		$out .= sprintf "  %5d %5d %5d  %s\n",
		    map({ $_ // 0 } @{ $sum->{rules}{$name} }
			{qw(missing extra both)}), $name;
	}
	$out .= "  and $left more\n" if $left > 0;
	my @worst = grep { $_->[0] >= 0.0015 } sort {
		$b->[0] <=> $a->[0] || $a->[1] cmp $b->[1]
	} @{ $sum->{worst} };
	splice @worst, 10 if @worst > 10;
	$out .= "scores that differ most: (SpamAssassin, ispfilter)\n" if @worst;
	$out .= sprintf "  %8.3f %8.3f  %s\n", @{$_}[2, 3, 1] for @worst;
	return $out;
}

1;
