/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reading of markup. Each html_tokens_* function that takes `at` looks at
 * a construct that begins there and returns the offset behind it, or
 * TOKENS_MORE if the document ends within it, or TOKENS_TEXT if it is none and
 * its "<" is plain text. One document is read by one thread.
 *
 * HTML::Parser is fed chunks and waits for more where a construct is open; at
 * the end of the document it looks at what is left again under laxer rules.
 * That second look is part of what it reports, so it is done here as well:
 * html_tokens_run() is the first look, html_tokens_rest() the second.
 */
#include "mail/html_tokens.h"

#include <string.h>

#include "base/mem.h"

#define TOKENS_MORE ((size_t)-1)
#define TOKENS_TEXT ((size_t)-2)

/* Elements whose content is text until their own end tag. */
enum literal {
	LITERAL_NONE,
	LITERAL_SCRIPT,
	LITERAL_STYLE,
	LITERAL_XMP,
	LITERAL_IFRAME,
	LITERAL_PLAINTEXT,
	LITERAL_TITLE,
	LITERAL_TEXTAREA,
	LITERAL_COUNT
};

static const char *const literal_names[LITERAL_COUNT] = {
	"", "script", "style", "xmp", "iframe", "plaintext", "title", "textarea"
};

/* SGML marked sections, weakest first: of nested ones the strongest rules. */
enum section {
	SECTION_NONE,
	SECTION_INCLUDE,
	SECTION_RCDATA,
	SECTION_CDATA,
	SECTION_IGNORE
};

struct tokens {
	void *mem;
	const char *data; /* the document; data[end] is 0 */
	size_t end;
	const struct html_handler *handler;
	void *owner;
	struct html_attribute *attributes;
	size_t attribute_count;
	enum literal literal;
	/* Kinds whose end tag was looked for in vain: it need not be looked for
	 * again further on, which keeps "<title><title>..." linear. */
	bool endless[LITERAL_COUNT];
	bool is_literal;   /* text is reported without entities */
	bool lax_comments; /* second look: ">" ends a comment */
	enum literal pending_end; /* to be reported before the next markup */
	unsigned char *sections; /* the strongest of this and outer sections */
	size_t section_count;
};

static bool
tokens_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
tokens_is_name_first(char c)
{
	return str_is_alpha((unsigned char)c) || c == '_' || c == ':';
}

static bool
tokens_is_name(char c)
{
	return str_is_alnum((unsigned char)c) || c == '_' || c == ':' ||
	       c == '-' || c == '.';
}

static enum section
tokens_section(const struct tokens *t)
{
	return t->section_count == 0 ? SECTION_NONE
				     : t->sections[t->section_count - 1];
}

static struct slice
tokens_slice(const struct tokens *t, size_t start, size_t end)
{
	return (struct slice){ t->data + start, end - start };
}

static size_t
tokens_skip_space(const struct tokens *t, size_t at)
{
	while (tokens_is_space(t->data[at]))
		at++;
	return at;
}

/* Offset of the next c, or the end of the document. */
static size_t
tokens_find(const struct tokens *t, size_t at, char c)
{
	const char *hit = memchr(t->data + at, c, t->end - at);

	return hit == NULL ? t->end : (size_t)(hit - t->data);
}

/* Events */

static void
tokens_report_end(struct tokens *t, struct slice name)
{
	if (tokens_section(t) != SECTION_IGNORE)
		t->handler->end(t->owner, name);
}

/* An element that was closed only by the end of the document ends before the
 * first markup found in its content. */
static void
tokens_flush_pending(struct tokens *t)
{
	enum literal pending = t->pending_end;

	t->pending_end = LITERAL_NONE;
	if (pending != LITERAL_NONE)
		tokens_report_end(t, slice_of(literal_names[pending]));
}

static void
tokens_report_text(struct tokens *t, size_t start, size_t end)
{
	if (tokens_section(t) != SECTION_IGNORE)
		t->handler->text(t->owner, tokens_slice(t, start, end),
				 t->is_literal);
}

static void
tokens_report_comment(struct tokens *t, size_t start, size_t end)
{
	if (tokens_section(t) != SECTION_IGNORE)
		t->handler->comment(t->owner, tokens_slice(t, start, end));
}

/* Marked sections */

static void
tokens_section_push(struct tokens *t, enum section section)
{
	if (section < tokens_section(t))
		section = tokens_section(t);
	mem_grow(t->mem, t->sections, t->section_count);
	t->sections[t->section_count++] = (unsigned char)section;
	t->is_literal = section == SECTION_CDATA;
}

static void
tokens_section_pop(struct tokens *t)
{
	tokens_flush_pending(t);
	t->section_count--;
	t->is_literal = tokens_section(t) == SECTION_CDATA;
}

static enum section
tokens_section_of(struct slice name)
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

/* Behind the "--" that ends a comment of a declaration, or TOKENS_MORE. */
static size_t
tokens_skip_dashes(const struct tokens *t, size_t at)
{
	for (;;) {
		at = tokens_find(t, at, '-');
		if (at == t->end)
			return TOKENS_MORE;
		at++;
		if (t->data[at] == '-')
			return at + 1;
	}
}

/* "<![ CDATA [": keywords and comments up to the second bracket. */
static size_t
tokens_marked_section(struct tokens *t, size_t at)
{
	enum section section = SECTION_NONE;
	bool named = false;

	for (at = tokens_skip_space(t, at + 3);
	     tokens_is_name_first(t->data[at]) || t->data[at] == '-';
	     at = tokens_skip_space(t, at)) {
		size_t start = at;
		enum section found;

		if (t->data[at] == '-') {
			if (t->data[at + 1] != '-')
				return TOKENS_TEXT;
			at = tokens_skip_dashes(t, at + 2);
			if (at == TOKENS_MORE)
				return at;
			continue;
		}
		while (tokens_is_name(t->data[at]))
			at++;
		found = tokens_section_of(tokens_slice(t, start, at));
		if (found > section)
			section = found;
		named = true;
		if (tokens_skip_space(t, at) == t->end)
			return TOKENS_MORE;
	}
	if (t->data[at] != '[')
		return TOKENS_TEXT;
	tokens_section_push(t, named ? section : SECTION_INCLUDE);
	tokens_flush_pending(t);
	return at + 1;
}

/* Comments and declarations */

static size_t
tokens_comment(struct tokens *t, size_t start)
{
	size_t at = start + 4;

	if (t->lax_comments) {
		at = tokens_find(t, at, '>');
		if (at == t->end)
			return TOKENS_MORE;
		tokens_report_comment(t, start, at + 1);
		return at + 1;
	}
	for (;;) {
		size_t close;

		at = tokens_find(t, at, '-');
		if (at == t->end)
			return TOKENS_MORE;
		at++;
		if (t->data[at] != '-')
			continue;
		close = tokens_skip_space(t, at + 1);
		if (t->data[close] == '>') {
			tokens_report_comment(t, start, close + 1);
			return close + 1;
		}
	}
}

/* "<!" that begins nothing known: a comment up to the first ">" from at on. */
static size_t
tokens_bogus(struct tokens *t, size_t start, size_t at)
{
	at = tokens_find(t, at, '>');
	if (at == t->end)
		return TOKENS_MORE;
	tokens_report_comment(t, start, at + 1);
	return at + 1;
}

/* One word, string or comment of a declaration; *failed: it is malformed. */
static size_t
tokens_declaration_word(const struct tokens *t, size_t at, bool *failed)
{
	char c = t->data[at];

	*failed = false;
	if (c == '"' || c == '\'') {
		at = tokens_find(t, at + 1, c);
		return at == t->end ? TOKENS_MORE : at + 1;
	}
	if (c == '-') {
		if (at + 1 == t->end)
			return TOKENS_MORE;
		if (t->data[at + 1] == '-')
			return tokens_skip_dashes(t, at + 2);
		*failed = true;
		return at + 1;
	}
	while (at < t->end && !tokens_is_space(t->data[at]) &&
	       t->data[at] != '>')
		at++;
	return at == t->end ? TOKENS_MORE : at;
}

/* <!DOCTYPE ...> and <!ENTITY ...> */
static size_t
tokens_declaration(struct tokens *t, size_t start)
{
	size_t at = start + 2;
	struct slice name;
	bool failed;

	while (at < t->end && tokens_is_name(t->data[at]))
		at++;
	if (at == t->end)
		return TOKENS_MORE;
	name = tokens_slice(t, start + 2, at);
	if (!slice_is_nocase(name, "doctype") &&
	    !slice_is_nocase(name, "entity"))
		return tokens_bogus(t, start, at);
	for (;;) {
		at = tokens_skip_space(t, at);
		if (at == t->end)
			return TOKENS_MORE;
		if (t->data[at] == '>')
			break;
		at = tokens_declaration_word(t, at, &failed);
		if (at == TOKENS_MORE)
			return at;
		if (failed)
			return tokens_bogus(t, start, at);
	}
	tokens_flush_pending(t);
	if (tokens_section(t) != SECTION_IGNORE)
		t->handler->declaration(t->owner,
					tokens_slice(t, start, at + 1));
	return at + 1;
}

static size_t
tokens_bang(struct tokens *t, size_t start)
{
	const char *s = t->data + start + 2;

	if (s[0] == '-' && start + 3 == t->end)
		return TOKENS_MORE;
	if (s[0] == '-' && s[1] == '-')
		return tokens_comment(t, start);
	if (s[0] == '-')
		return tokens_bogus(t, start, start + 3);
	if (s[0] == '[') {
		size_t at = tokens_marked_section(t, start);

		return at == TOKENS_TEXT ? tokens_bogus(t, start, start + 2)
					 : at;
	}
	if (s[0] == '>') {
		tokens_report_comment(t, start, start + 3);
		return start + 3;
	}
	if (str_is_alpha((unsigned char)s[0]))
		return tokens_declaration(t, start);
	return tokens_bogus(t, start, start + 2);
}

/* Tags */

static enum literal
tokens_literal_of(struct slice name)
{
	for (int i = LITERAL_NONE + 1; i < LITERAL_COUNT; i++)
		if (slice_is_nocase(name, literal_names[i]))
			return (enum literal)i;
	return LITERAL_NONE;
}

/* The value behind "=" and blanks; returns the offset behind it. */
static size_t
tokens_value(const struct tokens *t, size_t at, struct slice *value)
{
	size_t start = at;
	char quote = t->data[at];

	if (quote == '"' || quote == '\'') {
		at = tokens_find(t, at + 1, quote);
		if (at == t->end)
			return TOKENS_MORE;
		*value = tokens_slice(t, start + 1, at);
		return at + 1;
	}
	while (at < t->end && !tokens_is_space(t->data[at]) &&
	       t->data[at] != '>')
		at++;
	*value = tokens_slice(t, start, at);
	return at == t->end ? TOKENS_MORE : at;
}

/* One attribute; returns the offset behind it and the blanks that follow. */
static size_t
tokens_attribute(struct tokens *t, size_t at)
{
	struct html_attribute attribute;
	size_t start = at++;

	while (at < t->end && !tokens_is_space(t->data[at]) &&
	       t->data[at] != '>' && t->data[at] != '=')
		at++;
	if (at == t->end)
		return TOKENS_MORE;
	attribute.name = tokens_slice(t, start, at);
	attribute.value = attribute.name;
	at = tokens_skip_space(t, at);
	if (t->data[at] == '=') {
		at = tokens_skip_space(t, at + 1);
		if (at == t->end)
			return TOKENS_MORE;
		at = tokens_value(t, at, &attribute.value);
		if (at == TOKENS_MORE)
			return at;
		at = tokens_skip_space(t, at);
	}
	mem_grow(t->mem, t->attributes, t->attribute_count);
	t->attributes[t->attribute_count++] = attribute;
	return at == t->end ? TOKENS_MORE : at;
}

static size_t
tokens_start(struct tokens *t, size_t start)
{
	size_t at = start + 2;
	struct slice name;

	while (at < t->end && !tokens_is_space(t->data[at]) &&
	       t->data[at] != '>')
		at++;
	name = tokens_slice(t, start + 1, at);
	t->attribute_count = 0;
	at = tokens_skip_space(t, at);
	if (at == t->end)
		return TOKENS_MORE;
	while (t->data[at] != '>') {
		at = tokens_attribute(t, at);
		if (at == TOKENS_MORE)
			return at;
	}
	tokens_flush_pending(t);
	if (tokens_section(t) != SECTION_IGNORE)
		t->handler->start(t->owner, name, t->attributes,
				  t->attribute_count);
	if (tokens_literal_of(name) != LITERAL_NONE) {
		t->literal = tokens_literal_of(name);
		t->is_literal = t->literal < LITERAL_TITLE;
	}
	return at + 1;
}

/* The ">" of an end tag: one in quotes behind a blank or "=" does not count. */
static size_t
tokens_skip_to_gt(const struct tokens *t, size_t at)
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
tokens_end(struct tokens *t, size_t start)
{
	size_t at = start + 2, gt;

	while (at < t->end && !tokens_is_space(t->data[at]) &&
	       t->data[at] != '>')
		at++;
	gt = tokens_skip_to_gt(t, at);
	if (gt == t->end)
		return TOKENS_MORE;
	if (at == start + 2) { /* "</>" and "</ x>" are comments */
		tokens_report_comment(t, start, gt + 1);
		return gt + 1;
	}
	tokens_flush_pending(t);
	tokens_report_end(t, tokens_slice(t, start + 2, at));
	return gt + 1;
}

static size_t
tokens_markup(struct tokens *t, size_t at)
{
	char c = t->data[at + 1];
	size_t gt;

	if (tokens_is_name_first(c))
		return tokens_start(t, at);
	if (c == '/')
		return tokens_end(t, at);
	if (c == '!')
		return tokens_bang(t, at);
	if (c != '?')
		return TOKENS_TEXT;
	gt = tokens_find(t, at + 2, '>');
	if (gt == t->end)
		return TOKENS_MORE;
	tokens_flush_pending(t);
	return gt + 1;
}

/* Text */

/*
 * Content of a literal element from at on: reports it and its end tag. False
 * if there is no end tag; nothing is reported then.
 */
static bool
tokens_literal(struct tokens *t, size_t *at)
{
	struct slice name = slice_of(literal_names[t->literal]);
	size_t lt = *at;

	if (t->literal == LITERAL_PLAINTEXT || t->endless[t->literal])
		return false;
	for (;; lt++) {
		size_t gt;

		lt = tokens_find(t, lt, '<');
		if (lt == t->end)
			break;
		if (t->data[lt + 1] != '/' || t->end - lt < name.len + 3 ||
		    !slice_equal_nocase(
			    tokens_slice(t, lt + 2, lt + 2 + name.len), name))
			continue;
		gt = tokens_skip_space(t, lt + 2 + name.len);
		if (t->data[gt] != '>')
			continue;
		if (lt != *at)
			tokens_report_text(t, *at, lt);
		tokens_flush_pending(t);
		tokens_report_end(t, name);
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
tokens_cdata(struct tokens *t, size_t *at)
{
	struct slice rest = tokens_slice(t, *at, t->end);
	size_t close = slice_search(rest, 0, SLICE("]]>"));

	if (close == rest.len)
		return false;
	if (close != 0)
		tokens_report_text(t, *at, *at + close);
	tokens_section_pop(t);
	*at += close + 3;
	return true;
}

/*
 * From at (where text that began at *start has come to) to the next "<" or the
 * end. Within an included or ignored section "]]>" ends that.
 */
static size_t
tokens_text(struct tokens *t, size_t *start, size_t at)
{
	if (tokens_section(t) == SECTION_NONE)
		return tokens_find(t, at, '<');
	while (at < t->end && t->data[at] != '<') {
		size_t close = at;

		if (t->data[at] == ']' && tokens_section(t) != SECTION_NONE &&
		    t->data[++at] == ']' && t->data[++at] == '>') {
			tokens_report_text(t, *start, close);
			tokens_section_pop(t);
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
tokens_last_word(const struct tokens *t, size_t start)
{
	size_t at = t->end;

	if (!tokens_is_space(t->data[at - 1]))
		while (at > start && !tokens_is_space(t->data[at - 1]))
			at--;
	while (at > start && tokens_is_space(t->data[at - 1]))
		at--;
	return at;
}

/* Reads on from start; returns where what needs a second look begins. */
static size_t
html_tokens_run(struct tokens *t, size_t start)
{
	size_t at = start, next;

	for (;;) {
		if (t->literal != LITERAL_NONE) {
			if (!tokens_literal(t, &start))
				return start;
			at = start;
		}
		while (tokens_section(t) == SECTION_RCDATA ||
		       tokens_section(t) == SECTION_CDATA) {
			if (!tokens_cdata(t, &start))
				return start;
			at = start;
		}
		at = tokens_text(t, &start, at);
		if (at == t->end) {
			size_t cut;

			if (start == at)
				return at;
			cut = tokens_last_word(t, start);
			if (cut != start)
				tokens_report_text(t, start, cut);
			return cut;
		}
		if (at != start)
			tokens_report_text(t, start, at);
		start = at;
		if (t->end - at < 3)
			return at;
		next = tokens_markup(t, at);
		if (next == TOKENS_MORE)
			return start;
		if (next == TOKENS_TEXT)
			at++;
		else
			start = at = next;
	}
}

/* The end of the document: what was left open is settled. */
static void
html_tokens_rest(struct tokens *t, size_t at)
{
	while (at < t->end) {
		enum literal open = t->literal;
		char next;

		if (open == LITERAL_TITLE || open == LITERAL_SCRIPT ||
		    open == LITERAL_STYLE) {
			if (open == LITERAL_TITLE)
				t->pending_end = open;
			else
				tokens_report_end(
					t, slice_of(literal_names[open]));
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
		if (at + 1 == t->end || tokens_is_name_first(next) ||
		    next == '/' || next == '!' || next == '?') {
			tokens_report_comment(t, at, t->end);
			at = t->end;
		}
		break;
	}
	if (at < t->end)
		tokens_report_text(t, at, t->end);
	tokens_flush_pending(t);
}

void
html_tokens(void *mem, struct slice document,
	    const struct html_handler *handler, void *owner)
{
	struct tokens t = {
		.mem = mem_context(mem, "html tokens"),
		.data = document.data,
		.end = document.len,
		.handler = handler,
		.owner = owner,
	};
	size_t at = html_tokens_run(&t, 0);

	if ((t.literal == LITERAL_STYLE || t.literal == LITERAL_SCRIPT) &&
	    tokens_section(&t) != SECTION_IGNORE) {
		if (at != t.end)
			tokens_report_text(&t, at, t.end);
		tokens_report_end(&t, slice_of(literal_names[t.literal]));
		t.literal = LITERAL_NONE;
		at = t.end;
	}
	html_tokens_rest(&t, at);
	mem_free(t.mem);
}
