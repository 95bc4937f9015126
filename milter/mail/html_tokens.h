/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HTML_TOKENS_H
#define MAIL_HTML_TOKENS_H

/*
 * HTML cut into tokens where Perl's HTML::Parser 3.81 cuts it (marked sections
 * on, everything else at its default, the whole document given at once), so
 * that broken markup is read as SpamAssassin reads it. Linear in the input; no
 * copies: every slice points into the document.
 */

#include <stdbool.h>

#include "base/str.h"

struct html_attribute {
	struct slice name;  /* as written */
	struct slice value; /* without quotes, entities not decoded; the name
			     * itself if there was no "=" */
};

/* What is called for each token, in document order. */
struct html_handler {
	/* name as written; attributes live until the call returns */
	void (*start)(void *owner, struct slice name,
		      const struct html_attribute *attributes, size_t count);
	void (*end)(void *owner, struct slice name);
	/* literal: entities are not to be decoded */
	void (*text)(void *owner, struct slice text, bool literal);
	void (*comment)(void *owner, struct slice text); /* with its marks */
	void (*declaration)(void *owner, struct slice text);
};

/*
 * document.data[document.len] must be readable and 0. An unclosed style or
 * script is closed at the end, as SpamAssassin does. Scratch memory goes
 * below mem.
 */
void html_tokens(void *mem, struct slice document,
		 const struct html_handler *handler, void *owner);

#endif
