/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/prefilter.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "mail/text.h"
#include "rule/check_private.h"
#include "rule/sieve.h"

/* Rules that look at the same texts. */
struct prefilter_view {
	enum rule_type type;
	const char *header; /* of header and mimeheader rules */
	unsigned select;
	struct sieve *sieves[2]; /* the other for bare text; or NULL */
	uint32_t *rules; /* by slot of the sieves: index */
	size_t rule_count; /* some stand there several times */
};

struct prefilter {
	struct prefilter_view views[RULE_TYPES];
	struct prefilter_view *headers;
	size_t header_count;
	uint32_t *chains; /* what a message begins with: see prefilter_run */
	bool *sifted; /* by rule index: it stands in a sieve */
};

#define PREFILTER_ALL UINT32_MAX

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
};

/* --- for a rule set --- */

static bool
prefilter_can(const struct rule *rule)
{
	return rule->regex != NULL && !rule->uses_captures &&
	       !(rule->flags & (RULE_NEGATED | RULE_CONCAT)) &&
	       !(rule->type == RULE_MIMEHEADER && rule->if_unset != NULL) &&
	       regex_needs(rule->regex) != NULL;
}

static struct prefilter_view *
prefilter_header_view(struct ruleset *ruleset, const struct rule *rule)
{
	struct prefilter *prefilter = ruleset->prefilter;
	struct prefilter_view *view;

	for (size_t i = 0; i < prefilter->header_count; i++) {
		view = &prefilter->headers[i];
		if (view->type == rule->type && view->select == rule->select &&
		    strcmp(view->header, rule->header) == 0)
			return view;
	}
	mem_grow(prefilter, prefilter->headers, prefilter->header_count);
	view = &prefilter->headers[prefilter->header_count++];
	*view = (struct prefilter_view){ .type = rule->type,
					 .header = rule->header,
					 .select = rule->select };
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
prefilter_add(struct ruleset *ruleset, const struct rule *rule)
{
	struct prefilter *prefilter = ruleset->prefilter;
	struct prefilter_view *view = prefilter_view(ruleset, rule);
	const struct regex_needs *needs;
	struct sieve **sieve;

	prefilter->chains[rule->index] = PREFILTER_ALL;
	if (view == NULL || !prefilter_can(rule))
		return;
	needs = regex_needs(rule->regex);
	prefilter->chains[rule->index] = 0;
	prefilter->sifted[rule->index] = true;
	sieve = &view->sieves[needs->bare];
	if (*sieve == NULL)
		*sieve = sieve_new(prefilter, needs->bare);
	for (size_t i = 0; i < needs->count; i++) {
		sieve_add(*sieve, (uint32_t)view->rule_count,
			  &needs->clauses[i]);
		mem_grow(prefilter, view->rules, view->rule_count);
		view->rules[view->rule_count++] = (uint32_t)rule->index;
	}
}

static void
prefilter_finish(struct prefilter_view *view)
{
	for (size_t i = 0; i < 2; i++)
		if (view->sieves[i] != NULL)
			sieve_finish(view->sieves[i]);
}

struct prefilter *
prefilter_new(struct ruleset *ruleset)
{
	struct prefilter *prefilter = mem_new(ruleset, struct prefilter);

	ruleset->prefilter = prefilter;
	prefilter->chains = mem_array(prefilter, uint32_t, ruleset->count + 1);
	prefilter->sifted = mem_array(prefilter, bool, ruleset->count + 1);
	for (size_t i = 0; i < ruleset->order_count; i++)
		prefilter_add(ruleset, ruleset->order[i]);
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
	const struct ruleset *ruleset = check->ruleset;
	struct prefilter_run *run = mem_new(check, struct prefilter_run);
	size_t size = (ruleset->count + 1) * sizeof(*run->chains);

	run->chains = mem_copy(run, ruleset->prefilter->chains, size);
	run->last = mem_array(run, uint32_t, ruleset->count + 1);
	return run;
}

static void
prefilter_link(struct prefilter_run *run, uint32_t rule, uint32_t text)
{
	/* Several clauses of a rule: one text. */
	if (run->chains[rule] != 0 &&
	    run->links[run->last[rule] - 1].text == text)
		return;
	mem_grow(run, run->links, run->link_count);
	run->links[run->link_count++] = (struct prefilter_link){ text, 0 };
	if (run->chains[rule] == 0)
		run->chains[rule] = (uint32_t)run->link_count;
	else
		run->links[run->last[rule] - 1].next =
			(uint32_t)run->link_count;
	run->last[rule] = (uint32_t)run->link_count;
}

static void
prefilter_scan(struct check *check, const struct prefilter_view *view,
	       struct slice text, size_t number)
{
	struct prefilter_run *run = check->own->prefilter;
	const uint32_t *slots;
	size_t count;

	for (size_t k = 0; k < 2; k++) {
		if (view->sieves[k] == NULL)
			continue;
		count = sieve_scan(view->sieves[k], check->own->room->sieve,
				   text, &slots);
		for (size_t i = 0; i < count; i++)
			prefilter_link(run, view->rules[slots[i]],
				       (uint32_t)number);
	}
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
prefilter_scan_headers(struct check *check, struct prefilter_run *run)
{
	const struct prefilter *prefilter = check->ruleset->prefilter;

	for (size_t i = 0; i < prefilter->header_count; i++) {
		const struct prefilter_view *view = &prefilter->headers[i];
		struct slice value;

		if (view->type != RULE_HEADER || view->rule_count == 0)
			continue;
		value = header_value(check, view->header, view->select);
		if (value.data != NULL) {
			prefilter_scan(check, view, value, 0);
			continue;
		}
		for (size_t k = 0; k < view->rule_count; k++)
			if (check->ruleset->rules[view->rules[k]]->if_unset)
				run->chains[view->rules[k]] = PREFILTER_ALL;
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
		prefilter_scan_headers(check, run);
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
prefilter_wants(struct check *check, const struct rule *rule)
{
	struct prefilter_run *run = check->own->prefilter;

	if (run == NULL || !check->ruleset->prefilter->sifted[rule->index])
		return true;
	if (!run->done[rule->type]) {
		prefilter_look(check, rule->type);
		check->own->now = clock_us(); /* no rule is to blame */
	}
	return run->chains[rule->index] != 0;
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
