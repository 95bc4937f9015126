/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/meta_plan.h"

#include <string.h>

#include "base/mem.h"
#include "rule/check_private.h"
#include "rule/meta.h"

/*
 * check_meta.c goes over the metas twice: the first time it takes those whose
 * parts are all known, the second time a part that is no meta and never ran
 * counts as not hit. In one walk from parts to wholes the same is:
 */
enum meta_state {
	META_KNOWN, /* the first time */
	META_LATE,  /* the second time */
	META_NEVER, /* what asks for it is not evaluated either */
};

struct meta_plan {
	const struct rule **metas; /* parts before wholes */
	size_t count;
	size_t words; /* of a set of them, 64 to a word */
	/* By rule index: places in metas of those that name it. */
	uint32_t *first; /* and one behind, into users */
	uint32_t *users;
	bool *is_meta; /* by rule index */
	/* With no rule hit. */
	uint8_t *known; /* by rule index, of other rules: enum check_known */
	uint8_t *states; /* by place: enum meta_state */
	uint64_t *hits; /* set of places */
};

struct meta_run {
	struct check *check;
	const struct meta_plan *plan;
	uint8_t *states; /* by rule index, of metas: enum meta_state */
	uint64_t *wanted; /* set of places */
};

/* What can be told of a meta; false: it is not to be evaluated. */
static bool
plan_can_run(const struct meta_run *run, const struct rule *rule,
	     enum meta_state *state)
{
	unsigned set = run->check->ruleset->score_set & 3;
	const struct meta *meta = rule->meta;

	*state = META_KNOWN;
	for (size_t i = 0; i < meta->depend_count; i++) {
		size_t part = meta->depends[i]->index;

		if (!run->plan->is_meta[part]) {
			if (run->check->states[part] != CHECK_KNOWN)
				*state = META_LATE;
			continue;
		}
		if (run->states[part] == META_NEVER) {
			*state = META_NEVER;
			return false;
		}
		if (run->states[part] == META_LATE)
			*state = META_LATE;
	}
	if (*state == META_LATE && rule->score[set] == 0)
		*state = META_NEVER;
	return *state != META_NEVER;
}

static void
plan_want_users(const struct meta_run *run, const struct rule *rule)
{
	const struct meta_plan *plan = run->plan;

	for (uint32_t i = plan->first[rule->index];
	     i < plan->first[rule->index + 1]; i++)
		run->wanted[plan->users[i] / 64] |= 1ull
						    << plan->users[i] % 64;
}

/* The meta at this place; its users if it is not as it was. */
static void
plan_settle(const struct meta_run *run, size_t place)
{
	const struct meta_plan *plan = run->plan;
	const struct rule *rule = plan->metas[place];
	bool hit = false, hit_then = plan->hits[place / 64] >> place % 64 & 1;
	enum meta_state state;

	if (plan_can_run(run, rule, &state)) {
		double value = meta_run(rule->meta, run->check->values);

		hit = value != 0;
		/* One without a score that is true never becomes known. */
		if (hit && rule->score[run->check->ruleset->score_set & 3] == 0)
			state = META_NEVER;
		else if (hit)
			meta_hit(run->check, rule, value);
		else
			run->check->states[rule->index] = CHECK_KNOWN;
	}
	run->states[rule->index] = (uint8_t)state;
	if (hit || hit_then || state != plan->states[place])
		plan_want_users(run, rule);
}

static void
plan_walk(const struct meta_run *run)
{
	const struct meta_plan *plan = run->plan;

	for (size_t word = 0; word < plan->words; word++) {
		while (run->wanted[word] != 0) {
			size_t place = word * 64 +
				(size_t)__builtin_ctzll(run->wanted[word]);

			run->wanted[word] &= run->wanted[word] - 1;
			plan_settle(run, place);
		}
	}
}

/* --- for a rule set --- */

static void
plan_find_users(struct meta_plan *plan, const struct ruleset *ruleset)
{
	uint32_t *next = mem_array(plan, uint32_t, ruleset->count + 1);
	uint32_t total = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct meta *meta = plan->metas[i]->meta;

		for (size_t k = 0; k < meta->depend_count; k++)
			next[meta->depends[k]->index]++;
	}
	for (size_t i = 0; i < ruleset->count; i++) {
		uint32_t count = next[i];

		plan->first[i] = next[i] = total;
		total += count;
	}
	plan->first[ruleset->count] = total;
	plan->users = mem_array(plan, uint32_t, total + 1);
	for (size_t i = 0; i < plan->count; i++) {
		const struct meta *meta = plan->metas[i]->meta;

		for (size_t k = 0; k < meta->depend_count; k++)
			plan->users[next[meta->depends[k]->index]++] =
				(uint32_t)i;
	}
	mem_free(next);
}

/* A check of no message, in which no rule hit; all metas are evaluated. */
static void
plan_find_states(struct meta_plan *plan, const struct ruleset *ruleset)
{
	struct check *check = mem_new(plan, struct check);
	struct meta_run run = { .check = check, .plan = plan };

	check->ruleset = ruleset;
	check->values = mem_array(check, double, ruleset->count + 1);
	check->states = mem_copy(check, plan->known, ruleset->count + 1);
	run.states = mem_array(check, uint8_t, ruleset->count + 1);
	memset(run.states, META_NEVER, ruleset->count + 1);
	run.wanted = mem_array(check, uint64_t, plan->words + 1);
	for (size_t i = 0; i < plan->count; i++) {
		enum meta_state state;
		double value = 0;

		if (plan_can_run(&run, plan->metas[i], &state))
			value = meta_run(plan->metas[i]->meta, check->values);
		if (value != 0 &&
		    plan->metas[i]->score[ruleset->score_set & 3] == 0)
			state = META_NEVER;
		if (state != META_NEVER && value != 0) {
			check->values[plan->metas[i]->index] =
				value > 0 ? value : 1;
			plan->hits[i / 64] |= 1ull << i % 64;
		}
		run.states[plan->metas[i]->index] = (uint8_t)state;
		plan->states[i] = (uint8_t)state;
	}
	mem_free(check);
}

struct meta_plan *
meta_plan_new(struct ruleset *ruleset)
{
	struct meta_plan *plan = mem_new(ruleset, struct meta_plan);

	plan->metas = mem_array(plan, const struct rule *,
				ruleset->order_count + 1);
	plan->known = mem_array(plan, uint8_t, ruleset->count + 1);
	plan->first = mem_array(plan, uint32_t, ruleset->count + 1);
	for (size_t i = 0; i < ruleset->order_count; i++) {
		const struct rule *rule = ruleset->order[i];

		if (rule->type == RULE_META)
			plan->metas[plan->count++] = rule;
		else
			plan->known[rule->index] = CHECK_KNOWN;
	}
	plan->is_meta = mem_array(plan, bool, ruleset->count + 1);
	for (size_t i = 0; i < ruleset->count; i++)
		plan->is_meta[i] = ruleset->rules[i]->type == RULE_META &&
				   ruleset->rules[i]->meta != NULL;
	plan->words = plan->count / 64 + 1;
	plan->states = mem_array(plan, uint8_t, plan->count + 1);
	plan->hits = mem_array(plan, uint64_t, plan->words);
	plan_find_users(plan, ruleset);
	plan_find_states(plan, ruleset);
	return plan;
}

/* --- for a message --- */

void
meta_plan_run(struct check *check)
{
	const struct ruleset *ruleset = check->ruleset;
	const struct meta_plan *plan = ruleset->meta_plan;
	struct meta_run run = {
		.check = check,
		.plan = plan,
		.states = mem_array(check, uint8_t, ruleset->count + 1),
		.wanted = mem_copy(check, plan->hits,
				   plan->words * sizeof(*plan->hits)),
	};

	memset(run.states, META_NEVER, ruleset->count);
	for (size_t i = 0; i < check->hit_count; i++)
		plan_want_users(&run, check->hits[i].rule);
	for (size_t i = 0; i < ruleset->count; i++)
		if (check->states[i] != plan->known[i])
			plan_want_users(&run, ruleset->rules[i]);
	for (size_t i = 0; i < plan->count; i++) {
		size_t index = plan->metas[i]->index;

		run.states[index] = plan->states[i];
		if (plan->states[i] != META_NEVER)
			check->states[index] = CHECK_KNOWN;
	}
	plan_walk(&run);
}
