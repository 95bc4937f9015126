/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reading of tags and text. A function that takes an offset looks at a
 * construct that begins there and returns the offset behind it, or
 * HTML_READER_MORE if the document ends within it, or HTML_READER_TEXT if it is
 * none and its "<" is plain text. One document is read by one thread.
 *
 * HTML::Parser is fed chunks and waits for more where a construct is open; at
 * the end of the document it looks at what is left again under laxer rules.
 * That second look is part of what it reports, so it is done here as well:
 * html_tokens_run() is the first look, html_tokens_rest() the second.
 */
#include "mail/html_tokens.h"

#include "base/mem.h"
#include "mail/html_reader.h"

/* Tags */

static enum html_literal
html_reader_literal_of(struct slice name)
{
	for (int i = LITERAL_NONE + 1; i < LITERAL_COUNT; i++)
		if (slice_is_nocase(name, html_literal_names[i]))
			return (enum html_literal)i;
	return LITERAL_NONE;
}

/* The value behind "=" and blanks; returns the offset behind it. */
static size_t
html_reader_value(const struct html_reader *t, size_t at, struct slice *value)
{
	size_t start = at;
	char quote = t->data[at];

	if (quote == '"' || quote == '\'') {
		at = html_reader_find(t, at + 1, quote);
		if (at == t->end)
			return HTML_READER_MORE;
		*value = html_reader_slice(t, start + 1, at);
		return at + 1;
	}
	while (at < t->end && !html_reader_is_space(t->data[at]) &&
	       t->data[at] != '>')
		at++;
	*value = html_reader_slice(t, start, at);
	return at == t->end ? HTML_READER_MORE : at;
}

/* One attribute; returns the offset behind it and the blanks that follow. */
static size_t
html_reader_attribute(struct html_reader *t, size_t at)
{
	struct html_attribute attribute;
	size_t start = at++;

	while (at < t->end && !html_reader_is_space(t->data[at]) &&
	       t->data[at] != '>' && t->data[at] != '=')
		at++;
	if (at == t->end)
		return HTML_READER_MORE;
	attribute.name = html_reader_slice(t, start, at);
	attribute.value = attribute.name;
	at = html_reader_skip_space(t, at);
	if (t->data[at] == '=') {
		at = html_reader_skip_space(t, at + 1);
		if (at == t->end)
			return HTML_READER_MORE;
		at = html_reader_value(t, at, &attribute.value);
		if (at == HTML_READER_MORE)
			return at;
		at = html_reader_skip_space(t, at);
	}
	mem_grow(t->mem, t->attributes, t->attribute_count);
	t->attributes[t->attribute_count++] = attribute;
	return at == t->end ? HTML_READER_MORE : at;
}

static size_t
html_reader_start(struct html_reader *t, size_t start)
{
	size_t at = start + 2;
	struct slice name;

	while (at < t->end && !html_reader_is_space(t->data[at]) &&
	       t->data[at] != '>')
		at++;
	name = html_reader_slice(t, start + 1, at);
	t->attribute_count = 0;
	at = html_reader_skip_space(t, at);
	if (at == t->end)
		return HTML_READER_MORE;
	while (t->data[at] != '>') {
		at = html_reader_attribute(t, at);
		if (at == HTML_READER_MORE)
			return at;
	}
	html_reader_flush_pending(t);
	if (html_reader_section(t) != SECTION_IGNORE)
		t->handler->start(t->owner, name, t->attributes,
				  t->attribute_count);
	if (html_reader_literal_of(name) != LITERAL_NONE) {
		t->literal = html_reader_literal_of(name);
		t->is_literal = t->literal < LITERAL_TITLE;
	}
	return at + 1;
}

/* The ">" of an end tag: one in quotes behind a blank or "=" does not count. */
static size_t
html_reader_skip_to_gt(const struct html_reader *t, size_t at)
{
	char quote = 0, previous = ' ';

	for (; at < t->end; previous = t->data[at++]) {
		char c = t->data[at];

		if (quote == 0 && c == '>')
			return at;
		if (c != '"' && c != '\'')
			continue;
		if (c == quote)
			quote = 0;
		else if (quote == 0 && (previous == ' ' || previous == '='))
			quote = c;
	}
	return at;
}

static size_t
html_reader_end(struct html_reader *t, size_t start)
{
	size_t at = start + 2, gt;

	while (at < t->end && !html_reader_is_space(t->data[at]) &&
	       t->data[at] != '>')
		at++;
	gt = html_reader_skip_to_gt(t, at);
	if (gt == t->end)
		return HTML_READER_MORE;
	if (at == start + 2) { /* "</>" and "</ x>" are comments */
		html_reader_report_comment(t, start, gt + 1);
		return gt + 1;
	}
	html_reader_flush_pending(t);
	html_reader_report_end(t, html_reader_slice(t, start + 2, at));
	return gt + 1;
}

static size_t
html_reader_markup(struct html_reader *t, size_t at)
{
	char c = t->data[at + 1];
	size_t gt;

	if (html_reader_is_name_first(c))
		return html_reader_start(t, at);
	if (c == '/')
		return html_reader_end(t, at);
	if (c == '!')
		return html_reader_bang(t, at);
	if (c != '?')
		return HTML_READER_TEXT;
	gt = html_reader_find(t, at + 2, '>');
	if (gt == t->end)
		return HTML_READER_MORE;
	html_reader_flush_pending(t);
	return gt + 1;
}

/* Text */

/*
 * Content of a literal element from at on: reports it and its end tag. False
 * if there is no end tag; nothing is reported then.
 */
static bool
html_reader_literal(struct html_reader *t, size_t *at)
{
	struct slice name = slice_of(html_literal_names[t->literal]);
	size_t lt = *at;

	if (t->literal == LITERAL_PLAINTEXT || t->endless[t->literal])
		return false;
	for (;; lt++) {
		size_t gt;

		lt = html_reader_find(t, lt, '<');
		if (lt == t->end)
			break;
		if (t->data[lt + 1] != '/' || t->end - lt < name.len + 3 ||
		    !slice_equal_nocase(
			    html_reader_slice(t, lt + 2, lt + 2 + name.len),
			    name))
			continue;
		gt = html_reader_skip_space(t, lt + 2 + name.len);
		if (t->data[gt] != '>')
			continue;
		if (lt != *at)
			html_reader_report_text(t, *at, lt);
		html_reader_flush_pending(t);
		html_reader_report_end(t, name);
		t->literal = LITERAL_NONE;
		t->is_literal = false;
		*at = gt + 1;
		return true;
	}
	t->endless[t->literal] = true;
	return false;
}

/* Content of a CDATA or RCDATA section up to "]]>"; false as above. */
static bool
html_reader_cdata(struct html_reader *t, size_t *at)
{
	struct slice rest = html_reader_slice(t, *at, t->end);
	size_t close = slice_search(rest, 0, SLICE("]]>"));

	if (close == rest.len)
		return false;
	if (close != 0)
		html_reader_report_text(t, *at, *at + close);
	html_reader_section_pop(t);
	*at += close + 3;
	return true;
}

/*
 * From at (where text that began at *start has come to) to the next "<" or the
 * end. Within an included or ignored section "]]>" ends that.
 */
static size_t
html_reader_text(struct html_reader *t, size_t *start, size_t at)
{
	if (html_reader_section(t) == SECTION_NONE)
		return html_reader_find(t, at, '<');
	while (at < t->end && t->data[at] != '<') {
		size_t close = at;

		if (t->data[at] == ']' &&
		    html_reader_section(t) != SECTION_NONE &&
		    t->data[++at] == ']' && t->data[++at] == '>') {
			html_reader_report_text(t, *start, close);
			html_reader_section_pop(t);
			*start = ++at;
			continue;
		}
		/* what was compared is skipped, be it "<" */
		at++;
	}
	return at < t->end ? at : t->end;
}

/* Text at the end of a chunk: the last word may go on in the next one. */
static size_t
html_reader_last_word(const struct html_reader *t, size_t start)
{
	size_t at = t->end;

	if (!html_reader_is_space(t->data[at - 1]))
		while (at > start && !html_reader_is_space(t->data[at - 1]))
			at--;
	while (at > start && html_reader_is_space(t->data[at - 1]))
		at--;
	return at;
}

/* Reads on from start; returns where what needs a second look begins. */
static size_t
html_tokens_run(struct html_reader *t, size_t start)
{
	size_t at = start, next;

	for (;;) {
		if (t->literal != LITERAL_NONE) {
			if (!html_reader_literal(t, &start))
				return start;
			at = start;
		}
		while (html_reader_section(t) == SECTION_RCDATA ||
		       html_reader_section(t) == SECTION_CDATA) {
			if (!html_reader_cdata(t, &start))
				return start;
			at = start;
		}
		at = html_reader_text(t, &start, at);
		if (at == t->end) {
			size_t cut;

			if (start == at)
				return at;
			cut = html_reader_last_word(t, start);
			if (cut != start)
				html_reader_report_text(t, start, cut);
			return cut;
		}
		if (at != start)
			html_reader_report_text(t, start, at);
		start = at;
		if (t->end - at < 3)
			return at;
		next = html_reader_markup(t, at);
		if (next == HTML_READER_MORE)
			return start;
		if (next == HTML_READER_TEXT)
			at++;
		else
			start = at = next;
	}
}

/* The end of the document: what was left open is settled. */
static void
html_tokens_rest(struct html_reader *t, size_t at)
{
	while (at < t->end) {
		enum html_literal open = t->literal;
		char next;

		if (open == LITERAL_TITLE || open == LITERAL_SCRIPT ||
		    open == LITERAL_STYLE) {
			if (open == LITERAL_TITLE)
				t->pending_end = open;
			else
				html_reader_report_end(
					t, slice_of(html_literal_names[open]));
			t->literal = LITERAL_NONE;
			at = html_tokens_run(t, at);
			continue;
		}
		if (open != LITERAL_NONE || t->data[at] != '<')
			break;
		if (!t->lax_comments) {
			t->lax_comments = true;
			at = html_tokens_run(t, at);
			continue;
		}
		next = t->data[at + 1];
		if (at + 1 == t->end || html_reader_is_name_first(next) ||
		    next == '/' || next == '!' || next == '?') {
			html_reader_report_comment(t, at, t->end);
			at = t->end;
		}
		break;
	}
	if (at < t->end)
		html_reader_report_text(t, at, t->end);
	html_reader_flush_pending(t);
}

void
html_tokens(void *mem, struct slice document,
	    const struct html_handler *handler, void *owner)
{
	struct html_reader t = {
		.mem = mem_context(mem, "html tokens"),
		.data = document.data,
		.end = document.len,
		.handler = handler,
		.owner = owner,
	};
	size_t at = html_tokens_run(&t, 0);

	if ((t.literal == LITERAL_STYLE || t.literal == LITERAL_SCRIPT) &&
	    html_reader_section(&t) != SECTION_IGNORE) {
		if (at != t.end)
			html_reader_report_text(&t, at, t.end);
		html_reader_report_end(&t,
				       slice_of(html_literal_names[t.literal]));
		t.literal = LITERAL_NONE;
		at = t.end;
	}
	html_tokens_rest(&t, at);
	mem_free(t.mem);
}
