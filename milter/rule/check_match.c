/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules with a regex over the texts of their type, and how hits are counted
 * (Plugin/Check.pm, do_head_tests to do_full_tests): once, or with tflags
 * multiple every match in every text up to maxhits.
 */
#include "rule/check_private.h"

#include "base/clock.h"
#include "base/mem.h"
#include "mail/text.h"
#include "rule/attachment.h"
#include "rule/prefilter.h"

#define MATCH_CLOCK 256 /* matches between looks at the clock */

/* To compile the regex of a rule for nothing would cost most. */
static bool
match_gives_up(struct check *check, const struct rule *rule)
{
	if (capture_is_set(check, rule))
		check->states[rule->index] = CHECK_KNOWN;
	return false;
}

bool
match_begin(struct match *match, struct check *check, const struct rule *rule)
{
	*match = (struct match){ .check = check, .rule = rule };
	if (rule->uses_captures && !prefilter_hopes(check, rule))
		return match_gives_up(check, rule);
	match->regex = rule->uses_captures ? capture_regex(check, rule)
					   : rule->regex;
	if (match->regex == NULL)
		return false;
	match->most = rule->flags & RULE_MULTIPLE ? rule->maxhits : 1;
	check->states[rule->index] = CHECK_KNOWN;
	return true;
}

static void
match_keep(struct match *match, struct slice text, const char *kind,
	   size_t number)
{
	size_t start, end;

	if (!regex_span(match->check->own->scratch, 0, &start, &end))
		return;
	match->matched = slice_cut(text, start, end);
	match->place = number == 0
			? mem_strdup(match->check, kind)
			: mem_printf(match->check, "%s %zu", kind, number);
}

bool
match_text(struct match *match, struct slice text, const char *kind,
	   size_t number)
{
	struct check_private *own = match->check->own;
	enum regex_result result = regex_match(match->regex, own->scratch,
					       text, 0);

	trace_text(match->check, match->rule, kind, number, text, result);
	while (result == REGEX_YES) {
		if (match->count++ == 0 && match->check->options.explain)
			match_keep(match, text, kind, number);
		if (match->rule->has_captures)
			capture_collect(match, text);
		if (match->count == match->most)
			return false;
		if (match->count % MATCH_CLOCK == 0 && own->deadline != 0 &&
		    clock_us() > own->deadline)
			result = REGEX_LIMIT;
		else
			result = regex_match_next(match->regex, own->scratch,
						  text);
	}
	match->limited = result == REGEX_LIMIT;
	return !match->limited;
}

void
match_end(struct match *match)
{
	if (match->captures != NULL)
		capture_finish(match);
	if (match->limited)
		check_fail(match->check, match->rule);
	else if (match->count > 0)
		check_hit(match->check, match->rule, match->count,
			  match->matched, match->place);
}

/* Whether a rule that uses tags may match some text from i on, whatever they
 * hold. */
static bool
match_hopes(struct check *check, const struct rule *rule,
	    const struct text *texts, size_t i)
{
	if (!rule->is_scouted || check->own->prefilter == NULL ||
	    !prefilter_hopes(check, rule))
		return true;
	for (; i < texts->count; i++)
		if (regex_match(rule->regex, check->own->scratch,
				texts->items[i], 0) != REGEX_NO)
			return true;
	return false;
}

static void
match_texts(struct check *check, const struct rule *rule,
	    const struct text *texts, const char *kind)
{
	/* Item 0 of the body is the Subject. */
	size_t i = rule->type == RULE_BODY && rule->flags & RULE_NOSUBJECT;
	size_t base = rule->type != RULE_BODY;
	struct match match;

	if (!match_hopes(check, rule, texts, i)) {
		match_gives_up(check, rule);
		return;
	}
	if (!match_begin(&match, check, rule))
		return;
	for (;; i++) {
		i = prefilter_text(check, rule, i, texts->count);
		if (i >= texts->count ||
		    !match_text(&match, texts->items[i],
				i + base == 0 ? "body Subject" : kind,
				i + base))
			break;
	}
	match_end(&match);
}

static const char *
match_header_place(struct check *check, const struct rule *rule)
{
	return check->options.explain
		       ? mem_printf(check, "header %s", rule->header)
		       : NULL;
}

/* Perl's `while ($value !~ /x/g)` counts up to maxhits. */
static void
match_header_negated(struct match *match, struct slice value)
{
	enum regex_result result =
		regex_match(match->regex, match->check->own->scratch, value, 0);

	trace_text(match->check, match->rule, "header", 0, value, result);
	match->limited = result == REGEX_LIMIT;
	if (result == REGEX_NO)
		match->count = match->most == 0 ? 1 : match->most;
	match->matched = SLICE("(no match)");
	match->place = match_header_place(match->check, match->rule);
}

static void
match_header(struct check *check, const struct rule *rule)
{
	struct slice value;
	struct match match;

	if (!match_begin(&match, check, rule))
		return;
	value = header_rule_value(check, rule);
	if (value.data == NULL)
		value = rule->if_unset != NULL ? slice_of(rule->if_unset)
					       : SLICE("");
	if (rule->flags & RULE_NEGATED) {
		match_header_negated(&match, value);
	} else {
		match_text(&match, value, "header", 0);
		if (match.count > 0)
			match.place = match_header_place(check, rule);
	}
	match_end(&match);
}

static void
match_header_exists(struct check *check, const struct rule *rule)
{
	bool negated = rule->flags & RULE_NEGATED;
	struct slice value = header_rule_value(check, rule);

	check->states[rule->index] = CHECK_KNOWN;
	trace_value(check, rule, "there is such a field", value.data != NULL);
	if ((value.data != NULL) != negated)
		check_hit(check, rule, 1, value,
			  match_header_place(check, rule));
}

static void
match_full(struct check *check, const struct rule *rule)
{
	struct match match;

	if (!match_begin(&match, check, rule))
		return;
	match_text(&match, text_full(check->message), "full message", 0);
	match_end(&match);
}

/* Counts attachments, not matches: one file has one name. */
static void
match_attachments(struct check *check, const struct rule *rule)
{
	unsigned most = rule->flags & RULE_MULTIPLE ? rule->maxhits : 1;
	unsigned count = 0;
	bool limited = false;
	const char *text = NULL, *place = NULL;

	check->states[rule->index] = CHECK_KNOWN;
	for (size_t i = 0; i < check->options.attachment_count; i++) {
		const struct check_attachment *attachment =
			&check->options.attachments[i];
		const char *found = attachment_match(rule, check->own->scratch,
						     attachment, &limited);

		if (found == NULL)
			continue;
		if (count++ == 0) {
			text = found;
			place = attachment->path;
		}
		if (count == most)
			break;
	}
	if (limited)
		check_fail(check, rule);
	if (count > 0)
		check_hit(check, rule, count, slice_of(text),
			  check->options.explain
				  ? mem_printf(check, "attachment %s", place)
				  : NULL);
}

void
match_rule(struct check *check, const struct rule *rule)
{
	switch (rule->type) {
	case RULE_HEADER:
		match_header(check, rule);
		break;
	case RULE_HEADER_EXISTS:
		match_header_exists(check, rule);
		break;
	case RULE_BODY:
		match_texts(check, rule, text_body(check->message),
			    "body paragraph");
		break;
	case RULE_URI:
		match_texts(check, rule, &check_uris(check)->unique, "URI");
		break;
	case RULE_RAWBODY:
		match_texts(check, rule, text_rawbody(check->message),
			    "rawbody chunk");
		break;
	case RULE_FULL:
		match_full(check, rule);
		break;
	case RULE_ATTACHMENT:
		match_attachments(check, rule);
		break;
	default:
		break; /* others are not rules with a regex */
	}
}
