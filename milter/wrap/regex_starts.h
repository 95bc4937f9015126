/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_REGEX_STARTS_H
#define WRAP_REGEX_STARTS_H

/*
 * Where in a text a match may begin, by the first three bytes that it can have,
 * read off the pattern. PCRE2 looks at the first byte alone, which for patterns
 * of many alternatives is nearly every byte of a text, and then goes through
 * them one by one.
 *
 * Bytes are of 32 classes: letters in either case, space, digits, some marks,
 * the others, those above 7F, and the end of the text.
 *
 * It errs on one side only: no match begins elsewhere.
 */

#include "base/str.h"

#define START_CLASSES 32
#define START_GRAMS (START_CLASSES * START_CLASSES * START_CLASSES)

struct regex_starts {
	/* By the classes of the first two bytes: a set of those of the third. */
	uint32_t grams[START_CLASSES * START_CLASSES];
	/* About, that one begins at a given place: by three bytes, by one. */
	double chance, first_chance;
	size_t branches; /* of the pattern, that begin there */
};

/* pattern in PCRE2's syntax; extended: as with /x. NULL: anywhere. */
struct regex_starts *regex_starts_new(void *mem, struct slice pattern,
				      bool extended);
/* The first such place from `from` on; text.len + 1: there is none. */
size_t regex_starts_next(const struct regex_starts *starts, struct slice text,
			 size_t from);
/*
 * Of many patterns at once: each item of table, by gram, is a set of patterns.
 * The set of all whose grams stand in text.
 */
uint64_t regex_starts_any(const uint64_t table[START_GRAMS], struct slice text);

#endif
