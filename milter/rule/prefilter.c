/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For a rule set: which rules stand in which sieve, and the course of a check. */
#include "rule/prefilter_private.h"

#include <string.h>

#include "base/mem.h"
#include "rule/order.h"
#include "wrap/regex_starts.h"

static bool
prefilter_can(const struct rule *rule)
{
	return rule->regex != NULL &&
	       !(rule->flags & (RULE_NEGATED | RULE_CONCAT)) &&
	       !(rule->type == RULE_MIMEHEADER && rule->if_unset != NULL);
}

static struct prefilter_view *
prefilter_header_view(struct ruleset *ruleset, const struct rule *rule)
{
	struct prefilter *prefilter = ruleset->prefilter;
	struct prefilter_view *view;

	for (size_t i = 0; i < prefilter->header_count; i++) {
		view = &prefilter->headers[i];
		if (view->type == rule->type &&
		    view->first->select == rule->select &&
		    strcmp(view->first->header, rule->header) == 0)
			return view;
	}
	mem_grow(prefilter, prefilter->headers, prefilter->header_count);
	view = &prefilter->headers[prefilter->header_count++];
	*view = (struct prefilter_view){ .type = rule->type, .first = rule };
	return view;
}

static struct prefilter_view *
prefilter_view(struct ruleset *ruleset, const struct rule *rule)
{
	switch (rule->type) {
	case RULE_BODY:
	case RULE_RAWBODY:
	case RULE_URI:
	case RULE_FULL:
		return &ruleset->prefilter->views[rule->type];
	case RULE_HEADER:
	case RULE_MIMEHEADER:
		return prefilter_header_view(ruleset, rule);
	default:
		return NULL;
	}
}

static void
prefilter_add_needs(struct prefilter *prefilter, struct prefilter_view *view,
		    const struct rule *rule)
{
	const struct regex_needs *needs = regex_needs(rule->regex);
	struct sieve **sieve = &view->sieves[needs->bare];

	if (*sieve == NULL)
		*sieve = sieve_new(prefilter, needs->bare);
	for (size_t i = 0; i < needs->count; i++) {
		sieve_add(*sieve, (uint32_t)view->rule_count,
			  &needs->clauses[i]);
		mem_grow(prefilter, view->rules, view->rule_count);
		view->rules[view->rule_count++] = (uint32_t)rule->index;
	}
}

/* False: it cannot be one. Fields are too short for it to be worth a table. */
static bool
prefilter_add_starter(struct prefilter *prefilter, struct prefilter_view *view,
		      const struct rule *rule)
{
	const struct regex_starts *starts = regex_starts(rule->regex);

	if (starts == NULL || view->first != NULL || rule->uses_captures ||
	    view->starter_count == PREFILTER_STARTERS)
		return false;
	if (view->starts == NULL)
		view->starts = mem_new(prefilter, struct start_table);
	start_table_add(view->starts, starts, (unsigned)view->starter_count);
	view->starters[view->starter_count++] = (uint32_t)rule->index;
	return true;
}

/* What stands in a sieve, or is a starter, is known by its type. */
static void
prefilter_add(struct ruleset *ruleset, const struct rule *rule)
{
	struct prefilter *prefilter = ruleset->prefilter;
	struct prefilter_view *view = prefilter_view(ruleset, rule);
	const struct regex_needs *needs;

	prefilter->chains[rule->index] = PREFILTER_ALL;
	if (view == NULL || !prefilter_can(rule))
		return;
	needs = regex_needs(rule->regex);
	if (needs != NULL && view->rule_count + needs->count <= SIEVE_SLOTS)
		prefilter_add_needs(prefilter, view, rule);
	else if (!prefilter_add_starter(prefilter, view, rule))
		return;
	prefilter->chains[rule->index] = 0;
	prefilter->sifted[rule->index] =
		(uint8_t)(rule->type + 1 +
			  (rule->uses_captures ? PREFILTER_TAGS : 0));
}

static void
prefilter_finish(struct prefilter_view *view)
{
	for (size_t i = 0; i < 2; i++)
		if (view->sieves[i] != NULL)
			sieve_finish(view->sieves[i]);
}

/* Whether the check may end between two rules, see check_ends(). */
static bool
prefilter_may_end(const struct ruleset *ruleset, const struct rule *last,
		  const struct rule *rule)
{
	return ruleset->settings.shortcircuit && last != NULL &&
	       (last->priority != rule->priority ||
		order_rank(last->type) != order_rank(rule->type));
}

static void
prefilter_lay_course(struct ruleset *ruleset)
{
	struct prefilter *prefilter = ruleset->prefilter;
	size_t count = ruleset->order_count;
	const struct rule *last = NULL;
	bool scouted[RULE_TYPES] = { false };

	prefilter->course = mem_array(prefilter, uint32_t, count + 1);
	prefilter->places = mem_array(prefilter, uint32_t, ruleset->count + 1);
	prefilter->stop_words = count / 64 + 1;
	prefilter->stops = mem_array(prefilter, uint64_t,
				     prefilter->stop_words);
	prefilter->states = mem_array(prefilter, uint8_t, ruleset->count + 1);
	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = ruleset->order[i];
		size_t place = prefilter->course_count;

		if (rule->type == RULE_META)
			continue;
		if (!prefilter->sifted[rule->index] || !scouted[rule->type] ||
		    rule->uses_captures ||
		    prefilter_may_end(ruleset, last, rule))
			prefilter_set_stop(prefilter->stops, place);
		else
			prefilter->states[rule->index] = CHECK_KNOWN;
		if (prefilter->sifted[rule->index])
			scouted[rule->type] = true;
		prefilter->course[place] = (uint32_t)rule->index;
		prefilter->places[rule->index] = (uint32_t)place;
		prefilter->course_count++;
		last = rule;
	}
}

struct prefilter *
prefilter_new(struct ruleset *ruleset)
{
	struct prefilter *prefilter = mem_new(ruleset, struct prefilter);

	ruleset->prefilter = prefilter;
	prefilter->chains = mem_array(prefilter, uint32_t, ruleset->count + 1);
	prefilter->sifted = mem_array(prefilter, uint8_t, ruleset->count + 1);
	for (size_t i = 0; i < ruleset->order_count; i++)
		prefilter_add(ruleset, ruleset->order[i]);
	prefilter_lay_course(ruleset);
	for (size_t i = 0; i < RULE_TYPES; i++)
		prefilter_finish(&prefilter->views[i]);
	for (size_t i = 0; i < prefilter->header_count; i++)
		prefilter_finish(&prefilter->headers[i]);
	return prefilter;
}
