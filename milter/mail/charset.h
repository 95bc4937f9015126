/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_CHARSET_H
#define MAIL_CHARSET_H

/* Character sets to UTF-8, decided as SpamAssassin decides (Node::_normalize). */

#include <stdbool.h>

#include "base/str.h"

/*
 * declared may be NULL. *converted, if not NULL, says whether SpamAssassin
 * would hold the result as characters (it was decoded) rather than as bytes:
 * then white space is Unicode white space.
 */
struct slice charset_to_utf8(void *mem, struct slice bytes,
			     const char *declared, bool *converted);
bool charset_is_utf8(struct slice bytes); /* strict: no surrogates, no overlong */
/* Reads one character (strict), moves *at; -1 on a byte that is none (*at + 1). */
long charset_next(struct slice utf8, size_t *at);
void charset_put(struct buf *out, unsigned long character);

#endif
