/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

/*
 * SipHash-2-4 with 128 bits (Aumasson, Bernstein): a digest under a secret key.
 * Whoever does not know the key cannot make two texts with one digest, and it
 * costs less than a digest that holds without one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define DIGEST_SIZE 16
#define DIGEST_HEX (2 * DIGEST_SIZE)

struct digest_key {
	unsigned char bytes[16];
};

struct digest {
	unsigned char bytes[DIGEST_SIZE];
};

struct digest_state {
	uint64_t v[4];
	uint64_t len;
	unsigned char rest[8]; /* bytes of a word that is not complete yet */
};

void digest_key_new(struct digest_key *key); /* random */

/* The digest of all that was added since digest_begin(). */
void digest_begin(struct digest_state *state, const struct digest_key *key);
void digest_add(struct digest_state *state, struct slice bytes);
void digest_end(struct digest_state *state, struct digest *digest);

bool digest_equal(const struct digest *a, const struct digest *b);
/* As DIGEST_HEX digits and a NUL; keys look the same. */
void digest_print(const unsigned char *bytes, char *text);
/* The other way; false if the text is anything else. */
bool digest_read(struct slice text, unsigned char *bytes);

#endif
