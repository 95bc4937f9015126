/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_REGEX_STARTS_PRIVATE_H
#define WRAP_REGEX_STARTS_PRIVATE_H

/*
 * Between regex_starts.c, which reads a pattern, starts_look.c, which looks in
 * a text, and starts_vector.c, which does so with the machine's long registers.
 */

#include "wrap/regex_starts.h"

enum starts_class { /* behind 26 letters */
		    STARTS_SPACE = 26,
		    STARTS_DIGIT,
		    STARTS_HIGH,
		    STARTS_MARK,
		    STARTS_OTHER,
		    STARTS_END,
};

#define STARTS_MARKS ".,:;!?'\"()-_*"
/* --- starts_look.c --- */

/* The class of each byte. */
const unsigned char *starts_classes(void);
/*
 * Where in a block of so many bytes some pair begins, as bits, if the text ends
 * behind them. Fills in the classes of them and of what is there no more.
 */
uint32_t starts_pairs(const struct start_grams *grams,
		      const unsigned char *bytes, size_t len,
		      unsigned char classes[STARTS_CLASSES]);

/* --- starts_vector.c --- */

/* Whether the machine can do the following, which is the same. */
bool starts_have_vectors(void);
uint32_t starts_pairs_vector(const struct start_grams *grams,
			     const unsigned char *bytes, size_t len,
			     unsigned char classes[STARTS_CLASSES]);

#endif
