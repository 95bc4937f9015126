/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_CHARSET_H
#define MAIL_CHARSET_H

/* Character sets to UTF-8, decided as SpamAssassin decides
 * (Node::_normalize). */

#include <stdbool.h>

#include "base/str.h"

/*
 * declared may be NULL. *converted, if not NULL, says whether SpamAssassin
 * would hold the result as characters (it was decoded) rather than as bytes:
 * then white space is Unicode white space.
 */
struct slice charset_to_utf8(void *mem, struct slice bytes,
			     const char *declared, bool *converted);
/* For encoded words: the declared set is believed, and what is no character of
 * it becomes U+FFFD. */
struct slice charset_believe(void *mem, struct slice bytes,
			     const char *declared);
/* What a mail client would show: as above, but UTF-16 is really decoded. */
struct slice charset_for_reader(void *mem, struct slice bytes,
				const char *declared);
/* Strict: no surrogates, no overlong forms, no noncharacters. */
bool charset_is_utf8(struct slice bytes);
bool charset_is_ascii(struct slice bytes);
/* Reads one character (noncharacters are accepted), moves *at; -1 on a byte
 * that is none (*at + 1). */
long charset_next(struct slice utf8, size_t *at);
/* Appends a character (below U+110000) in UTF-8. */
void charset_put(struct buf *out, unsigned long character);
/*
 * Loads the C library's converters for every set known here and keeps them, so
 * that a process can lose its access to files afterwards. Returns how many.
 */
size_t charset_preload(void);

#endif
