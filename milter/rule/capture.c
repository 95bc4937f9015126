/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capture tags: (?<NAME>...) in one rule sets a tag, %{NAME} in another stands
 * for its values (Parser::parse_captures, Check::capture_rules_replace,
 * PerMsgStatus::set_captures). The pattern is made for each message, where
 * SpamAssassin 4.0.1 keeps that of the first message of a process.
 */
#include "rule/capture.h"

#include "rule/check_private.h"

#include "base/log.h"
#include "base/mem.h"
#include "rule/pattern.h"

#define CAPTURE_VALUES 64 /* of a tag that count */
#define CAPTURE_BYTES 4096 /* of one value */

struct captures {
	struct capture {
		const char *name;
		struct slice *items;
		size_t count;
	} *items;
	size_t count;
};

/* [A-Z][A-Z0-9]*(_[A-Z0-9]+)* */
static size_t
capture_name_length(struct slice text)
{
	size_t i = 0;

	if (text.len == 0 || text.data[0] < 'A' || text.data[0] > 'Z')
		return 0;
	while (i < text.len &&
	       ((text.data[i] >= 'A' && text.data[i] <= 'Z') ||
		str_is_digit((unsigned char)text.data[i]) ||
		(text.data[i] == '_' && text.data[i - 1] != '_')))
		i++;
	return text.data[i - 1] == '_' ? i - 1 : i;
}

static struct capture *
capture_named(struct match *match, const char *name)
{
	struct captures *captures = match->captures;

	if (captures == NULL) {
		captures = mem_new(match->check, struct captures);
		match->captures = captures;
	}
	for (size_t i = 0; i < captures->count; i++)
		if (strcmp(captures->items[i].name, name) == 0)
			return &captures->items[i];
	mem_grow(match->check, captures->items, captures->count);
	captures->items[captures->count] = (struct capture){ .name = name };
	return &captures->items[captures->count++];
}

static void
capture_add(struct match *match, struct capture *capture, struct slice value)
{
	for (size_t i = 0; i < capture->count; i++)
		if (slice_equal(capture->items[i], value))
			return;
	if (capture->count == CAPTURE_VALUES)
		return;
	mem_grow(match->check, capture->items, capture->count);
	capture->items[capture->count++] = value;
}

void
capture_collect(struct match *match, struct slice text)
{
	unsigned groups = regex_groups(match->regex);

	for (unsigned i = 1; i <= groups; i++) {
		const char *name = regex_group_name(match->regex, i);
		size_t start, end;

		if (name == NULL ||
		    capture_name_length(slice_of(name)) != strlen(name) ||
		    !regex_span(match->check->own->scratch, i, &start, &end) ||
		    start == end)
			continue;
		if (end - start > CAPTURE_BYTES)
			end = start + CAPTURE_BYTES;
		capture_add(match, capture_named(match, name),
			    slice_cut(text, start, end));
	}
}

void
capture_finish(struct match *match)
{
	const struct captures *captures = match->captures;

	for (size_t i = 0; i < captures->count; i++)
		tag_set_values(match->check, captures->items[i].name,
			       captures->items[i].items,
			       captures->items[i].count);
}

/* Text of the mail as a pattern that matches just that. */
static void
capture_quote(struct buf *out, struct slice value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		if (str_is_alnum(c) || c == '_')
			buf_char(out, (char)c);
		else
			buf_printf(out, "\\x%02x", c);
	}
}

static bool
capture_has_value(struct check *check, struct slice name)
{
	const struct slice *items;
	size_t count = tag_values(check, slice_string(check, name), &items);

	for (size_t i = 0; i < count && i < CAPTURE_VALUES; i++)
		if (items[i].len > 0)
			return true;
	return false;
}

/* False if the tag is not set, so that the rule does not run. */
static bool
capture_fill(struct check *check, struct buf *out, struct slice name)
{
	const struct slice *items;
	size_t count = tag_values(check, slice_string(check, name), &items);
	size_t used = 0;

	for (size_t i = 0; i < count && i < CAPTURE_VALUES; i++) {
		if (items[i].len == 0)
			continue;
		buf_text(out, used++ == 0 ? "(?:" : "|");
		capture_quote(out, slice_cut(items[i], 0, CAPTURE_BYTES));
	}
	buf_text(out, used > 0 ? ")" : "");
	return used > 0;
}

/* Length of "%{NAME}" or "%{NAME(argument)}" at the start of text, or 0. */
static size_t
capture_reference(struct slice text, struct slice *name)
{
	size_t end;

	if (!slice_starts(text, "%{"))
		return 0;
	end = 2 + capture_name_length(slice_from(text, 2));
	if (end == 2)
		return 0;
	if (end < text.len && text.data[end] == '(') {
		end = slice_find(text, end, ')') + 1;
		if (end > slice_find(text, 0, '}'))
			return 0;
	}
	if (end >= text.len || text.data[end] != '}')
		return 0;
	*name = slice_cut(text, 2, end);
	return end + 1;
}

/* The same at i, unless a backslash stands before it. */
static size_t
capture_at(struct slice pattern, size_t i, struct slice *name)
{
	return i > 0 && pattern.data[i - 1] == '\\'
		       ? 0
		       : capture_reference(slice_from(pattern, i), name);
}

/* The pattern with tags filled in; false if one is not set. */
static bool
capture_pattern(struct check *check, const struct rule *rule, struct buf *out)
{
	struct slice pattern = slice_of(rule->pattern), name;

	for (size_t i = 0, len; i < pattern.len; i += len) {
		len = capture_at(pattern, i, &name);
		if (len == 0) {
			buf_char(out, pattern.data[i]);
			len = 1;
		} else if (!capture_fill(check, out, name)) {
			return false;
		}
	}
	return true;
}

bool
capture_is_set(struct check *check, const struct rule *rule)
{
	struct slice pattern = slice_of(rule->pattern), name;

	for (size_t i = slice_find(pattern, 0, '%'); i < pattern.len;
	     i = slice_find(pattern, i + 1, '%'))
		if (capture_at(pattern, i, &name) > 0 &&
		    !capture_has_value(check, name))
			return false;
	return true;
}

const struct regex *
capture_regex(struct check *check, const struct rule *rule)
{
	struct buf out = BUF(check);
	struct regex *regex;
	struct err err = { 0 };

	if (!capture_pattern(check, rule, &out))
		return NULL;
	regex = pattern_compile(check, buf_string(&out), rule->modifiers,
				REGEX_ONCE, &err);
	if (regex == NULL) {
		log_debug("%s: %s", rule->name, err.text);
		check_fail(check, rule);
	}
	return regex;
}

/* Whether what follows a bracket lets a match with anything in it be told from
 * one with something: it goes back for other ways, and does not say no. */
static bool
capture_group_is_plain(struct slice text)
{
	return !slice_starts(text, "*") &&
	       (!slice_starts(text, "?") || slice_starts(text, "?:") ||
		slice_starts(text, "?=") || slice_starts(text, "?<=") ||
		slice_starts(text, "?<!"));
}

bool
capture_is_scouted(const char *text)
{
	struct slice pattern = slice_of(text);

	for (size_t i = 0; i < pattern.len; i++) {
		char c = pattern.data[i];
		struct slice next = slice_from(pattern, i + 1);

		if (c == '(' && !capture_group_is_plain(next))
			return false;
		/* Behind a quantifier: it does not go back. */
		if (c != '\0' && strchr("?*+}", c) != NULL &&
		    slice_starts(next, "+"))
			return false;
	}
	return true;
}

const char *
capture_anything(void *mem, const char *text)
{
	struct slice pattern = slice_of(text), name;
	struct buf out = BUF(mem);
	bool bracket = false; /* behind one it might stand in a class */

	for (size_t i = 0, len; i < pattern.len; i += len) {
		len = capture_at(pattern, i, &name);
		if (len > 0 && bracket)
			return NULL;
		if (len > 0) {
			buf_text(&out, "(?s:.*)");
			continue;
		}
		bracket = bracket || pattern.data[i] == '[';
		buf_char(&out, pattern.data[i]);
		len = 1;
	}
	return buf_string(&out);
}
