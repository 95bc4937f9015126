/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HTML_FINDINGS_H
#define MAIL_HTML_FINDINGS_H

/*
 * What HTMLEval rules ask about a document, gathered while it is rendered: how
 * its tags balance, tricks of hiding words, pictures, fonts, comments, titles.
 */

#include <stdbool.h>

#include "base/str.h"
#include "mail/html.h"
#include "mail/html_attributes.h"
#include "mail/html_style.h"

/* Different names of unknown elements that are counted one by one. */
#define HTML_NAMES_MAX 5000
#define HTML_COMMENTS_MAX 50000

struct html_findings;

struct html_findings *html_findings_new(void *mem, struct html *html);
/* A tag: step 1 for a start tag, -1 for an end tag. */
void html_findings_tag(struct html_findings *findings, enum html_tag tag,
		       struct slice name, int step);
void html_findings_attributes(struct html_findings *findings,
			      enum html_tag tag,
			      struct html_attributes *attributes);
/* How many elements of that kind are open: start tags less end tags. */
long html_findings_open(const struct html_findings *findings,
			enum html_tag tag);
void html_findings_title_text(struct html_findings *findings,
			      struct slice text);
/* These two keep the slice, which must live as long as the result. */
void html_findings_script(struct html_findings *findings, struct slice text);
void html_findings_comment(struct html_findings *findings, struct slice text);
void html_findings_doctype(struct html_findings *findings);
void html_findings_hidden(struct html_findings *findings,
			  enum html_hidden hidden);
/* Text meets the text before it, with markup in between. */
void html_findings_adjacent(struct html_findings *findings,
			    struct slice before, bool before_characters,
			    struct slice text, bool characters);
void html_findings_rendered(struct html_findings *findings, struct slice utf8,
			    bool characters);
/* Writes the result's values; length is the source's, in characters. */
void html_findings_finish(struct html_findings *findings, size_t length,
			  double max_size, double min_size);

#endif
