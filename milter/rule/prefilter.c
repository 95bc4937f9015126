/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/prefilter.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "mail/text.h"
#include "rule/check_private.h"
#include "rule/order.h"
#include "rule/sieve.h"
#include "wrap/regex_starts.h"

#define PREFILTER_STARTERS 64 /* bits of a set */
#define PREFILTER_AHEAD 3     /* stops at which rules are fetched */

/* Rules that look at the same texts. */
struct prefilter_view {
	enum rule_type type;
	/* The first rule: of header and mimeheader rules, that say which. */
	const struct rule *first;
	struct sieve *sieves[2]; /* the other for bare text; or NULL */
	uint32_t *rules; /* by slot of the sieves: index */
	size_t rule_count; /* some stand there several times */
	/* Rules without words, but with few places to begin at. */
	struct start_table *starts; /* of them, by their bits */
	uint32_t starters[PREFILTER_STARTERS]; /* index */
	size_t starter_count;
};

struct prefilter {
	struct prefilter_view views[RULE_TYPES];
	struct prefilter_view *headers;
	size_t header_count;
	uint32_t *chains; /* what a message begins with: see prefilter_run */
	uint8_t *sifted; /* by rule index: see prefilter_add; 0: not */
	uint32_t *course; /* of rules that are no metas, in order: index */
	size_t course_count;
	uint32_t *places; /* by rule index: where it stands there */
	uint64_t *stops; /* what a message begins with: see prefilter_run */
	size_t stop_words;
	uint8_t *states; /* the same, where nothing ends the check early */
};

#define PREFILTER_ALL UINT32_MAX
#define PREFILTER_TAGS 0x80 /* of what is sifted: it is wanted in any case */

struct prefilter_run {
	/* By rule index: the texts to be tried, as a chain of links, in order:
	 * number of the first link; 0: none, or PREFILTER_ALL. */
	uint32_t *chains;
	uint32_t *last; /* link of the same, valid while chains is not 0 */
	struct prefilter_link {
		uint32_t text;
		uint32_t next;
	} *links;
	size_t link_count;
	bool done[RULE_TYPES];
	/* Set of places of the course, 64 to a word, at which to ask whether a
	 * rule is wanted: those that are, the first of each type, upon which
	 * its texts are looked at, and where the check may end. */
	uint64_t *stops;
};

/* --- for a rule set --- */

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

static void
prefilter_set_stop(uint64_t *stops, size_t place)
{
	stops[place / 64] |= 1ull << place % 64;
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

/* --- for a message --- */

struct prefilter_run *
prefilter_begin(struct check *check)
{
	const struct prefilter *prefilter = check->ruleset->prefilter;
	struct prefilter_run *run = mem_new(check, struct prefilter_run);
	size_t count = check->ruleset->count + 1;

	run->chains = mem_copy(run, prefilter->chains,
			       count * sizeof(*run->chains));
	run->last = mem_room(run, uint32_t, count);
	run->stops = mem_copy(run, prefilter->stops,
			      prefilter->stop_words * sizeof(*run->stops));
	if (!check->ruleset->settings.shortcircuit)
		memcpy(check->states, prefilter->states, count);
	return run;
}

static void
prefilter_link(struct check *check, uint32_t rule, uint32_t text)
{
	struct prefilter_run *run = check->own->prefilter;

	/* Several clauses of a rule: one text. */
	if (run->chains[rule] != 0 &&
	    run->links[run->last[rule] - 1].text == text)
		return;
	mem_grow(run, run->links, run->link_count);
	run->links[run->link_count++] = (struct prefilter_link){ text, 0 };
	if (run->chains[rule] == 0) {
		run->chains[rule] = (uint32_t)run->link_count;
		prefilter_set_stop(run->stops,
				   check->ruleset->prefilter->places[rule]);
	} else {
		run->links[run->last[rule] - 1].next =
			(uint32_t)run->link_count;
	}
	run->last[rule] = (uint32_t)run->link_count;
}

static void
prefilter_scan(struct check *check, const struct prefilter_view *view,
	       struct slice text, size_t number)
{
	const uint32_t *slots;
	size_t count;

	for (size_t k = 0; k < 2; k++) {
		if (view->sieves[k] == NULL)
			continue;
		count = sieve_scan(view->sieves[k], check->own->room->sieve,
				   text, &slots);
		for (size_t i = 0; i < count; i++)
			prefilter_link(check, view->rules[slots[i]],
				       (uint32_t)number);
	}
	if (view->starter_count == 0)
		return;
	for (uint64_t left = start_table_look(view->starts, text); left != 0;
	     left &= left - 1)
		prefilter_link(check,
			       view->starters[__builtin_ctzll(left)],
			       (uint32_t)number);
}

static void
prefilter_scan_texts(struct check *check,
		     const struct prefilter_view *view,
		     const struct text *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		prefilter_scan(check, view, texts->items[i], i);
}

/* An absent field is tried as what stands for it, see match_header(). */
static void
prefilter_want_unset(struct check *check, const struct prefilter_view *view)
{
	struct prefilter_run *run = check->own->prefilter;

	for (size_t i = 0; i < view->rule_count; i++) {
		uint32_t rule = view->rules[i];

		if (check->ruleset->rules[rule]->if_unset == NULL)
			continue;
		run->chains[rule] = PREFILTER_ALL;
		prefilter_set_stop(run->stops,
				   check->ruleset->prefilter->places[rule]);
	}
}

static void
prefilter_scan_headers(struct check *check)
{
	const struct prefilter *prefilter = check->ruleset->prefilter;

	for (size_t i = 0; i < prefilter->header_count; i++) {
		const struct prefilter_view *view = &prefilter->headers[i];
		struct slice value;

		if (view->type != RULE_HEADER || view->rule_count == 0)
			continue;
		value = header_rule_value(check, view->first);
		if (value.data != NULL) {
			prefilter_scan(check, view, value, 0);
			continue;
		}
		prefilter_want_unset(check, view);
	}
}

static void
prefilter_scan_parts(struct check *check)
{
	const struct prefilter *prefilter = check->ruleset->prefilter;

	for (size_t i = 0; i < prefilter->header_count; i++) {
		const struct prefilter_view *view = &prefilter->headers[i];
		const struct rule *rule;

		if (view->type != RULE_MIMEHEADER || view->rule_count == 0)
			continue;
		rule = check->ruleset->rules[view->rules[0]];
		for (size_t k = 0; k < check->message->part_count; k++)
			prefilter_scan(check, view,
				       mimeheader_value(
					       check, rule,
					       check->message->parts[k]),
				       0);
	}
}

static void
prefilter_look(struct check *check, enum rule_type type)
{
	struct prefilter_run *run = check->own->prefilter;
	const struct prefilter_view *view =
		&check->ruleset->prefilter->views[type];

	run->done[type] = true;
	switch (type) {
	case RULE_HEADER:
		prefilter_scan_headers(check);
		break;
	case RULE_MIMEHEADER:
		prefilter_scan_parts(check);
		break;
	case RULE_BODY:
		prefilter_scan_texts(check, view, text_body(check->message));
		break;
	case RULE_RAWBODY:
		prefilter_scan_texts(check, view, text_rawbody(check->message));
		break;
	case RULE_URI:
		prefilter_scan_texts(check, view, &check_uris(check)->unique);
		break;
	default:
		prefilter_scan(check, view, text_full(check->message), 0);
	}
}

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

/*
 * Rules and their patterns lie all over the memory, and a mail tries hundreds
 * of them once each: so those of the next stops are fetched in time, the rule
 * first, then what it points to.
 */
static void
prefilter_foresee(const struct check *check, size_t stop)
{
	const struct ruleset *ruleset = check->ruleset;
	const struct prefilter *prefilter = ruleset->prefilter;

	for (unsigned ahead = 1; ahead <= PREFILTER_AHEAD; ahead++) {
		const struct rule *rule;

		stop = prefilter_next(prefilter, check->own->prefilter,
				      stop + 1);
		if (stop == prefilter->course_count)
			return;
		rule = ruleset->rules[prefilter->course[stop]];
		if (ahead == PREFILTER_AHEAD)
			__builtin_prefetch(rule);
		else if (rule->regex != NULL)
			regex_foresee(rule->regex, ahead == 1);
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

bool
prefilter_wants(struct check *check, size_t rule)
{
	struct prefilter_run *run = check->own->prefilter;
	uint8_t sifted = check->ruleset->prefilter->sifted[rule];
	enum rule_type type;

	if (run == NULL || sifted == 0)
		return true;
	type = (enum rule_type)((sifted & ~PREFILTER_TAGS) - 1);
	if (!run->done[type]) {
		prefilter_look(check, type);
		check->own->now = clock_about_us(); /* no rule is to blame */
	}
	return run->chains[rule] != 0 || sifted & PREFILTER_TAGS;
}

bool
prefilter_hopes(const struct check *check, const struct rule *rule)
{
	const struct prefilter_run *run = check->own->prefilter;

	return run == NULL || run->chains[rule->index] != 0;
}

size_t
prefilter_text(struct check *check, const struct rule *rule, size_t from,
	       size_t count)
{
	struct prefilter_run *run = check->own->prefilter;
	uint32_t *chain;

	if (run == NULL || run->chains[rule->index] == PREFILTER_ALL)
		return from;
	chain = &run->chains[rule->index];
	while (*chain != 0 && run->links[*chain - 1].text < from)
		*chain = run->links[*chain - 1].next;
	return *chain == 0 ? count : run->links[*chain - 1].text;
}
