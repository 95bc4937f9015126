/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_SIEVE_PRIVATE_H
#define RULE_SIEVE_PRIVATE_H

/*
 * Between sieve.c, which builds a sieve, and sieve_scan.c, which holds a text
 * against it.
 *
 * Each literal is known by its rarest run of three bytes, its gram, and a set of
 * these (wrap/gram_set.h) says where in the folded text some may begin. Many
 * literals may share a gram (all spellings of a word that differ further on),
 * so a gram has keys: the gram and what follows it in the literal, eight bytes
 * at most. Only literals whose key stands there are compared. Literals of two
 * bytes are grams themselves.
 *
 * A mail asks for thousands of grams, so all of this is as small as can be.
 */

#include "rule/sieve.h"
#include "wrap/gram_set.h"

#define SIEVE_WIDTH 8 /* of a key; texts are padded by as much */
#define SIEVE_SLOT_BITS 22

struct sieve_user { /* a need of a slot that a literal meets */
	uint32_t slot : SIEVE_SLOT_BITS;
	uint32_t need : 2; /* its number */
	uint32_t times : 8;
};

struct sieve_literal {
	uint64_t text[2]; /* as sieve_load() reads it; zeros behind it */
	uint32_t users : 31;
	uint32_t counted : 1; /* a user wants it more than once */
	uint32_t user_count : 24;
	uint32_t len : 4;
	uint32_t gram_at : 4; /* where in it the key stands */
};
_Static_assert(LITERAL_BYTES < 16, "a literal is two words, its length 4 bits");

struct sieve_key {
	uint64_t text;
	uint32_t first; /* of its literals */
	uint32_t count : 24;
	uint32_t width : 7;
	uint32_t last : 1; /* of its gram */
};

struct sieve_gram {
	uint32_t code; /* sieve_code(); 0: a free place in the table */
	uint32_t first; /* of its keys */
};

struct sieve {
	struct sieve_new *added; /* until it is finished */
	size_t added_count;
	struct sieve_literal *literals; /* those of a key stand together */
	size_t literal_count;
	struct sieve_user *users;
	uint32_t *wanted; /* by slot: the bits of its needs */
	size_t slots;
	struct gram_set set;
	struct sieve_gram *grams; /* the next free place after its hash */
	unsigned gram_shift;
	struct sieve_key *keys; /* those of a gram stand together */
	size_t key_count;
	bool bare;	/* the text that the needs of all speak of */
};

/* Eight bytes, the first the lowest. */
static inline uint64_t
sieve_load(const unsigned char *text)
{
	uint64_t value;

	memcpy(&value, text, sizeof(value));
	return le64toh(value);
}

/* The first so many bytes of what was loaded. */
static inline uint64_t
sieve_first(uint64_t text, unsigned width)
{
	return text & UINT64_MAX >> (64 - 8 * width);
}

/* Of the gram that text begins with; of a key of so many bytes. */
static inline uint32_t
sieve_code(uint64_t text, unsigned width)
{
	return width < GRAM_BYTES ? 0x2000000 | (uint32_t)(text & 0xffff)
				  : 1 + (uint32_t)(text & 0xffffff);
}

/* Where a gram stands in the table, or one of the next places. */
static inline size_t
sieve_place(const struct sieve *sieve, uint32_t code)
{
	return code * GRAM_FACTOR >> sieve->gram_shift;
}

/* Places are a power of two. */
static inline size_t
sieve_place_behind(const struct sieve *sieve, size_t place)
{
	return (place + 1) & (UINT32_MAX >> sieve->gram_shift);
}

#endif
