/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comments, declarations and marked sections, and what all readers need. */
#include "mail/html_reader.h"

#include <string.h>

#include "base/mem.h"

const char *const html_literal_names[LITERAL_COUNT] = {
	"", "script", "style", "xmp", "iframe", "plaintext", "title", "textarea"
};

bool
html_reader_is_name_first(char c)
{
	return str_is_alpha((unsigned char)c) || c == '_' || c == ':';
}

static bool
html_reader_is_name(char c)
{
	return str_is_alnum((unsigned char)c) || c == '_' || c == ':' ||
	       c == '-' || c == '.';
}

enum html_section
html_reader_section(const struct html_reader *t)
{
	return t->section_count == 0 ? SECTION_NONE
				     : t->sections[t->section_count - 1];
}

struct slice
html_reader_slice(const struct html_reader *t, size_t start, size_t end)
{
	return (struct slice){ t->data + start, end - start };
}

size_t
html_reader_skip_space(const struct html_reader *t, size_t at)
{
	while (html_reader_is_space(t->data[at]))
		at++;
	return at;
}

/* Offset of the next c, or the end of the document. */
size_t
html_reader_find(const struct html_reader *t, size_t at, char c)
{
	const char *hit = memchr(t->data + at, c, t->end - at);

	return hit == NULL ? t->end : (size_t)(hit - t->data);
}

/* Events */

void
html_reader_report_end(struct html_reader *t, struct slice name)
{
	if (html_reader_section(t) != SECTION_IGNORE)
		t->handler->end(t->owner, name);
}

/* An element that was closed only by the end of the document ends before the
 * first markup found in its content. */
void
html_reader_flush_pending(struct html_reader *t)
{
	enum html_literal pending = t->pending_end;

	t->pending_end = LITERAL_NONE;
	if (pending != LITERAL_NONE)
		html_reader_report_end(t,
				       slice_of(html_literal_names[pending]));
}

void
html_reader_report_text(struct html_reader *t, size_t start, size_t end)
{
	if (html_reader_section(t) != SECTION_IGNORE)
		t->handler->text(t->owner, html_reader_slice(t, start, end),
				 t->is_literal);
}

void
html_reader_report_comment(struct html_reader *t, size_t start, size_t end)
{
	if (html_reader_section(t) != SECTION_IGNORE)
		t->handler->comment(t->owner, html_reader_slice(t, start, end));
}

/* Marked sections */

static void
html_reader_section_push(struct html_reader *t, enum html_section section)
{
	if (section < html_reader_section(t))
		section = html_reader_section(t);
	mem_grow(t->mem, t->sections, t->section_count);
	t->sections[t->section_count++] = (unsigned char)section;
	t->is_literal = section == SECTION_CDATA;
}

void
html_reader_section_pop(struct html_reader *t)
{
	html_reader_flush_pending(t);
	t->section_count--;
	t->is_literal = html_reader_section(t) == SECTION_CDATA;
}

static enum html_section
html_reader_section_of(struct slice name)
{
	if (slice_is_nocase(name, "include"))
		return SECTION_INCLUDE;
	if (slice_is_nocase(name, "rcdata"))
		return SECTION_RCDATA;
	if (slice_is_nocase(name, "cdata"))
		return SECTION_CDATA;
	if (slice_is_nocase(name, "ignore"))
		return SECTION_IGNORE;
	return SECTION_NONE;
}

/* Behind the "--" that ends a comment of a declaration, or HTML_READER_MORE. */
static size_t
html_reader_skip_dashes(const struct html_reader *t, size_t at)
{
	for (;;) {
		at = html_reader_find(t, at, '-');
		if (at == t->end)
			return HTML_READER_MORE;
		at++;
		if (t->data[at] == '-')
			return at + 1;
	}
}

/* "<![ CDATA [": keywords and comments up to the second bracket. */
static size_t
html_reader_marked_section(struct html_reader *t, size_t at)
{
	enum html_section section = SECTION_NONE;
	bool named = false;

	for (at = html_reader_skip_space(t, at + 3);
	     html_reader_is_name_first(t->data[at]) || t->data[at] == '-';
	     at = html_reader_skip_space(t, at)) {
		size_t start = at;
		enum html_section found;

		if (t->data[at] == '-') {
			if (t->data[at + 1] != '-')
				return HTML_READER_TEXT;
			at = html_reader_skip_dashes(t, at + 2);
			if (at == HTML_READER_MORE)
				return at;
			continue;
		}
		while (html_reader_is_name(t->data[at]))
			at++;
		found = html_reader_section_of(html_reader_slice(t, start, at));
		if (found > section)
			section = found;
		named = true;
		if (html_reader_skip_space(t, at) == t->end)
			return HTML_READER_MORE;
	}
	if (t->data[at] != '[')
		return HTML_READER_TEXT;
	html_reader_section_push(t, named ? section : SECTION_INCLUDE);
	html_reader_flush_pending(t);
	return at + 1;
}

/* Comments and declarations */

static size_t
html_reader_comment(struct html_reader *t, size_t start)
{
	size_t at = start + 4;

	if (t->lax_comments) {
		at = html_reader_find(t, at, '>');
		if (at == t->end)
			return HTML_READER_MORE;
		html_reader_report_comment(t, start, at + 1);
		return at + 1;
	}
	for (;;) {
		size_t close;

		at = html_reader_find(t, at, '-');
		if (at == t->end)
			return HTML_READER_MORE;
		at++;
		if (t->data[at] != '-')
			continue;
		close = html_reader_skip_space(t, at + 1);
		if (t->data[close] == '>') {
			html_reader_report_comment(t, start, close + 1);
			return close + 1;
		}
	}
}

/* "<!" that begins nothing known: a comment up to the first ">" from at on. */
static size_t
html_reader_bogus(struct html_reader *t, size_t start, size_t at)
{
	at = html_reader_find(t, at, '>');
	if (at == t->end)
		return HTML_READER_MORE;
	html_reader_report_comment(t, start, at + 1);
	return at + 1;
}

/* One word, string or comment of a declaration; *failed: it is malformed. */
static size_t
html_reader_declaration_word(const struct html_reader *t, size_t at,
			     bool *failed)
{
	char c = t->data[at];

	*failed = false;
	if (c == '"' || c == '\'') {
		at = html_reader_find(t, at + 1, c);
		return at == t->end ? HTML_READER_MORE : at + 1;
	}
	if (c == '-') {
		if (at + 1 == t->end)
			return HTML_READER_MORE;
		if (t->data[at + 1] == '-')
			return html_reader_skip_dashes(t, at + 2);
		*failed = true;
		return at + 1;
	}
	while (at < t->end && !html_reader_is_space(t->data[at]) &&
	       t->data[at] != '>')
		at++;
	return at == t->end ? HTML_READER_MORE : at;
}

/* <!DOCTYPE ...> and <!ENTITY ...> */
static size_t
html_reader_declaration(struct html_reader *t, size_t start)
{
	size_t at = start + 2;
	struct slice name;
	bool failed;

	while (at < t->end && html_reader_is_name(t->data[at]))
		at++;
	if (at == t->end)
		return HTML_READER_MORE;
	name = html_reader_slice(t, start + 2, at);
	if (!slice_is_nocase(name, "doctype") &&
	    !slice_is_nocase(name, "entity"))
		return html_reader_bogus(t, start, at);
	for (;;) {
		at = html_reader_skip_space(t, at);
		if (at == t->end)
			return HTML_READER_MORE;
		if (t->data[at] == '>')
			break;
		at = html_reader_declaration_word(t, at, &failed);
		if (at == HTML_READER_MORE)
			return at;
		if (failed)
			return html_reader_bogus(t, start, at);
	}
	html_reader_flush_pending(t);
	if (html_reader_section(t) != SECTION_IGNORE)
		t->handler->declaration(t->owner,
					html_reader_slice(t, start, at + 1));
	return at + 1;
}

size_t
html_reader_bang(struct html_reader *t, size_t start)
{
	const char *s = t->data + start + 2;

	if (s[0] == '-' && start + 3 == t->end)
		return HTML_READER_MORE;
	if (s[0] == '-' && s[1] == '-')
		return html_reader_comment(t, start);
	if (s[0] == '-')
		return html_reader_bogus(t, start, start + 3);
	if (s[0] == '[') {
		size_t at = html_reader_marked_section(t, start);

		return at == HTML_READER_TEXT
			       ? html_reader_bogus(t, start, start + 2)
			       : at;
	}
	if (s[0] == '>') {
		html_reader_report_comment(t, start, start + 3);
		return start + 3;
	}
	if (str_is_alpha((unsigned char)s[0]))
		return html_reader_declaration(t, start);
	return html_reader_bogus(t, start, start + 2);
}
