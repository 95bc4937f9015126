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
 * so where one begins, the key is looked up: the gram and what follows it in
 * the literal, eight bytes at most. Only literals with that very key are
 * compared. Literals of two bytes are grams themselves.
 */

#include "rule/sieve.h"
#include "wrap/gram_set.h"

#define SIEVE_WIDTH 8 /* of a key; texts are padded by as much */
#define SIEVE_BUCKET_SHIFT 3 /* of a gram's hash, to be near at hand */
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
	uint32_t count : 24; /* 0: a free place in the table */
	uint32_t width : 8;
};

struct sieve {
	struct sieve_new *added; /* until it is finished */
	size_t added_count;
	struct sieve_literal *literals; /* those of a key stand together */
	size_t literal_count;
	struct sieve_user *users;
	uint32_t *wanted; /* by slot: the bits of its needs */
	size_t slots;
	struct gram_set grams;
	uint8_t *widths; /* by gram, bucket: of their keys, bit width - 1 */
	uint64_t *known; /* a bitmap by hash of a key, before keys is asked */
	struct sieve_key *keys; /* the next free place after its hash */
	unsigned key_shift, known_shift;
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

/* Places of keys: a power of two. */
static inline size_t
sieve_key_count(const struct sieve *sieve)
{
	return (size_t)(UINT64_MAX >> sieve->key_shift) + 1;
}

static inline uint64_t
sieve_key_hash(uint64_t key, unsigned width)
{
	return (key ^ width) * 0x9e3779b97f4a7c15u;
}

#endif
