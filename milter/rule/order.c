/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metas are brought into an order in which each stands behind those that it
 * names (Kahn). Walked forwards, tflags net goes from the parts to the whole;
 * backwards, a low priority goes from the whole to its parts
 * (Parser::fix_tflags, fix_priorities). SpamAssassin does both in the order of
 * its hashes, so that chains of metas come out one way or another; here they
 * come out whole.
 */
#include "rule/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rule/meta.h"

/* Per type: place within a priority (Plugin/Check.pm, check_main). */
static const int order_ranks[RULE_TYPES] = {
	[RULE_ATTACHMENT] = 0,
	[RULE_HEADER] = 1,
	[RULE_HEADER_EXISTS] = 1,
	[RULE_HEADER_EVAL] = 2,
	[RULE_RBL] = 2,
	[RULE_ASKDNS] = 2,
	[RULE_BODY] = 3,
	[RULE_URI] = 4,
	[RULE_URI_DETAIL] = 5,
	[RULE_BODY_EVAL] = 5,
	[RULE_MIMEHEADER] = 5,
	[RULE_RAWBODY] = 6,
	[RULE_RAWBODY_EVAL] = 7,
	[RULE_FULL] = 8,
	[RULE_FULL_EVAL] = 9,
	[RULE_META] = 10,
	[RULE_EMPTY] = 11,
};

struct order {
	struct ruleset *ruleset;
	struct rule **metas; /* parts before wholes */
	size_t count;
	/* By rule index. */
	size_t *place;   /* of a meta in metas, from 1 */
	size_t *waiting; /* metas that it names and that have no place yet */
	int *priority;   /* when it can run: not before its parts */
};

static bool
order_is_meta(const struct rule *rule)
{
	return rule->type == RULE_META && rule->meta != NULL;
}

/* The metas that name each meta, as one array with a start for each. */
struct order_users {
	size_t *start; /* by rule index, and one behind */
	struct rule **items;
};

static struct order_users
order_find_users(void *mem, const struct ruleset *ruleset)
{
	struct order_users users = {
		.start = mem_array(mem, size_t, ruleset->count + 2)
	};

	/* start[i + 2] counts, then becomes the end, then start[i + 1]. */
	for (size_t i = 0; i < ruleset->count; i++) {
		const struct meta *meta = ruleset->rules[i]->meta;

		for (size_t j = 0; meta != NULL && j < meta->depend_count; j++)
			users.start[meta->depends[j]->index + 2]++;
	}
	for (size_t i = 2; i < ruleset->count + 2; i++)
		users.start[i] += users.start[i - 1];
	users.items = mem_array(mem, struct rule *,
				users.start[ruleset->count + 1] + 1);
	for (size_t i = 0; i < ruleset->count; i++) {
		struct rule *rule = ruleset->rules[i];
		const struct meta *meta = rule->meta;

		for (size_t j = 0; meta != NULL && j < meta->depend_count; j++)
			users.items[users.start[meta->depends[j]->index +
						1]++] = rule;
	}
	return users;
}

static void
order_place(struct order *order, struct rule *rule)
{
	order->metas[order->count++] = rule;
	order->place[rule->index] = order->count;
}

static void
order_metas(void *mem, struct order *order)
{
	const struct ruleset *ruleset = order->ruleset;
	struct order_users users = order_find_users(mem, ruleset);

	for (size_t i = 0; i < ruleset->count; i++) {
		struct rule *rule = ruleset->rules[i];

		if (!order_is_meta(rule))
			continue;
		for (size_t j = 0; j < rule->meta->depend_count; j++) {
			if (order_is_meta(rule->meta->depends[j]))
				order->waiting[i]++;
		}
		if (order->waiting[i] == 0)
			order_place(order, rule);
	}
	for (size_t done = 0; done < order->count; done++) {
		size_t part = order->metas[done]->index;

		for (size_t i = users.start[part]; i < users.start[part + 1];
		     i++) {
			if (--order->waiting[users.items[i]->index] == 0)
				order_place(order, users.items[i]);
		}
	}
}

static void
order_report_circles(struct order *order, struct problems *problems)
{
	struct ruleset *ruleset = order->ruleset;

	for (size_t i = 0; i < ruleset->count; i++) {
		struct rule *rule = ruleset->rules[i];

		if (!order_is_meta(rule) || order->place[i] != 0)
			continue;
		problem_add(problems, PROBLEM_WARNING, rule->file, rule->line,
			    "%s: depends on itself, directly or through "
			    "others", rule->name);
		if (rule->not_run != NULL)
			continue;
		rule->not_run = "it depends on itself";
		ruleset->usable_by_type[RULE_META]--;
		ruleset->score_mass_lost +=
			fabs(rule->score[ruleset->score_set]);
	}
}

static void
order_inherit_net(struct order *order)
{
	for (size_t i = 0; i < order->count; i++) {
		struct rule *rule = order->metas[i];

		for (size_t j = 0; j < rule->meta->depend_count; j++) {
			if (rule->flags & RULE_NET)
				break;
			rule->flags |= rule->meta->depends[j]->flags & RULE_NET;
		}
	}
}

static void
order_lower_parts(struct order *order)
{
	for (size_t i = order->count; i-- > 0;) {
		const struct rule *rule = order->metas[i];

		for (size_t j = 0; j < rule->meta->depend_count; j++) {
			struct rule *part = rule->meta->depends[j];
			int lowest = rule->priority;

			if (lowest < -100 && part->flags & RULE_NET)
				lowest = -100;
			if (part->priority > lowest)
				part->priority = lowest;
		}
	}
}

/* Zero-scored metas are evaluated if anything that runs asks for them. */
static void
order_mark_asked(struct order *order)
{
	for (size_t i = order->count; i-- > 0;) {
		const struct rule *rule = order->metas[i];

		if (rule->not_run != NULL && !(rule->flags & RULE_ONLY_ASKED))
			continue;
		for (size_t j = 0; j < rule->meta->depend_count; j++) {
			struct rule *part = rule->meta->depends[j];

			if (order_is_meta(part) && part->not_run != NULL)
				part->flags |= RULE_ONLY_ASKED;
		}
	}
}

/* A meta runs with the last of its parts. */
static void
order_settle_priorities(struct order *order)
{
	const struct ruleset *ruleset = order->ruleset;

	for (size_t i = 0; i < ruleset->count; i++) {
		struct rule *rule = ruleset->rules[i];

		if (rule->priority == 0 && rule->flags & RULE_NET)
			rule->priority = -100;
		order->priority[i] = rule->priority;
	}
	for (size_t i = 0; i < order->count; i++) {
		const struct rule *rule = order->metas[i];
		int *priority = &order->priority[rule->index];

		for (size_t j = 0; j < rule->meta->depend_count; j++) {
			int part = order->priority[rule->meta->depends[j]
							   ->index];

			if (part > *priority)
				*priority = part;
		}
	}
}

static int
order_compare(const void *a, const void *b, void *context)
{
	const struct order *order = context;
	const struct rule *x = *(struct rule *const *)a;
	const struct rule *y = *(struct rule *const *)b;
	int left = order->priority[x->index], right = order->priority[y->index];

	if (left != right)
		return left < right ? -1 : 1;
	if (order_ranks[x->type] != order_ranks[y->type])
		return order_ranks[x->type] - order_ranks[y->type];
	if (order->place[x->index] != order->place[y->index])
		return order->place[x->index] < order->place[y->index] ? -1 : 1;
	return strcmp(x->name, y->name);
}

int
order_rank(enum rule_type type)
{
	return order_ranks[type];
}

void
order_rules(struct ruleset *ruleset, struct problems *problems)
{
	void *mem = mem_context(NULL, "order_rules");
	struct order order = {
		.ruleset = ruleset,
		.metas = mem_array(mem, struct rule *, ruleset->count + 1),
		.place = mem_array(mem, size_t, ruleset->count + 1),
		.waiting = mem_array(mem, size_t, ruleset->count + 1),
		.priority = mem_array(mem, int, ruleset->count + 1),
	};

	order_metas(mem, &order);
	order_report_circles(&order, problems);
	order_inherit_net(&order);
	order_lower_parts(&order);
	order_mark_asked(&order);
	order_settle_priorities(&order);
	ruleset->order = mem_array(ruleset, struct rule *, ruleset->count + 1);
	for (size_t i = 0; i < ruleset->count; i++) {
		struct rule *rule = ruleset->rules[i];

		if (rule->not_run == NULL || rule->flags & RULE_ONLY_ASKED)
			ruleset->order[ruleset->order_count++] = rule;
	}
	qsort_r(ruleset->order, ruleset->order_count, sizeof(*ruleset->order),
		order_compare, &order);
	mem_free(mem);
}
