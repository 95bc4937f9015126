/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HTML_ATTRIBUTES_H
#define MAIL_HTML_ATTRIBUTES_H

/* The attributes of one start tag, decoded when they are asked for. */

#include <stdbool.h>

#include "base/str.h"
#include "mail/html_tags.h"
#include "mail/html_tokens.h"

struct html_attributes {
	void *mem; /* owner of decoded values */
	const struct html_attribute *items;
	size_t count;
	bool characters; /* the document holds characters */
	bool wide; /* the last value asked for has one above U+00FF in it */
};

/*
 * The value of the first attribute of that name (lower case), decoded; data
 * NULL if there is none.
 */
struct slice html_attribute(struct html_attributes *attributes,
			    const char *name);
/* The same for a link: markup such as `<a x/href=...>` counts too. */
struct slice html_attribute_link(struct html_attributes *attributes,
				 const char *name);
/* Whether there is any that SpamAssassin lets style an element. */
bool html_attributes_style(const struct html_attributes *attributes,
			   enum html_tag tag);

#endif
