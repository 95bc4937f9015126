/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sub-rules are of use to metas alone, and most metas are settled by one or two
 * of the many that they name. So sub-rules whose patterns take time wait, as
 * open values; a meta that counts (it is no sub-rule) is told from what is
 * known, as far as it can be, and asks for one open value after the other until
 * it is told. What nobody has asked for in the end is never run.
 */
#include "rule/meta_private.h"

#include "base/mem.h"
#include "wrap/regex.h"

/* How often a rule hits, more or less: few rules hold up as many mails as those
 * that ask for no word. */
static uint32_t
plan_cost(const struct rule *rule)
{
	if (rule->regex == NULL)
		return rule->type == RULE_META ? 4 : 8;
	return regex_needs(rule->regex) != NULL &&
			       !(rule->flags & RULE_NEGATED)
		       ? 1
		       : 8;
}

/*
 * Sub-rules are of use to metas alone. What costs time are patterns; those that
 * give or take captures are left to their turn.
 */
static bool
plan_can_wait(const struct ruleset *ruleset, const struct rule *rule)
{
	if (!(rule->flags & RULE_SUBRULE) ||
	    rule->score[ruleset->score_set & 3] == 0)
		return false;
	if (rule->type == RULE_META)
		return rule->meta != NULL;
	return rule->regex != NULL && !rule->has_captures &&
	       !rule->uses_captures &&
	       (rule->type == RULE_HEADER || rule->type == RULE_BODY ||
		rule->type == RULE_RAWBODY || rule->type == RULE_URI ||
		rule->type == RULE_FULL);
}

void
plan_find_waiters(struct meta_plan *plan, const struct ruleset *ruleset)
{
	plan->can_wait = mem_array(plan, uint8_t, ruleset->count + 1);
	plan->traits = mem_array(plan, uint8_t, ruleset->count + 1);
	plan->places = mem_array(plan, uint32_t, ruleset->count + 1);
	for (size_t i = 0; i < ruleset->count; i++) {
		const struct rule *rule = ruleset->rules[i];

		plan->can_wait[i] = plan_can_wait(ruleset, rule);
		plan->traits[i] = (uint8_t)plan_cost(rule);
		if (rule->type == RULE_META || rule->flags & RULE_MULTIPLE)
			plan->traits[i] |= RANGE_ENDLESS;
	}
	for (size_t i = 0; i < plan->count; i++) {
		struct plan_meta *meta = &plan->metas[i];

		meta->can_wait = plan->can_wait[meta->rule];
		plan->places[meta->rule] = (uint32_t)i;
	}
}

/* --- for a message --- */

bool
meta_plan_can_wait(const struct ruleset *ruleset, size_t index)
{
	return ruleset->meta_plan->can_wait[index];
}

void
plan_begin_open(struct meta_run *run)
{
	const struct check_private *own = run->check->own;

	run->values = (struct range_values){
		.values = run->check->values,
		.open = own->open,
		.traits = run->plan->traits,
	};
	run->asked = mem_room(run->check, uint32_t, run->plan->count + 1);
	for (size_t i = 0; i < own->late_count; i++)
		plan_want(run, &run->plan->watchers, own->late[i]);
}

/* An open rule is run, if there is time; an open meta's place is pushed. */
static size_t
plan_ask(struct meta_run *run, uint32_t rule, size_t top)
{
	uint8_t *open = run->check->own->open;

	if (open[rule] == CHECK_OPEN_META) {
		run->asked[top] = run->plan->places[rule];
		return top + 1;
	}
	check_late(run->check, run->check->ruleset->rules[rule]);
	if (!run->check->timed_out && open[rule] != CHECK_HIT)
		open[rule] = CHECK_NO_HIT;
	return top;
}

/* What the meta at this place comes to, and on the way the open metas that it
 * cannot be told without. Where the time is over it stays open, too, for what
 * is built on it: it did not hit, but nobody knows that it would not have. */
static double
plan_resolve(struct meta_run *run, size_t place)
{
	struct check *check = run->check;
	size_t top = 0;

	run->asked[top++] = (uint32_t)place;
	for (;;) {
		const struct plan_meta *meta =
			&run->plan->metas[run->asked[top - 1]];
		struct range range = expression_range(&meta->program,
						      &run->values);

		if (!range.known && check->timed_out) {
			check->own->open[run->plan->metas[place].rule] =
				CHECK_OPEN_META;
			return 0;
		}
		if (!range.known) {
			top = plan_ask(run, range.cause, top);
			continue;
		}
		if (--top == 0)
			return range.least;
		check->own->open[meta->rule] = CHECK_NO_HIT;
		if (range.least != 0)
			meta_hit(check, check->ruleset->rules[meta->rule],
				 range.least);
	}
}

void
plan_end_open(const struct meta_run *run)
{
	struct check *check = run->check;

	for (size_t i = 0; check->timed_out && i < check->ruleset->count; i++)
		if (check->own->open[i] >= CHECK_OPEN_RULE)
			check->states[i] = CHECK_UNKNOWN;
}

double
plan_value(struct meta_run *run, size_t place, bool *open)
{
	const struct plan_meta *meta = &run->plan->metas[place];
	struct range range;

	*open = false;
	if (run->check->own->open == NULL)
		return expression_run(&meta->program, run->check->values);
	if (!meta->can_wait)
		return plan_resolve(run, place);
	range = expression_range(&meta->program, &run->values);
	if (range.known)
		return range.least;
	*open = true;
	run->check->own->open[meta->rule] = CHECK_OPEN_META;
	return 0;
}
