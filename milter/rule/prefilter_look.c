/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For a message: its texts are held against the sieves. */
#include "rule/prefilter_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "mail/text.h"
#include "wrap/regex_starts.h"

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
