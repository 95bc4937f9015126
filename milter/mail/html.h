/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HTML_H
#define MAIL_HTML_H

/*
 * HTML as SpamAssassin's HTML.pm over Perl's HTML::Parser renders it: its text,
 * its links, and the findings that HTMLEval rules ask for. Our own tokenizer,
 * since parity with HTML::Parser's reading of broken markup is the point.
 * Linear in the size of the input; nesting is counted, not recursed.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct html_uri {
	struct slice uri;      /* as written in the attribute, resolved against
				* <base> where SpamAssassin does */
	struct slice text;     /* anchor text of <a>, collected; else empty */
	const char *type;      /* "a", "img", "form" ...: the element */
};

/* A count or number kept by name, such as "tag_a", "font_low_contrast". */
struct html_value {
	const char *name;
	double value;
	struct slice text; /* where the result is a string, such as "title" */
};

struct html {
	struct slice rendered;  /* visible and invisible */
	struct slice visible;
	struct slice invisible;
	struct html_uri *uris;
	size_t uri_count;
	struct html_value *values;
	size_t value_count;
	struct slice base_href;
	/* "html_text_match" and friends: text runs with what surrounds them. */
	struct slice *comments, *titles, *anchors;
	size_t comment_count, title_count, anchor_count;
};

/* utf8: the part's text; characters: it holds characters, not bytes. */
struct html *html_render(void *mem, struct slice utf8, bool characters);
/* The value of that name, or NULL. */
const struct html_value *html_value(const struct html *html, const char *name);

#endif
