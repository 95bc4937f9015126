/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_REGEX_HINTS_H
#define WRAP_REGEX_HINTS_H

/*
 * What a pattern says of its matches before any text is there, so that a search
 * need not begin, or need not look everywhere.
 */

#include "base/str.h"

struct regex_needs;
struct regex_starts;
struct regex_stretch;

struct regex_hints {
	/* Each NULL where it does not say much: what must stand in a text, where
	 * it can match, and what a match takes up. */
	struct regex_needs *needs;
	struct regex_starts *starts;
	struct regex_stretch *stretch;
	/* It is quicker to look for starts first than to leave it to PCRE2. */
	bool looks_first;
};

/* pattern in PCRE2's syntax; extended, caseless: as with /x, /i. */
void regex_hints_read(void *mem, struct regex_hints *hints,
		      struct slice pattern, bool extended, bool caseless);

#endif
