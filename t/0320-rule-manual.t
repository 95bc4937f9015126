#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# ispfilter-rules(5) names every word of the rule language that the program
# knows: directives, tags of templates, flags, selectors.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Tools qw(slurp top);

chdir top();
# Words in running text do not count, only those that a macro marks.
my $manual = join '', grep { /^\.(?!\\)/ } map { "$_\n" } split /\n/, slurp('milter/ispfilter-rules.5');

# The lines between "NAME[] = {" and "};"
sub table
{
	my ($file, $name) = @_;
	my ($lines) = slurp($file) =~ /\b\Q$name\E\[\] = \{\n(.*?)^\};/ms;
	return $lines // '';
}

sub names_all
{
	my ($what, $least, @words) = @_;
	my @missing = grep { $manual !~ /(?<!\w)\Q$_\E(?!\w)/ } @words;
	cmp_ok(scalar @words, '>=', $least, "the tables of $what are found");
	is("@missing", '', "the manual names all $what");
}

my @directives = slurp('milter/rule/parse.c') =~ /strcmp\(key, "(\w+)"\)/g;
for my $file (glob 'milter/rule/directive*.c') {
	my ($name) = slurp($file) =~ /^const struct directive (\w+)\[\]/m;
	push @directives, table($file, $name) =~ /^\t(?:\{ |[A-Z]+\()"(\w+)"/mg
	    if defined $name;
}
names_all('directives', 350, @directives);
names_all('flags', 10, table('milter/rule/directive_about.c', 'about_flags') =~ /\{ "(\w+)"/g);
names_all('arguments of flags', 2,
	slurp('milter/rule/directive_about.c') =~ /strncmp\(word, "(\w+=)"/g);
my @tags = table('milter/rule/tag.c', 'tag_table') =~ /\{ "(\w+)"/g;
my @missing = grep { $manual !~ /(?<!\w)_\Q$_\E(?:_(?!\w)|\()/ } @tags;
cmp_ok(scalar @tags, '>=', 40, 'the table of tags is found');
is("@missing", '', 'the manual names all tags');
names_all('selectors', 9, map { ":$_" }
	table('milter/rule/directive.c', 'directive_selects') =~ /\{ "(\w+)"/g);

my @evals = map { slurp($_) =~ /^const struct eval evals_\w+\[\] = \{\n(.*?)^\};/msg }
	glob 'milter/rule/*.c';
@evals = grep { !/whitelist|blacklist/ } map { /^\t\{ "(\w+)"/mg } @evals;
names_all('evals', 100, @evals);

done_testing();
