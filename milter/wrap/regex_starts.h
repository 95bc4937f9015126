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
#define START_QUARTERS 4 /* of a set of classes */

/* Sets of grams, three bytes by class. */
struct start_grams {
	/* A set of seconds by the first: eight of them, the next ... It fits
	 * into two lines of the cache, and stops nearly all. */
	uint8_t pairs[START_QUARTERS * START_CLASSES];
	/* By the first and the second: a set of thirds. */
	uint32_t thirds[START_CLASSES * START_CLASSES];
};

struct regex_starts {
	struct start_grams grams;
	/* About, that one begins at a given place: by three bytes, by one. */
	double chance, first_chance;
	size_t branches; /* of the pattern, that begin there */
};

/* pattern in PCRE2's syntax; extended: as with /x. NULL: anywhere. */
struct regex_starts *regex_starts_new(void *mem, struct slice pattern,
				      bool extended);
#define STARTS_BYTES 3
#define STARTS_BLOCK 32 /* bytes that are looked at together */
#define STARTS_CLASSES (STARTS_BLOCK + STARTS_BYTES - 1)

/* On the way through a text. */
struct starts_walk {
	const struct start_grams *grams;
	struct slice text;
	bool vectors;
	/* What is known of the places before the next block. */
	size_t next, block;
	uint32_t places;
	unsigned char classes[STARTS_CLASSES];
};

/* Where such a place may be, from `from` on. */
void regex_starts_walk(const struct regex_starts *starts, struct slice text,
		       size_t from, struct starts_walk *walk);
/* The next such place; text.len + 1: there is none. */
size_t regex_starts_next(struct starts_walk *walk);

/* Many patterns at once. */
struct start_table {
	struct start_grams any;	    /* grams of some pattern */
	uint64_t sets[START_GRAMS]; /* by gram: which, as bits */
};

void start_table_add(struct start_table *table,
		     const struct regex_starts *starts, unsigned bit);
/* Those that can match somewhere in text. */
uint64_t start_table_look(const struct start_table *table, struct slice text);

#endif
