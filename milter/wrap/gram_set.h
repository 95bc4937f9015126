/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_GRAM_SET_H
#define WRAP_GRAM_SET_H

/*
 * Sets of grams, three bytes of folded text or two, and where in a text some of
 * them may stand. Of three bytes a hash is known, in a bitmap that fits the
 * nearest cache: now and then a place is named where none stands, but never the
 * other way round.
 */

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "wrap/regex_needs.h"

#define GRAM_BYTES 3
#define GRAM_BLOCK 32 /* places that are looked at together */
#define GRAM_SPARE 16 /* bytes of text behind them that are read as well */
#define GRAM_PAIRS ((FOLDED_LAST + 1) * 256)

struct gram_set {
	uint32_t *bitmap; /* by hash of three bytes */
	unsigned shift;	  /* of the hash */
	uint32_t
		pairs[GRAM_PAIRS / 32]; /* by the second byte, then the first */
};

/* Room for about so many of three bytes. */
void gram_set_begin(void *mem, struct gram_set *set, size_t count);
/* The first three bytes of text, or if len is 2, the first two. */
void gram_set_add(struct gram_set *set, const unsigned char *text,
		  unsigned len);

/* Places in a block, as bits. */
struct gram_places {
	uint32_t grams, pairs;
};

struct gram_places gram_set_look(const struct gram_set *set,
				 const unsigned char *text);
/* The same place by place; and, if the machine has what it takes, together. */
struct gram_places gram_set_look_bytes(const struct gram_set *set,
				       const unsigned char *text);
bool gram_set_has_vectors(void);
struct gram_places gram_set_look_vector(const struct gram_set *set,
					const unsigned char *text);

#define GRAM_FACTOR 2654435761u

#endif
