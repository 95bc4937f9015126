/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HTML_H
#define MAIL_HTML_H

/*
 * HTML as SpamAssassin's HTML.pm over Perl's HTML::Parser renders it: its text,
 * its links, and the findings that HTMLEval rules ask for. Our own tokenizer,
 * since parity with HTML::Parser's reading of broken markup is the point.
 * Linear in the size of the input; nesting is counted, not recursed. The result
 * is built by one thread and read-only afterwards.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct html_texts {
	struct slice *items;
	size_t count;
};

/* The element that a URI stands in; a link in two has two bits. */
enum html_uri_type {
	HTML_URI_A,
	HTML_URI_AREA,
	HTML_URI_BASE,
	HTML_URI_BGSOUND,
	HTML_URI_BODY,
	HTML_URI_EMBED,
	HTML_URI_FORM,
	HTML_URI_FRAME,
	HTML_URI_IFRAME,
	HTML_URI_IMG,
	HTML_URI_LINK,
	HTML_URI_META,
	HTML_URI_SCRIPT,
	HTML_URI_TABLE,
	HTML_URI_TD,
	HTML_URI_TR,
	HTML_URI_TYPES
};

struct html_uri {
	struct slice uri;   /* resolved against <base>, at most 8192 characters;
			     * empty for an <a> without href */
	unsigned types;	    /* 1 << enum html_uri_type, or'd; 0: seen only as
			     * the href of an anchor, unresolved */
	struct html_texts anchors; /* texts of the <a> that have this href */
	bool characters;
};

/* The names under which SpamAssassin keeps what it found. */
enum html_value_id {
	HTML_VALUE_HTML, /* always 1 */
	HTML_VALUE_LENGTH, /* of the source, in characters */
	HTML_VALUE_IMAGE_AREA,
	HTML_VALUE_MIN_SIZE,
	HTML_VALUE_MAX_SIZE,
	HTML_VALUE_CLOSED_EXTRA_RATIO,
	HTML_VALUE_BAD_TAG_RATIO,
	HTML_VALUE_NON_ELEMENT_RATIO,
	HTML_VALUE_OBFUSCATION_RATIO,
	HTML_VALUE_BACKHAIR_COUNT,
	HTML_VALUE_FONT_LOW_CONTRAST,
	HTML_VALUE_FONT_INVALID_COLOR,
	HTML_VALUE_FONT_FACE_BAD,
	HTML_VALUE_FORM_ACTION_MAILTO,
	HTML_VALUE_EMBEDS,
	HTML_VALUE_URI_TRUNCATED,
	HTML_VALUE_HTML_LENGTH, /* of the rendered text, in characters */
	HTML_VALUE_NON_SPACE_LEN,
	HTML_VALUE_RATIO,
	HTML_VALUES
};

struct html_value {
	const char *name; /* "closed_extra_ratio" */
	bool present;     /* else undefined: rules that ask for it do not hit */
	double value;
};

struct html_inside {
	struct slice name; /* lower case */
	long open;         /* start tags less end tags */
};

struct html {
	/*
	 * Text with and without what a reader does not see, and only that.
	 * X_characters: SpamAssassin would hold it as characters, and it is
	 * UTF-8 here. Otherwise it is bytes, one for each character up to
	 * U+00FF: "&eacute;" in a part of plain ASCII is the byte E9, and goes
	 * into rules as that unless another part makes the whole text
	 * characters; then it becomes UTF-8 (unicode_from_latin1()).
	 */
	struct slice rendered;
	struct slice visible;
	struct slice invisible;
	bool rendered_characters, visible_characters, invisible_characters;
	struct html_uri *uris;
	size_t uri_count;
	/* In order; UTF-8. comments: with their marks. */
	struct html_texts comments, scripts, titles, anchors;
	struct html_value values[HTML_VALUES];
	struct html_inside *inside; /* sorted by name */
	size_t inside_count;
	bool truncated; /* something was beyond our own limits */
};

/*
 * utf8: the part's text; characters: SpamAssassin would hold it as characters
 * (otherwise it is ASCII; if it is not, it counts as characters nevertheless).
 */
struct html *html_render(void *mem, struct slice utf8, bool characters);
/* Tells the size of the part in its own charset, which "ratio" needs. */
void html_source_size(struct html *html, size_t bytes);
/* The value of that name, or NULL if it is unknown or undefined. */
const struct html_value *html_value(const struct html *html, const char *name);
/* "comment", "script", "title" or "anchor"; NULL if unknown. */
const struct html_texts *html_texts(const struct html *html, const char *name);
/* Whether an element occurs, and in *open (if not NULL) how many of it were
 * left open. name: lower case; "!doctype" is one. */
bool html_inside(const struct html *html, const char *name, long *open);
const char *html_uri_type_name(enum html_uri_type type);

#endif
