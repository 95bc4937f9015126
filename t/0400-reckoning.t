#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The campaigns' reckoning itself: what is lost, doubled, forged or astray is
# seen. A few mails of each kind, with a ledger and Maildirs made by hand.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Load;
use Ispfilter::Tools qw(folder spew);

my $folder = folder('reckoning');
my %maildirs = map { ("$_\@example.org" => "$folder/$_") } qw(john steve);
$maildirs{'kerstin@example.net'} = "$folder/kerstin";
my $load = Ispfilter::Load->new(folder => $folder, seed => 5);
my %numbers;
push @{ $numbers{ $load->kind($_)->[0] } }, $_ for 1 .. 400;
is(scalar keys %numbers, 9, 'mails of every kind');

my (@ledger, $files);
sub enter { push @ledger, join(' ', @_) . "\n" }

sub store
{
	my ($number, $who, $place, $change) = @_;
	my $text = $load->message($number)
	    =~ s/^X-Spam-Status: .*/X-Spam-Status: No, score=0/mr;
	$text = $change->($text) if $change;
	spew("$folder/$who/$place/" . ++$files, $text);
}

my @plain = @{ $numbers{plain} };
my $take = sub { enter($_[0], 'accepted', "ID$_[0]",
	join(',', @{ $load->kind($_[0])->[2] }), '250 ok'); $_[0] };
store($take->(shift @plain), 'john', 'new');
store($take->($numbers{spam}[0]), 'steve', '.Junk/cur');
store($take->($numbers{alias}[0]), $_, 'new') for qw(john steve);
enter(shift @plain, 'put-off', '-', '-', '451 later');
enter($numbers{virus}[0], 'refused', '-', '-', '554 5.7.1 a virus');
my $queued = $take->(shift @plain);

my %bad;
$bad{lost} = [$take->(shift @plain) . ' john@example.org'];
store($take->($numbers{two}[0]), 'john', 'new');
push @{ $bad{lost} }, "$numbers{two}[0] steve\@example.org";
my $twice = $take->(shift @plain);
store($twice, 'john', $_) for 'new', 'cur';
$bad{twice} = ["$twice john\@example.org"];
my $stray = shift @plain;
enter($stray, 'put-off', '-', '-', '451 later');
store($stray, 'john', 'new');
my $elsewhere = $take->(shift @plain);
store($elsewhere, $_, 'new') for qw(john steve);
my $unheard = shift @plain;
store($unheard, 'john', 'new');
$bad{stray} = ["$unheard john\@example.org", "$stray john\@example.org",
	"$elsewhere steve\@example.org"];
my $cut = $take->(shift @plain);
store($cut, 'john', 'new', sub { substr $_[0], 0, -9 });
$bad{partial} = ["$cut john\@example.org"];
my $forged = $take->(shift @plain);
store($forged, 'john', 'new', sub { $_[0] =~ s/score=0/forged/r });
store($take->($numbers{virus}[1]), 'john', 'new');
$bad{unscanned} = ["$forged john\@example.org", "$numbers{virus}[1] virus"];
my $misfiled = $take->(shift @plain);
store($misfiled, 'john', '.Junk/new');
$bad{misfiled} = ["$misfiled john\@example.org"];
my $wrong = shift @plain;
enter($wrong, 'refused', '-', '-', '550 5.1.1 unknown');
$bad{'wrongly-refused'} = ["$wrong 550 5.1.1 unknown\n"];

spew("$folder/ledger.1", join '', @ledger);
my $sum = $load->reckon(maildirs => \%maildirs,
	queued => { "ID$queued" => 1 });
is_deeply([sort @{ $sum->{$_} }], [sort @{ $bad{$_} }], $_)
    for sort keys %bad;
is($sum->{fates}{'put-off'}, 2, 'mails that were put off are counted');
done_testing;
