/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mimeheader rules: header fields of every part (Plugin/MIMEHeader.pm,
 * eval_hook_called). The first part that matches ends the search; a negated
 * rule hits only if no part matches.
 */
#include "rule/check_private.h"

#include "base/mem.h"
#include "mail/header.h"

#define MIMEHEADER_PARTS 1000 /* and MIMEHEADER_HITS: SpamAssassin's own */
#define MIMEHEADER_HITS 1000

static struct slice
mimeheader_all(void *mem, const struct headers *headers, bool raw)
{
	struct buf all = BUF(mem);

	if (!raw)
		return header_everything(mem, headers, NULL);
	for (size_t i = 0; i < headers->count; i++) {
		if (headers->items[i].hidden)
			continue;
		buf_slice(&all, headers->items[i].name);
		buf_text(&all, ": ");
		buf_slice(&all, headers->items[i].raw);
	}
	return buf_view(&all);
}

/* The last field of that name, or what stands for an absent one. */
struct slice
mimeheader_value(struct check *check, const struct rule *rule,
		 const struct part *part)
{
	const struct headers *headers = &part->headers;
	bool raw = rule->select & SELECT_RAW;
	const struct header *header;
	struct buf value = BUF(check);

	if (strcmp(rule->header, "ALL") == 0)
		return mimeheader_all(check, headers, raw);
	header = headers_last(headers, rule->header);
	if (header != NULL && raw)
		return header->raw;
	if (header != NULL) {
		buf_slice(&value, header_decoded(headers, header));
		buf_char(&value, '\n');
		return buf_view(&value);
	}
	return raw || rule->if_unset == NULL ? SLICE("")
					     : slice_of(rule->if_unset);
}

/* "2-", "-3", "2-3" or "2" of tflags range=. */
static void
mimeheader_range(const struct rule *rule, size_t *first, size_t *last)
{
	const char *text = rule->range;
	char *end;

	*first = 0;
	*last = MIMEHEADER_PARTS;
	if (text == NULL)
		return;
	if (str_is_digit((unsigned char)*text)) {
		*first = *last = strtoul(text, &end, 10);
		text = end;
		if (*text == '-')
			*last = MIMEHEADER_PARTS;
	}
	if (*text == '-' && str_is_digit((unsigned char)text[1]))
		*last = strtoul(text + 1, NULL, 10);
}

static struct slice
mimeheader_concat(struct check *check, const struct rule *rule, size_t first,
		  size_t last)
{
	struct buf all = BUF(check);

	for (size_t i = 0; i < check->message->part_count && i < last; i++) {
		struct slice value;

		if (i + 1 < first)
			continue;
		value = mimeheader_value(check, rule, check->message->parts[i]);
		buf_slice(&all, value);
		if (value.len == 0 || value.data[value.len - 1] != '\n')
			buf_char(&all, '\n');
	}
	return buf_view(&all);
}

static const char *
mimeheader_place(const struct match *match, const struct part *part)
{
	const char *header = match->rule->header;

	if (!match->check->options.explain)
		return NULL;
	if (part == NULL)
		return mem_printf(match->check, "all parts %s", header);
	return mem_printf(match->check, "part %s %s",
			  *part->path != '\0' ? part->path : "0", header);
}

static void
mimeheader_parts(struct match *match, size_t first, size_t last)
{
	struct check *check = match->check;

	for (size_t i = 0; i < check->message->part_count && i < last; i++) {
		struct part *part = check->message->parts[i];

		if (i + 1 < first)
			continue;
		match_text(match, mimeheader_value(check, match->rule, part),
			   "part", i + 1);
		if (match->limited)
			return;
		if (match->count > 0) {
			match->place = mimeheader_place(match, part);
			return;
		}
	}
}

void
mimeheader_rule(struct check *check, const struct rule *rule)
{
	struct match match;
	size_t first, last;

	if (!match_begin(&match, check, rule))
		return;
	if (rule->flags & RULE_MULTIPLE && rule->maxhits == 0)
		match.most = MIMEHEADER_HITS;
	if (rule->flags & RULE_NEGATED)
		match.most = 1;
	mimeheader_range(rule, &first, &last);
	if (rule->flags & RULE_CONCAT) {
		match_text(&match, mimeheader_concat(check, rule, first, last),
			   "parts", 0);
		match.place = mimeheader_place(&match, NULL);
	} else {
		mimeheader_parts(&match, first, last);
	}
	if (rule->flags & RULE_NEGATED) {
		match.count = match.count == 0;
		match.matched = SLICE("(no match)");
		match.place = mimeheader_place(&match, NULL);
	}
	match_end(&match);
}
