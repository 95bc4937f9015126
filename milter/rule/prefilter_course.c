/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For a message: from one rule that is worth trying to the next. */
#include "rule/prefilter_private.h"

#include <string.h>

#include "rule/meta_plan.h"

bool
prefilter_stops(const struct ruleset *ruleset, size_t place, size_t *index)
{
	const struct prefilter *prefilter = ruleset->prefilter;

	if (place >= prefilter->course_count)
		return false;
	*index = prefilter->course[place];
	return true;
}

/* The first stop from place on. */
static size_t
prefilter_next(const struct prefilter *prefilter,
	       const struct prefilter_run *run, size_t place)
{
	size_t word = place / 64;
	uint64_t left;

	if (place >= prefilter->course_count)
		return prefilter->course_count;
	left = run->stops[word] & UINT64_MAX << place % 64;
	while (left == 0 && ++word < prefilter->stop_words)
		left = run->stops[word];
	return left == 0 ? prefilter->course_count
			 : word * 64 + (size_t)__builtin_ctzll(left);
}

/* The same of stops at which the rule does not only begin to wait. */
static size_t
prefilter_next_run(const struct check *check, size_t place)
{
	const struct ruleset *ruleset = check->ruleset;
	const struct prefilter *prefilter = ruleset->prefilter;

	for (;; place++) {
		place = prefilter_next(prefilter, check->own->prefilter, place);
		if (place == prefilter->course_count ||
		    check->own->open == NULL ||
		    !meta_plan_can_wait(ruleset, prefilter->course[place]))
			return place;
	}
}

static void
prefilter_fetch(const struct check *check, const size_t *ahead)
{
	const struct ruleset *ruleset = check->ruleset;
	const struct prefilter *prefilter = ruleset->prefilter;

	for (size_t i = 0; i < PREFILTER_AHEAD; i++) {
		const struct rule *rule;

		if (ahead[i] >= prefilter->course_count)
			return;
		rule = ruleset->rules[prefilter->course[ahead[i]]];
		if (i + 1 == PREFILTER_AHEAD)
			__builtin_prefetch(rule);
		else if (rule->regex != NULL)
			regex_foresee(rule->regex, i == 0);
	}
}

/*
 * Rules and their patterns lie all over the memory, and a mail tries hundreds
 * of them once each: so those of the next stops are fetched in time, the rule
 * first, then what it points to.
 */
static void
prefilter_foresee(const struct check *check, size_t stop)
{
	size_t *ahead = check->own->prefilter->ahead;

	while (ahead[0] <= stop && ahead[0] <
	       check->ruleset->prefilter->course_count) {
		size_t last = ahead[PREFILTER_AHEAD - 1];

		memmove(ahead, ahead + 1,
			(PREFILTER_AHEAD - 1) * sizeof(*ahead));
		ahead[PREFILTER_AHEAD - 1] = prefilter_next_run(
			check, (last > stop ? last : stop) + 1);
		prefilter_fetch(check, ahead);
	}
}

size_t
prefilter_pass(struct check *check, size_t place)
{
	const struct prefilter *prefilter = check->ruleset->prefilter;
	const struct prefilter_run *run = check->own->prefilter;
	size_t stop;

	if (run == NULL)
		return place;
	stop = prefilter_next(prefilter, run, place);
	if (check->ruleset->settings.shortcircuit)
		for (; place < stop; place++)
			check->states[prefilter->course[place]] = CHECK_KNOWN;
	prefilter_foresee(check, stop);
	return stop;
}

void
prefilter_give_up(struct check *check, size_t place)
{
	const struct prefilter *prefilter = check->ruleset->prefilter;

	for (; place < prefilter->course_count; place++)
		if (prefilter->states[prefilter->course[place]] == CHECK_KNOWN)
			check->states[prefilter->course[place]] =
				CHECK_UNKNOWN;
}
