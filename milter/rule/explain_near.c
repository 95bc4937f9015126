/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Near misses: each false meta is evaluated again with one of its parts the
 * other way round. A list of alternatives (A || B || C) lacks one condition on
 * every mail and says nothing, so that some part which hit has to count too.
 */
#include "rule/explain.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "rule/meta.h"

#define NEAR_PARTS 200	/* of a meta; longer ones are lists */
#define NEAR_NAMED 4	/* alternatives that are named */
#define NEAR_MISSES 400 /* that are kept for sorting */

static double
near_score(const struct check *check, const struct rule *rule)
{
	return fabs(rule->score[check->ruleset->score_set & 3]);
}

/* The meta with a part turned round: hit or not. */
static bool
near_try(struct check *check, const struct rule *rule,
	 const struct rule *turned)
{
	double *value = &check->values[turned->index], kept = *value, result;

	*value = kept == 0;
	result = meta_run(rule->meta, check->values);
	*value = kept;
	return result != 0;
}

/* Whether a part that hit is needed, now that `turned` is turned round. */
static bool
near_has_some(struct check *check, const struct rule *rule,
	      const struct rule *turned)
{
	double *value = &check->values[turned->index], kept = *value;
	bool needed = false;

	*value = kept == 0;
	for (size_t i = 0; i < rule->meta->depend_count && !needed; i++) {
		const struct rule *part = rule->meta->depends[i];

		needed = part != turned && check->values[part->index] != 0 &&
			 !near_try(check, rule, part);
	}
	*value = kept;
	return needed;
}

static void
near_name(struct buf *out, const struct check *check, const struct rule *part,
	  size_t number)
{
	if (number == NEAR_NAMED) {
		buf_text(out, " or others");
	} else if (number < NEAR_NAMED) {
		buf_text(out, number == 0 ? "" : " or ");
		if (check->values[part->index] != 0)
			buf_text(out, "that there is no ");
		buf_text(out, part->name);
		if (part->not_run != NULL)
			buf_printf(out, " (does not run: %s)", part->not_run);
	}
}

/* What would have made it true; NULL if it is far from that. */
static const char *
near_lacked(void *mem, struct check *check, const struct rule *rule)
{
	struct buf out = BUF(mem);
	size_t found = 0;

	if (rule->meta->depend_count > NEAR_PARTS)
		return NULL;
	for (size_t i = 0; i < rule->meta->depend_count; i++) {
		const struct rule *part = rule->meta->depends[i];

		if (near_try(check, rule, part) &&
		    near_has_some(check, rule, part))
			near_name(&out, check, part, found++);
	}
	return found == 0 ? NULL : buf_string(&out);
}

struct near_sorted {
	struct explain_near near;
	double score;
};

static int
near_compare(const void *a, const void *b)
{
	const struct near_sorted *left = a, *right = b;

	if (left->score != right->score)
		return left->score < right->score ? 1 : -1;
	return strcmp(left->near.rule->name, right->near.rule->name);
}

size_t
explain_near(void *mem, struct check *check, struct explain_near **list)
{
	const struct ruleset *ruleset = check->ruleset;
	struct near_sorted *found = mem_array(mem, struct near_sorted,
					      NEAR_MISSES);
	size_t count = 0;

	for (size_t i = 0; i < ruleset->order_count && count < NEAR_MISSES;
	     i++) {
		const struct rule *rule = ruleset->order[i];
		const char *lacked;

		if (rule->meta == NULL || rule->flags & RULE_SUBRULE ||
		    rule->not_run != NULL || check->values[rule->index] != 0 ||
		    near_score(check, rule) < EXPLAIN_NEAR_SCORE)
			continue;
		lacked = near_lacked(mem, check, rule);
		if (lacked != NULL)
			found[count++] = (struct near_sorted){
				{ rule, lacked }, near_score(check, rule)
			};
	}
	if (count > 1)
		qsort(found, count, sizeof(*found), near_compare);
	count = count > EXPLAIN_NEAR ? EXPLAIN_NEAR : count;
	*list = mem_array(mem, struct explain_near, count + 1);
	for (size_t i = 0; i < count; i++)
		(*list)[i] = found[i].near;
	mem_free(found);
	return count;
}
