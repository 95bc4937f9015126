/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_REGEX_LITERAL_H
#define WRAP_REGEX_LITERAL_H

/*
 * A sieve in front of regular expressions: most rules hold words that must
 * stand in a text for them to match, and most texts hold none of these. What
 * must stand there is read off the pattern once; a text is taken in once, as
 * the set of its runs of three bytes; then a rule that cannot match costs a few
 * look-ups. The sieve errs on one side only: it never says no to a text that
 * the pattern matches. Letters count without regard to case throughout.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define GRAM_BITS 65536

struct regex_grams { /* of any number of texts */
	uint64_t bits[GRAM_BITS / 64];
};

struct regex_literals;

/* pattern in PCRE2's syntax, not extended (/x). NULL: nothing need stand in a
 * text, or nothing is known. */
struct regex_literals *regex_literals_new(void *mem, struct slice pattern);
void regex_grams_add(struct regex_grams *grams, struct slice text);
/* False: none of those texts holds what is needed. literals may be NULL. */
bool regex_literals_in(const struct regex_literals *literals,
		       const struct regex_grams *grams);

#endif
