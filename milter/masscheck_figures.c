/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "masscheck.h"

bool
mass_is_mistaken(const struct mass_item *item)
{
	return item->checked && item->spam != (item->class == MASS_SPAM);
}

static int
mass_rule_order(const void *left, const void *right)
{
	const struct mass_rule *a = left, *b = right;
	size_t hits_a = a->hits[MASS_SPAM] + a->hits[MASS_HAM];
	size_t hits_b = b->hits[MASS_SPAM] + b->hits[MASS_HAM];

	if (a->s_o != b->s_o)
		return a->s_o < b->s_o ? 1 : -1;
	if (hits_a != hits_b)
		return hits_a < hits_b ? 1 : -1;
	return strcmp(a->rule->name, b->rule->name);
}

static double
mass_percent(size_t part, size_t all)
{
	return all == 0 ? 0 : 100.0 * (double)part / (double)all;
}

static void
mass_count_item(struct mass_figures *figures, const struct mass_item *item,
		struct mass_rule *by_index)
{
	enum mass_class class = item->class;

	if (!item->checked) {
		figures->failed++;
		return;
	}
	figures->count[class]++;
	figures->spam[class] += item->spam;
	figures->now_spam[class] += !item->spam && item->spam_compared;
	figures->no_more_spam[class] += item->spam && !item->spam_compared;
	for (size_t i = 0; i < item->hit_count; i++)
		by_index[item->hits[i]].hits[class]++;
}

static bool
mass_is_shown(const struct mass *mass, const struct rule *rule)
{
	return mass->show_subrules || (rule->flags & RULE_SUBRULE) == 0;
}

static void
mass_rate_rule(struct mass_figures *figures, struct mass_rule *rule)
{
	double sum;

	for (int class = 0; class < MASS_CLASSES; class++)
		rule->percent[class] = mass_percent(rule->hits[class],
						    figures->count[class]);
	sum = rule->percent[MASS_SPAM] + rule->percent[MASS_HAM];
	rule->s_o = sum > 0 ? rule->percent[MASS_SPAM] / sum : 0;
}

static void
mass_count_rules(struct mass_figures *figures, const struct mass *mass)
{
	const struct ruleset *ruleset = mass->ruleset;
	struct mass_rule *rules = mem_array(figures, struct mass_rule,
					    ruleset->count);

	for (size_t i = 0; i < mass->item_count; i++)
		mass_count_item(figures, &mass->items[i], rules);
	for (size_t i = 0; i < ruleset->count; i++) {
		struct mass_rule rule = rules[i];

		rule.rule = ruleset->rules[i];
		if (!mass_is_shown(mass, rule.rule))
			continue;
		if (rule.hits[MASS_SPAM] + rule.hits[MASS_HAM] == 0) {
			figures->idle += rule.rule->not_run == NULL;
			continue;
		}
		mass_rate_rule(figures, &rule);
		rules[figures->rule_count++] = rule;
	}
	figures->rules = rules;
	qsort(rules, figures->rule_count, sizeof(*rules), mass_rule_order);
}

/* --- rules that hit mostly together --- */

/* How often two rules hit the same message, by their places among `rules`. */
struct mass_matrix {
	const struct mass_rule **rules;
	size_t count;
	uint32_t *both; /* count * count; the smaller place first */
};

/* For each rule of the rule set its place, or count. */
static size_t *
mass_matrix_places(struct mass_matrix *matrix, const struct mass *mass,
		   const struct mass_figures *figures)
{
	size_t *places = mem_array(matrix, size_t, mass->ruleset->count);

	matrix->rules = mem_array(matrix, const struct mass_rule *,
				  MASS_PAIR_RULES);
	for (size_t i = 0; i < mass->ruleset->count; i++)
		places[i] = SIZE_MAX;
	for (size_t i = 0; i < figures->rule_count; i++) {
		const struct mass_rule *rule = &figures->rules[i];

		if (rule->hits[MASS_SPAM] + rule->hits[MASS_HAM] <
			    MASS_PAIR_HITS ||
		    (rule->rule->flags & RULE_SUBRULE) != 0 ||
		    matrix->count == MASS_PAIR_RULES)
			continue;
		places[rule->rule->index] = matrix->count;
		matrix->rules[matrix->count++] = rule;
	}
	return places;
}

static void
mass_matrix_add(struct mass_matrix *matrix, const struct mass_item *item,
		const size_t *places)
{
	for (size_t i = 0; i < item->hit_count; i++) {
		size_t a = places[item->hits[i]];

		for (size_t j = 0; a != SIZE_MAX && j < item->hit_count; j++) {
			size_t b = places[item->hits[j]];

			if (b != SIZE_MAX && a < b)
				matrix->both[a * matrix->count + b]++;
		}
	}
}

static struct mass_matrix *
mass_matrix_new(void *mem, const struct mass *mass,
		const struct mass_figures *figures)
{
	struct mass_matrix *matrix = mem_new(mem, struct mass_matrix);
	size_t *places = mass_matrix_places(matrix, mass, figures);

	matrix->both = mem_array(matrix, uint32_t,
				 matrix->count * matrix->count);
	for (size_t i = 0; i < mass->item_count; i++)
		mass_matrix_add(matrix, &mass->items[i], places);
	return matrix;
}

static int
mass_pair_order(const void *left, const void *right)
{
	const struct mass_pair *a = left, *b = right;
	double share_a = (double)a->both / (double)a->either;
	double share_b = (double)b->both / (double)b->either;

	if (share_a != share_b)
		return share_a < share_b ? 1 : -1;
	if (a->both != b->both)
		return a->both < b->both ? 1 : -1;
	return strcmp(a->first->rule->name, b->first->rule->name);
}

/* Keeps the pair if it is among the closest MASS_PAIRS so far. */
static void
mass_keep_pair(struct mass_figures *figures, struct mass_pair pair)
{
	struct mass_pair *worst = &figures->pairs[MASS_PAIRS];

	if ((double)pair.both < MASS_PAIR_SHARE * (double)pair.either)
		return;
	if (figures->pair_count < MASS_PAIRS)
		worst = &figures->pairs[figures->pair_count++];
	*worst = pair;
	qsort(figures->pairs,
	      worst == &figures->pairs[MASS_PAIRS] ? MASS_PAIRS + 1
						   : figures->pair_count,
	      sizeof(pair), mass_pair_order);
}

static void
mass_find_pairs(struct mass_figures *figures, const struct mass *mass)
{
	struct mass_matrix *matrix = mass_matrix_new(figures, mass, figures);

	figures->pairs = mem_array(figures, struct mass_pair, MASS_PAIRS + 1);
	for (size_t i = 0; i < matrix->count * matrix->count; i++) {
		const struct mass_rule *a = matrix->rules[i / matrix->count];
		const struct mass_rule *b = matrix->rules[i % matrix->count];
		size_t both = matrix->both[i];

		if (both == 0)
			continue;
		mass_keep_pair(figures, (struct mass_pair){
			a, b, both,
			a->hits[MASS_SPAM] + a->hits[MASS_HAM] +
				b->hits[MASS_SPAM] + b->hits[MASS_HAM] - both,
		});
	}
	mem_free(matrix);
}

struct mass_figures *
mass_figures_new(void *mem, const struct mass *mass)
{
	struct mass_figures *figures = mem_new(mem, struct mass_figures);

	mass_count_rules(figures, mass);
	mass_find_pairs(figures, mass);
	return figures;
}
