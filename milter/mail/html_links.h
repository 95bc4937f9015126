/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HTML_LINKS_H
#define MAIL_HTML_LINKS_H

/*
 * The URIs in an HTML document's attributes, resolved against <base>, with the
 * elements they stand in and the text of the anchors that lead to them
 * (SpamAssassin's HTML.pm: html_uri, push_uri, target_uri).
 */

#include <stdbool.h>

#include "base/str.h"
#include "mail/html.h"
#include "mail/html_attributes.h"

/* URIs and anchors of one document; what is beyond is dropped and counted. */
#define HTML_LINKS_MAX 10000
#define HTML_ANCHORS_MAX 50000

struct html_links;

struct html_links *html_links_new(void *mem, bool characters);
/* What a start tag refers to. */
void html_links_tag(struct html_links *links, enum html_tag tag,
		    struct html_attributes *attributes);
/* An <a> begins; then text within it, whose end is the next anchor's begin. */
void html_links_anchor(struct html_links *links,
		       struct html_attributes *attributes);
void html_links_anchor_text(struct html_links *links, struct slice text);
/* Writes what was found into html; strings hang below mem of links_new. */
void html_links_finish(struct html_links *links, struct html *html);

#endif
