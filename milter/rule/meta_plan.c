/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/meta_private.h"

#include <string.h>

#include "base/mem.h"
#include "rule/meta_watch.h"

/* What can be told of a meta; META_NEVER: it is not to be evaluated. */
static enum meta_state
plan_begins(const struct meta_run *run, size_t place)
{
	const struct plan_list *parts = &run->plan->parts;
	enum meta_state state = META_KNOWN;

	for (uint32_t i = parts->first[place]; i < parts->first[place + 1];
	     i++) {
		uint32_t part = parts->items[i];

		if (!run->plan->is_meta[part]) {
			if (run->check->states[part] != CHECK_KNOWN)
				state = META_LATE;
			continue;
		}
		if (run->states[part] == META_NEVER)
			return META_NEVER;
		if (run->states[part] == META_LATE)
			state = META_LATE;
	}
	return state == META_LATE && run->plan->metas[place].is_unscored
		       ? META_NEVER
		       : state;
}

void
plan_want(const struct meta_run *run, const struct plan_list *list,
	  size_t rule)
{
	for (uint32_t i = list->first[rule]; i < list->first[rule + 1]; i++)
		run->wanted[list->items[i] / 64] |= 1ull
						     << list->items[i] % 64;
}

/* The meta at this place; and what depends on it, if it is not as it was. */
static void
plan_settle(struct meta_run *run, size_t place)
{
	const struct meta_plan *plan = run->plan;
	const struct plan_meta *meta = &plan->metas[place];
	bool hit = false, hit_then = plan->hits[place / 64] >> place % 64 & 1;
	enum meta_state state = run->unlike ? plan_begins(run, place)
					    : meta->begins;

	if (state != META_NEVER) {
		bool open;
		double value = plan_value(run, place, &open);

		hit = open || value != 0;
		/* One without a score that is true never becomes known. */
		if (hit && meta->is_unscored)
			state = META_NEVER;
		else if (value != 0)
			meta_hit(run->check,
				 run->check->ruleset->rules[meta->rule], value);
		else
			run->check->states[meta->rule] = CHECK_KNOWN;
	}
	run->states[meta->rule] = (uint8_t)state;
	run->unlike = run->unlike || state != plan->states[meta->rule];
	if (hit_then || state != plan->states[meta->rule])
		plan_want(run, &plan->users, meta->rule);
	else if (hit)
		plan_want(run, &plan->watchers, meta->rule);
}

/* The program of the next one is on its way while one is looked at. */
static void
plan_walk(struct meta_run *run)
{
	const struct meta_plan *plan = run->plan;

	for (size_t word = 0; word < plan->words; word++) {
		while (run->wanted[word] != 0) {
			size_t place = word * 64 +
				(size_t)__builtin_ctzll(run->wanted[word]);

			run->wanted[word] &= run->wanted[word] - 1;
			if (run->wanted[word] != 0)
				__builtin_prefetch(
					plan->metas[word * 64 +
						    (size_t)__builtin_ctzll(
							    run->wanted[word])]
						.program.steps);
			plan_settle(run, place);
		}
	}
}

/* --- for a rule set --- */

struct plan_pair {
	uint32_t from, to;
};

/* From pairs, by counting. */
static void
plan_list_fill(void *mem, struct plan_list *list, size_t most,
	       const struct plan_pair *pairs, size_t count)
{
	uint32_t *next = mem_array(mem, uint32_t, most + 1);
	uint32_t total = 0;

	list->first = mem_array(mem, uint32_t, most + 1);
	list->items = mem_array(mem, uint32_t, count + 1);
	for (size_t i = 0; i < count; i++)
		list->first[pairs[i].from]++;
	for (size_t i = 0; i <= most; i++) {
		uint32_t here = list->first[i];

		list->first[i] = next[i] = total;
		total += here;
	}
	for (size_t i = 0; i < count; i++)
		list->items[next[pairs[i].from]++] = pairs[i].to;
	mem_free(next);
}

static void
plan_find_users(struct meta_plan *plan, const struct ruleset *ruleset)
{
	struct plan_pair *pairs = NULL;
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct meta *meta =
			ruleset->rules[plan->metas[i].rule]->meta;

		for (size_t k = 0; k < meta->depend_count; k++) {
			mem_grow(plan, pairs, count);
			pairs[count++] = (struct plan_pair){
				(uint32_t)i, (uint32_t)meta->depends[k]->index
			};
		}
	}
	plan_list_fill(plan, &plan->parts, plan->count, pairs, count);
	for (size_t i = 0; i < count; i++)
		pairs[i] = (struct plan_pair){ pairs[i].to, pairs[i].from };
	plan_list_fill(plan, &plan->users, ruleset->count, pairs, count);
	mem_free(pairs);
}

/* Where no choice can be made, all that a meta names is watched. */
static void
plan_find_watchers(struct meta_plan *plan, const struct ruleset *ruleset)
{
	uint32_t *cost = mem_array(plan, uint32_t, ruleset->count + 1);
	struct plan_pair *pairs = NULL;
	size_t count = 0;

	for (size_t i = 0; i < ruleset->count; i++)
		cost[i] = plan->traits[i] & RANGE_COST;
	for (size_t i = 0; i < plan->count; i++)
		if (plan->hits[i / 64] >> i % 64 & 1)
			cost[plan->metas[i].rule] = UINT32_MAX;
	for (size_t i = 0; i < plan->count; i++) {
		const struct meta *meta =
			ruleset->rules[plan->metas[i].rule]->meta;
		struct watch watch;
		bool found = watch_find(&watch, meta->program, cost);
		size_t rules = found ? watch.count : meta->depend_count;

		for (size_t k = 0; k < rules; k++) {
			mem_grow(plan, pairs, count);
			pairs[count++] = (struct plan_pair){
				found ? watch.rules[k]
				      : (uint32_t)meta->depends[k]->index,
				(uint32_t)i
			};
		}
	}
	plan_list_fill(plan, &plan->watchers, ruleset->count, pairs, count);
	mem_free(pairs);
	mem_free(cost);
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
		struct plan_meta *meta = &plan->metas[i];
		enum meta_state state = plan_begins(&run, i);
		double value = 0;

		meta->begins = (uint8_t)state;
		if (state != META_NEVER)
			value = expression_run(&meta->program, check->values);
		if (value != 0 && meta->is_unscored)
			state = META_NEVER;
		if (state != META_NEVER && value != 0) {
			check->values[meta->rule] = value > 0 ? value : 1;
			plan->hits[i / 64] |= 1ull << i % 64;
		}
		run.states[meta->rule] = (uint8_t)state;
		plan->settled[meta->rule] = state == META_NEVER ? CHECK_UNKNOWN
								: CHECK_KNOWN;
	}
	plan->states = mem_steal(plan, run.states);
	mem_free(check);
}

/* The metas in their order, and their programs one behind the other. */
static void
plan_find_metas(struct meta_plan *plan, const struct ruleset *ruleset)
{
	size_t total = 0;

	plan->metas = mem_array(plan, struct plan_meta,
				ruleset->order_count + 1);
	for (size_t i = 0; i < ruleset->order_count; i++) {
		const struct rule *rule = ruleset->order[i];

		if (rule->type != RULE_META)
			continue;
		plan->metas[plan->count++] = (struct plan_meta){
			.program = *rule->meta->program,
			.rule = (uint32_t)rule->index,
			.is_unscored = rule->score[ruleset->score_set & 3] == 0,
		};
		total += rule->meta->program->count;
	}
	plan->steps = mem_room(plan, struct expression_step, total + 1);
	total = 0;
	for (size_t i = 0; i < plan->count; i++) {
		struct expression *program = &plan->metas[i].program;

		memcpy(plan->steps + total, program->steps,
		       program->count * sizeof(*program->steps));
		program->steps = plan->steps + total;
		total += program->count;
	}
}

struct meta_plan *
meta_plan_new(struct ruleset *ruleset)
{
	struct meta_plan *plan = mem_new(ruleset, struct meta_plan);

	plan_find_metas(plan, ruleset);
	plan->known = mem_array(plan, uint8_t, ruleset->count + 1);
	plan->settled = mem_array(plan, uint8_t, ruleset->count + 1);
	for (size_t i = 0; i < ruleset->order_count; i++)
		if (ruleset->order[i]->type != RULE_META)
			plan->known[ruleset->order[i]->index] = CHECK_KNOWN;
	plan->is_meta = mem_array(plan, bool, ruleset->count + 1);
	for (size_t i = 0; i < ruleset->count; i++)
		plan->is_meta[i] = ruleset->rules[i]->type == RULE_META &&
				   ruleset->rules[i]->meta != NULL;
	plan->words = plan->count / 64 + 1;
	plan->hits = mem_array(plan, uint64_t, plan->words);
	plan_find_users(plan, ruleset);
	plan_find_waiters(plan, ruleset);
	plan_find_states(plan, ruleset);
	plan_find_watchers(plan, ruleset);
	return plan;
}

/* --- for a message --- */

/* Metas that name a rule which is not as it was; mostly there are none. */
static void
plan_want_unlike(struct meta_run *run)
{
	const uint8_t *states = run->check->states;
	const uint8_t *known = run->plan->known;
	size_t count = run->check->ruleset->count;

	for (size_t i = 0, end; i < count; i = end) {
		end = i + 64 < count ? i + 64 : count;
		if (memcmp(states + i, known + i, end - i) == 0)
			continue;
		for (; i < end; i++)
			if (states[i] != known[i]) {
				run->unlike = true;
				plan_want(run, &run->plan->users, i);
			}
	}
}

/* Eight rules at a time. */
static void
plan_or(uint8_t *states, const uint8_t *more, size_t count)
{
	uint64_t a, b;
	size_t i = 0;

	for (; i + sizeof(a) <= count; i += sizeof(a)) {
		memcpy(&a, states + i, sizeof(a));
		memcpy(&b, more + i, sizeof(b));
		a |= b;
		memcpy(states + i, &a, sizeof(a));
	}
	for (; i < count; i++)
		states[i] |= more[i];
}

void
meta_plan_run(struct check *check)
{
	const struct ruleset *ruleset = check->ruleset;
	const struct meta_plan *plan = ruleset->meta_plan;
	struct meta_run run = {
		.check = check,
		.plan = plan,
		.states = mem_copy(check, plan->states, ruleset->count + 1),
		.wanted = mem_copy(check, plan->hits,
				   plan->words * sizeof(*plan->hits)),
	};

	for (size_t i = 0; i < check->hit_count; i++)
		plan_want(&run, &plan->watchers, check->hits[i].rule->index);
	if (check->own->open != NULL)
		plan_begin_open(&run);
	plan_want_unlike(&run);
	plan_or(check->states, plan->settled, ruleset->count);
	plan_walk(&run);
	if (check->own->open != NULL)
		plan_end_open(&run);
}
