/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_REGEX_STRETCH_H
#define WRAP_REGEX_STRETCH_H

/*
 * The stretch of text that a match takes up at least, and of which bytes it is:
 * patterns for long words, numbers or marks in a row have no word that must
 * stand in a text, but a text without so many of these bytes in a row has no
 * match.
 */

#include <stdint.h>

#include "base/str.h"

struct regex_stretch {
	size_t least;	  /* bytes in a row */
	uint64_t bits[4]; /* set of those that may stand in it */
};

/* pattern in PCRE2's syntax; extended, caseless: as with /x, /i. NULL: any text
 * may do. */
struct regex_stretch *regex_stretch_read(void *mem, struct slice pattern,
					 bool extended, bool caseless);
/* The same; NULL, too, if most texts would do. */
struct regex_stretch *regex_stretch_new(void *mem, struct slice pattern,
					bool extended, bool caseless);
/* Whether text has such a stretch from `from` on. */
bool regex_stretch_stands(const struct regex_stretch *stretch,
			  struct slice text, size_t from);

#endif
