/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HTML_STYLE_H
#define MAIL_HTML_STYLE_H

/*
 * How text looks at a place of an HTML document: the elements that are open
 * there, and what their attributes and style sheets do to colour, size and
 * visibility (SpamAssassin's HTML.pm: text_style, html_font_invisible).
 */

#include <stdbool.h>

#include "base/str.h"
#include "mail/html_attributes.h"
#include "mail/html_tags.h"

struct html_styles;

enum html_hidden {
	HTML_SHOWN,
	HTML_HIDDEN_CONTRAST, /* colour like the background's */
	HTML_HIDDEN_COLOR,    /* a colour that is none */
	HTML_HIDDEN_OTHER,    /* too small, or a style says so */
};

struct html_styles *html_styles_new(void *mem);
void html_styles_open(struct html_styles *styles, enum html_tag tag,
		      struct html_attributes *attributes);
void html_styles_close(struct html_styles *styles, enum html_tag tag);
enum html_hidden html_styles_hidden(const struct html_styles *styles);
/* The largest and smallest font size that an element asked for; 3 is normal. */
double html_styles_max_size(const struct html_styles *styles);
double html_styles_min_size(const struct html_styles *styles);

#endif
