/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HTML_READER_H
#define MAIL_HTML_READER_H

/*
 * The state of reading one HTML document, shared by the two files that do it:
 * html_tokens.c (tags and text) and html_markup.c (what begins with "<!").
 */

#include <stdbool.h>

#include "base/str.h"
#include "mail/html_tokens.h"

/* In place of an offset: the document ends within the construct, or there is
 * none and its "<" is plain text. */
#define HTML_READER_MORE ((size_t)-1)
#define HTML_READER_TEXT ((size_t)-2)

/* Elements whose content is text until their own end tag. */
enum html_literal {
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

extern const char *const html_literal_names[LITERAL_COUNT];

/* SGML marked sections, weakest first: of nested ones the strongest rules. */
enum html_section {
	SECTION_NONE,
	SECTION_INCLUDE,
	SECTION_RCDATA,
	SECTION_CDATA,
	SECTION_IGNORE
};

struct html_reader {
	void *mem;
	const char *data; /* the document; data[end] is 0 */
	size_t end;
	const struct html_handler *handler;
	void *owner;
	struct html_attribute *attributes;
	size_t attribute_count;
	enum html_literal literal;
	/* Kinds whose end tag was looked for in vain: it need not be looked for
	 * again further on, which keeps "<title><title>..." linear. */
	bool endless[LITERAL_COUNT];
	bool is_literal;   /* text is reported without entities */
	bool lax_comments; /* second look: ">" ends a comment */
	enum html_literal pending_end; /* reported before the next markup */
	unsigned char *sections; /* the strongest of this and outer sections */
	size_t section_count;
};

static inline bool
html_reader_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool html_reader_is_name_first(char c);
enum html_section html_reader_section(const struct html_reader *t);
struct slice html_reader_slice(const struct html_reader *t, size_t start,
			       size_t end);
size_t html_reader_skip_space(const struct html_reader *t, size_t at);
/* Offset of the next c, or the end of the document. */
size_t html_reader_find(const struct html_reader *t, size_t at, char c);
void html_reader_report_end(struct html_reader *t, struct slice name);
/* An element that was closed only by the end of the document ends before the
 * first markup found in its content. */
void html_reader_flush_pending(struct html_reader *t);
void html_reader_report_text(struct html_reader *t, size_t start, size_t end);
void html_reader_report_comment(struct html_reader *t, size_t start,
				size_t end);
void html_reader_section_pop(struct html_reader *t);
/* Reads what begins with "<!" at start; returns the offset behind it. */
size_t html_reader_bang(struct html_reader *t, size_t start);

#endif
