#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Rule files and mails against each other. A hundred patterns that backtrack for
# ever, all in one rule set, over ten texts of up to 500 kB made for them: the
# rules cost at most 2 s of processor time per message in total. Rule files that
# try to run code, and damaged ones: refused with a line number, or harmless.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use Test::More;
use Ispfilter::Mutate qw(mutate);
use Ispfilter::Tools qw(folder program run slurp spew top);

chdir top();
my $folder = folder('hostile');
my @scan = (program(), 'scan', '-L', '--format', 'json', '-o',
	'stages=spam');

# Exponential, and polynomial of growing degree; each with an end that does not
# come.
my @cores = map { ("(?:$_+)+", "(?:$_*)*", "(?:$_|$_$_)+", "(?:$_|$_?)+",
	"$_*$_*$_*$_*$_*", "$_+.*$_+.*$_+.*$_+", "(?:$_+\\s?)+",
	"(?:.*$_){12}", "(?:[a-z]+[b-y]?)+(?:$_)+", "(?=($_+))\\1*$_+$_+$_+") }
    'a', '\w', '[a-f]', '(?:a|b)', '\S', '(?i:a)', '[^!]', '(?:aa|a)';
push @cores, '^(([a-z])+.)+[A-Z]([a-z])+', '(\w+\s*)+:', '(?:x+x+)+y',
    '(?s:.*.*=.*)', '^(?:a?){60}a{60}', '(.*?,){25}P', '(a|aa)+$',
    '(?:(?:a{1,30}){1,30}){1,30}', '\b(\w+\W+)+\1!', '(?:[ab]*a){20}',
    '^(?:.?){300}', '(?:\d+)*\d+\d+x', '((a+)(b+))*\2\1', '(?>a+)(a+)+b',
    '(?:(?!zz).)*?(?:(?!yy).)*?zz.*yy', '(?:\s*\S+\s*)+;', '(?R)?a+!',
    '(a(?1)?a)', '(?:a.?b?)*c', '(\S+\s)+(\S+\s)+(\S+\s)+END';
# No literal text that a text could be searched for first.
my @kinds = map { s/!/(?:!|~)/r } 'body %s /%s!/', 'rawbody %s /%s!/m',
    'full %s /%s!/', 'header %s Subject =~ /%s!/', 'uri %s /%s!/';
my $number = 0;
my $rules = join '', map { sprintf "$kinds[$number % 3]\n",
	'REDOS_' . ++$number, $_ } @cores;
$rules .= join '', map { sprintf "$kinds[3 + $number % 2]\n",
	'REDOS_' . ++$number, $_ } @cores[0 .. 19];
spew("$folder/redos.cf", "$rules\nheader ALIVE exists:Subject\n");
is(scalar @cores, 100, 'a hundred patterns');

my ($line, $block) = ('a' x 70 . "\n", 'a' x 5000 . 'b' x 5000 . "\n");
my %texts = (a => 'a' x 500_000, lines => $line x 7000,
	ab => 'ab' x 250_000, words => 'aaaa bbbb ' x 50_000,
	short => 'a' x 2000, mixed => $block x 50,
	commas => 'a,' x 250_000, digits => '1' x 500_000,
	blanks => ' a' x 250_000, dots => 'a.b?' x 125_000);
for my $name (sort keys %texts) {
	my $head = "From: a\@b.example\nSubject: "
	    . substr($texts{$name}, 0, 5000) =~ s/\n/ /gr . "\n";
	spew("$folder/mail", "$head\nhttp://example.com/"
		. substr($texts{$name}, 0, 3000) =~ s/\s//gr
		. "\n$texts{$name}\n");
	my $before = (times)[2] + (times)[3];
	my ($status, $output) = run({ seconds => 120 }, @scan, '-C',
		"$folder/redos.cf", "$folder/mail");
	my $cost = (times)[2] + (times)[3] - $before;
	my ($line) = $output =~ /^(\{.*\})$/m;
	my $verdict = defined $line ? decode_json($line) : {};
	ok(scalar(grep { $_->{name} eq 'ALIVE' } @{ $verdict->{tests} // [] }),
		"$name: other rules still hit") or diag($output);
	cmp_ok($cost, '<', 2, sprintf '... in %.2f s', $cost);
}

# --- rule files that try more than rules ---
my $touched = "$folder/touched";
my @attempts = (
	['code within a pattern', "body A /x(?{ system('touch $touched') })/"],
	['code that makes a pattern',
		"body A /(??{ system('touch $touched') })/"],
	['a command in a pattern\'s place', "body A `touch $touched`"],
	['code behind a pattern (SpamAssassin, CVE-2018-11781)',
		"header A Subject =~ /x/; system('touch $touched');"],
	['the e flag', "body A /x/e"],
	['a plugin from any file (SpamAssassin, CVE-2018-11805)',
		"loadplugin Evil $folder/evil.pm"],
	['another function (SpamAssassin, CVE-2018-11780)',
		"header A eval:system('touch $touched')"],
	['code as an argument', "header A eval:check_for_faraway_charset("
		. "system('touch $touched'))"],
	['code in a meta', "meta A system('touch $touched')"],
	['code in a score', "score A `touch $touched`"],
	['code in a condition', "if (system('touch $touched'))\nendif"],
	['code in a name', "header `touch$touched` exists:Subject"],
	['a file from anywhere', "include /etc/shadow"],
	['a command in the report', "report _`touch $touched`_"],
	['a pipe (SpamAssassin, CVE-2020-1931)',
		"dcc_path |touch $touched"],
);
spew("$folder/evil.pm", "package Evil; system('touch $touched'); 1;\n");
spew("$folder/mail", "From: a\@b\nSubject: x\n\nx\n");
for my $attempt (@attempts) {
	my ($what, $text) = @$attempt;
	spew("$folder/evil.cf",
		"header BEFORE exists:Subject\n$text\nheader AFTER exists:From\n");
	my ($status, $output) = run(@scan, '-C', "$folder/evil.cf",
		"$folder/mail");
	my ($line) = $output =~ /^(\{.*\})$/m;
	my $verdict = defined $line ? decode_json($line) : {};
	my $hits = join ' ', map { $_->{name} } @{ $verdict->{tests} // [] };
	ok($hits =~ /AFTER/ || $output =~ /evil\.cf:\d+/,
		"$what: loads without harm, or is refused by line")
	    or diag($output);
}
ok(!-e $touched, 'nothing of this was run');

# --- damaged rule files ---
my @sources = map { slurp($_) } sort(glob 'rules/*.cf'), sort glob
    't/rule/*.test';
my @bad;
my $tries = $ENV{ISPFILTER_LONG} ? 2000 : 40;
for my $try (1 .. $tries) {
	spew("$folder/damaged.cf", mutate(\@sources, 99, $try));
	my ($status, $output) = run({ seconds => 60 }, @scan, '-C',
		"$folder/damaged.cf", "$folder/mail");
	push @bad, "$try: $status $output" unless $output =~ /^\{.*\}$/m
	    || ($status == 78 && $output =~ /damaged\.cf:\d+/);
}
is_deeply(\@bad, [], "$tries damaged rule files load, or are refused by line");
done_testing;
