/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "masscheck.h"

const char *const mass_class_names[] = { "spam", "ham" };

static double
mass_share(size_t part, size_t all)
{
	return all == 0 ? 0 : 100.0 * (double)part / (double)all;
}

static void
mass_print_rules(const struct mass *mass, const struct mass_figures *figures)
{
	puts("  SPAM%    HAM%    S/O    SCORE  RULE");
	for (size_t i = 0; i < figures->rule_count; i++) {
		const struct mass_rule *rule = &figures->rules[i];

		printf("%7.3f %7.3f %6.3f %8.3f  %s\n",
		       rule->percent[MASS_SPAM], rule->percent[MASS_HAM],
		       rule->s_o, rule->rule->score[mass->ruleset->score_set],
		       rule->rule->name);
	}
	printf("%zu rules hit, %zu more did not\n", figures->rule_count,
	       figures->idle);
}

static void
mass_print_pairs(const struct mass_figures *figures)
{
	if (figures->pair_count == 0)
		return;
	puts("\nrules that hit mostly together (share of the mails that "
	     "either hits):");
	for (size_t i = 0; i < figures->pair_count; i++) {
		const struct mass_pair *pair = &figures->pairs[i];

		printf("%6.1f%%  %s %s\n", mass_share(pair->both, pair->either),
		       pair->first->rule->name, pair->second->rule->name);
	}
}

static void
mass_print_hits(const struct mass *mass, const struct mass_item *item)
{
	const char *between = "          ";

	for (size_t i = 0; i < item->hit_count; i++) {
		const struct rule *rule = mass->ruleset->rules[item->hits[i]];

		if ((rule->flags & RULE_SUBRULE) != 0)
			continue;
		printf("%s%s", between, rule->name);
		between = " ";
	}
	if (between[1] == '\0')
		putchar('\n');
}

static void
mass_print_mistakes(const struct mass *mass, enum mass_class class,
		    const char *what)
{
	printf("\n%s:\n", what);
	for (size_t i = 0; i < mass->item_count; i++) {
		const struct mass_item *item = &mass->items[i];

		if (item->class != class || !mass_is_mistaken(item))
			continue;
		printf("%8.3f  %s\n", item->score, item->name);
		mass_print_hits(mass, item);
	}
}

static void
mass_print_changes(const struct mass *mass, const struct mass_figures *figures)
{
	puts("\nverdicts that change with the other rules:");
	for (size_t i = 0; i < mass->item_count; i++) {
		const struct mass_item *item = &mass->items[i];

		if (!item->checked || item->spam == item->spam_compared)
			continue;
		printf("%8.3f -> %.3f  %s: %s\n", item->score,
		       item->score_compared,
		       mass_class_names[item->class], item->name);
	}
	for (int class = 0; class < MASS_CLASSES; class++)
		printf("%s: %zu now called spam, %zu no more\n",
		       mass_class_names[class], figures->now_spam[class],
		       figures->no_more_spam[class]);
}

static void
mass_print_failures(const struct mass *mass, const struct mass_figures *figures)
{
	for (size_t i = 0; i < mass->item_count; i++)
		if (mass->items[i].error != NULL)
			fprintf(stderr, "ispfilter: %s: %s\n",
				mass->items[i].name, mass->items[i].error);
	if (figures->failed > 0)
		printf("%zu messages could not be checked\n", figures->failed);
}

static void
mass_print_totals(const struct mass *mass, const struct mass_figures *figures)
{
	size_t spam = figures->count[MASS_SPAM];
	size_t ham = figures->count[MASS_HAM];

	printf("\n%zu messages in %.1f s by %zu processes; spam from %.1f "
	       "points on\n", mass->item_count, mass->seconds, mass->workers,
	       mass->required);
	printf("spam found:      %zu of %zu  %.2f%%\n",
	       figures->spam[MASS_SPAM], spam,
	       mass_share(figures->spam[MASS_SPAM], spam));
	printf("false positives: %zu of %zu  %.2f%%\n", figures->spam[MASS_HAM],
	       ham, mass_share(figures->spam[MASS_HAM], ham));
}

void
mass_print_text(const struct mass *mass, const struct mass_figures *figures)
{
	mass_print_rules(mass, figures);
	mass_print_pairs(figures);
	if (mass->show_errors) {
		mass_print_mistakes(mass, MASS_HAM, "false positives");
		mass_print_mistakes(mass, MASS_SPAM, "false negatives");
	}
	if (mass->compared != NULL)
		mass_print_changes(mass, figures);
	mass_print_totals(mass, figures);
	mass_print_failures(mass, figures);
}
