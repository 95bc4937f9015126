/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each literal is known by its rarest run of three bytes, its gram. A bitmap
 * that fits the nearest cache says of each place in the folded text whether
 * some gram may begin there; where it does, the literals with that gram are
 * compared. Literals of two bytes are grams themselves, with a bitmap of their
 * own.
 */
#include "rule/sieve.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SIEVE_GRAM 3
#define SIEVE_BITS_MIN 8  /* of the bitmap's index */
#define SIEVE_BITS_MAX 17
#define SIEVE_BUCKET_SHIFT 3 /* buckets are 8 times fewer than bits */
#define SIEVE_PAIRS ((FOLDED_LAST + 1) * (FOLDED_LAST + 1))

struct sieve_user { /* a need of a slot that a literal meets */
	uint32_t slot;
	uint16_t bit;
	uint16_t times;
};

struct sieve_literal {
	struct literal literal;
	uint8_t gram_at; /* where in it the gram stands */
	bool counted;	 /* a user wants it more than once */
	uint32_t users, user_count;
};

struct sieve_entry {
	uint32_t gram;
	uint32_t literal : 31;
	uint32_t counted : 1; /* as in the literal, nearer at hand */
};

struct sieve_new_literal {
	struct literal literal;
	struct sieve_user user;
};

struct sieve {
	struct sieve_new_literal *added; /* until it is finished */
	size_t added_count;
	struct sieve_literal *literals;
	size_t literal_count;
	struct sieve_user *users;
	uint32_t *wanted; /* by slot: the bits of its needs */
	size_t slots;
	uint64_t *bitmap;
	uint64_t pairs[SIEVE_PAIRS / 64 + 1];
	uint32_t *buckets; /* where each begins in entries, and one behind */
	struct sieve_entry *entries; /* by bucket */
	unsigned shift; /* of the hash, to the bitmap's index */
	bool bare;	/* the text that the needs of all speak of */
};

struct sieve_mark {
	uint32_t scan; /* what follows is of this one */
	uint16_t bits; /* needs that are met */
	uint16_t count; /* of the one need that is counted, and where last */
	size_t at;
};

struct sieve_scratch {
	unsigned char *folded;
	size_t room;
	uint32_t scan; /* their number; all sieves count together */
	struct sieve_mark *marks; /* by slot */
	size_t mark_room;
	uint32_t *seen; /* by literal: the last scan that held it */
	size_t seen_room;
	uint32_t *found;
	size_t found_count, found_room;
};

struct sieve *
sieve_new(void *mem, bool bare)
{
	struct sieve *sieve = mem_new(mem, struct sieve);

	sieve->bare = bare;
	return sieve;
}

void
sieve_add(struct sieve *sieve, uint32_t slot, const struct need_clause *clause)
{
	bool counted = false;

	if (slot >= sieve->slots) {
		sieve->wanted = mem_resize(sieve, sieve->wanted, slot + 1);
		memset(sieve->wanted + sieve->slots, 0,
		       (slot + 1 - sieve->slots) * sizeof(*sieve->wanted));
		sieve->slots = slot + 1;
	}
	for (size_t i = 0; i < clause->count; i++) {
		/* A mark counts for one need. */
		bool counts = clause->items[i].times > 1 && !counted;

		counted = counted || counts;
		for (size_t k = 0; k < clause->items[i].count; k++) {
			mem_grow(sieve, sieve->added, sieve->added_count);
			sieve->added[sieve->added_count++] =
				(struct sieve_new_literal){
					clause->items[i].items[k],
					{ slot, (uint16_t)(1u << i),
					  counts ? (uint16_t)clause->items[i]
							   .times
						 : 1 },
				};
		}
		sieve->wanted[slot] |= 1u << i;
	}
}

static int
sieve_compare(const void *a, const void *b)
{
	const struct sieve_new_literal *x = a, *y = b;
	int order = memcmp(&x->literal, &y->literal,
			   1u + (x->literal.len < y->literal.len
					 ? x->literal.len
					 : y->literal.len));

	if (order != 0)
		return order;
	if (x->user.slot != y->user.slot)
		return x->user.slot < y->user.slot ? -1 : 1;
	return (x->user.bit > y->user.bit) - (x->user.bit < y->user.bit);
}

static uint32_t
sieve_gram(const unsigned char *text)
{
	return text[0] | (uint32_t)text[1] << 8 | (uint32_t)text[2] << 16;
}

static uint32_t
sieve_hash(const struct sieve *sieve, uint32_t gram)
{
	return gram * 2654435761u >> sieve->shift;
}

static size_t
sieve_pair(uint32_t gram)
{
	return (gram & 255) * (FOLDED_LAST + 1) + (gram >> 8 & 255);
}

/* Finds the rarest gram of a literal; returns it. */
static uint32_t
sieve_choose_gram(struct sieve_literal *item)
{
	const unsigned char *text = item->literal.text;
	unsigned best = 0;

	if (item->literal.len < SIEVE_GRAM)
		return text[0] | (uint32_t)text[1] << 8;
	for (unsigned i = 0; i + SIEVE_GRAM <= item->literal.len; i++) {
		unsigned bits = literal_bits(text + i, SIEVE_GRAM);

		if (bits <= best)
			continue;
		best = bits;
		item->gram_at = (uint8_t)i;
	}
	return sieve_gram(text + item->gram_at);
}

/* Literals by gram: counted, then put where their bucket begins. */
static void
sieve_enter_all(struct sieve *sieve, unsigned bits)
{
	size_t buckets = 1u << (bits - SIEVE_BUCKET_SHIFT);
	uint32_t *grams = mem_array(sieve, uint32_t, sieve->literal_count);

	sieve->shift = 32 - bits;
	sieve->bitmap = mem_array(sieve, uint64_t, (1u << bits) / 64);
	sieve->buckets = mem_array(sieve, uint32_t, buckets + 2);
	sieve->entries = mem_array(sieve, struct sieve_entry,
				   sieve->literal_count);
	for (size_t i = 0; i < sieve->literal_count; i++) {
		uint32_t hash;

		grams[i] = sieve_choose_gram(&sieve->literals[i]);
		hash = sieve_hash(sieve, grams[i]);
		if (sieve->literals[i].literal.len < SIEVE_GRAM)
			sieve->pairs[sieve_pair(grams[i]) / 64] |=
				1ull << sieve_pair(grams[i]) % 64;
		else
			sieve->bitmap[hash / 64] |= 1ull << hash % 64;
		sieve->buckets[(hash >> SIEVE_BUCKET_SHIFT) + 2]++;
	}
	for (size_t i = 2; i < buckets + 2; i++)
		sieve->buckets[i] += sieve->buckets[i - 1];
	for (size_t i = 0; i < sieve->literal_count; i++) {
		uint32_t hash = sieve_hash(sieve, grams[i]);
		uint32_t *end =
			&sieve->buckets[(hash >> SIEVE_BUCKET_SHIFT) + 1];

		sieve->entries[(*end)++] =
			(struct sieve_entry){ grams[i], (uint32_t)i,
					      sieve->literals[i].counted };
	}
	mem_free(grams);
}

static void
sieve_collect(struct sieve *sieve)
{
	const struct sieve_new_literal *added = sieve->added;
	struct sieve_literal *last = NULL;

	for (size_t i = 0; i < sieve->added_count; i++) {
		if (last == NULL ||
		    added[i].literal.len != last->literal.len ||
		    memcmp(added[i].literal.text, last->literal.text,
			   last->literal.len) != 0) {
			last = &sieve->literals[sieve->literal_count++];
			last->literal = added[i].literal;
			last->users = (uint32_t)i;
		}
		sieve->users[i] = added[i].user;
		last->user_count++;
		last->counted = last->counted || added[i].user.times > 1;
	}
}

void
sieve_finish(struct sieve *sieve)
{
	size_t count = sieve->added_count;
	unsigned bits = SIEVE_BITS_MIN;

	if (count == 0)
		return;
	qsort(sieve->added, count, sizeof(*sieve->added), sieve_compare);
	sieve->literals = mem_array(sieve, struct sieve_literal, count);
	sieve->users = mem_array(sieve, struct sieve_user, count);
	sieve_collect(sieve);
	while (bits < SIEVE_BITS_MAX && 1u << bits < 16 * sieve->literal_count)
		bits++;
	sieve_enter_all(sieve, bits);
	mem_free(sieve->added);
	sieve->added = NULL;
}

/* --- on a text --- */

struct sieve_scratch *
sieve_scratch_new(void *mem)
{
	return mem_new(mem, struct sieve_scratch);
}

/* Room for a scan of text, and its number. */
static void
sieve_begin(const struct sieve *sieve, struct sieve_scratch *scratch,
	    struct slice text)
{
	if (scratch->room < text.len + SIEVE_GRAM) {
		scratch->room = text.len + text.len / 2 + 4096;
		scratch->folded = mem_resize(scratch, scratch->folded,
					     scratch->room);
	}
	if (scratch->mark_room < sieve->slots) {
		scratch->mark_room = sieve->slots;
		mem_free(scratch->marks);
		scratch->marks = mem_array(scratch, struct sieve_mark,
					   sieve->slots);
		scratch->found = mem_resize(scratch, scratch->found,
					    sieve->slots);
	}
	if (scratch->seen_room < sieve->literal_count) {
		scratch->seen_room = sieve->literal_count;
		mem_free(scratch->seen);
		scratch->seen = mem_array(scratch, uint32_t,
					  sieve->literal_count);
	}
	if (++scratch->scan == 0) { /* once in four thousand million texts */
		memset(scratch->marks, 0,
		       scratch->mark_room * sizeof(*scratch->marks));
		memset(scratch->seen, 0,
		       scratch->seen_room * sizeof(*scratch->seen));
		scratch->scan = 1;
	}
	scratch->found_count = 0;
}

static void
sieve_note(const struct sieve *sieve, struct sieve_scratch *scratch,
	   const struct sieve_literal *literal, size_t at)
{
	for (uint32_t i = 0; i < literal->user_count; i++) {
		const struct sieve_user *user =
			&sieve->users[literal->users + i];
		struct sieve_mark *mark = &scratch->marks[user->slot];

		if (mark->scan != scratch->scan)
			*mark = (struct sieve_mark){ .scan = scratch->scan };
		if (mark->bits & user->bit)
			continue;
		if (user->times > 1) {
			/* Other literals with the same gram: one place. */
			if (mark->count > 0 && mark->at == at)
				continue;
			mark->at = at;
			if (++mark->count < user->times)
				continue;
		}
		mark->bits |= user->bit;
		if (mark->bits == sieve->wanted[user->slot])
			scratch->found[scratch->found_count++] = user->slot;
	}
}

/* Literals whose gram stands at `at`, of len bytes of folded text. */
static void
sieve_look(const struct sieve *sieve, struct sieve_scratch *scratch, size_t at,
	   size_t len, uint32_t gram)
{
	uint32_t bucket = sieve_hash(sieve, gram) >> SIEVE_BUCKET_SHIFT;

	for (uint32_t i = sieve->buckets[bucket];
	     i < sieve->buckets[bucket + 1]; i++) {
		const struct sieve_entry *entry = &sieve->entries[i];
		const struct sieve_literal *item;

		if (entry->gram != gram ||
		    (scratch->seen[entry->literal] == scratch->scan &&
		     !entry->counted))
			continue;
		item = &sieve->literals[entry->literal];
		if (at < item->gram_at ||
		    at - item->gram_at + item->literal.len > len ||
		    memcmp(scratch->folded + at - item->gram_at,
			   item->literal.text, item->literal.len) != 0)
			continue;
		scratch->seen[entry->literal] = scratch->scan;
		sieve_note(sieve, scratch, item, at);
	}
}

size_t
sieve_scan(const struct sieve *sieve, struct sieve_scratch *scratch,
	   struct slice text, const uint32_t **slots)
{
	size_t len;

	*slots = NULL;
	if (sieve->literal_count == 0 || text.len < 2)
		return 0;
	sieve_begin(sieve, scratch, text);
	len = regex_fold(scratch->folded, text, sieve->bare);
	memset(scratch->folded + len, 0, SIEVE_GRAM);
	for (size_t i = 0; i + 1 < len; i++) {
		uint32_t gram = sieve_gram(scratch->folded + i);
		uint32_t hash = sieve_hash(sieve, gram);
		size_t pair = sieve_pair(gram);

		if (sieve->bitmap[hash / 64] >> hash % 64 & 1)
			sieve_look(sieve, scratch, i, len, gram);
		if (sieve->pairs[pair / 64] >> pair % 64 & 1)
			sieve_look(sieve, scratch, i, len, gram & 0xffff);
	}
	*slots = scratch->found;
	return scratch->found_count;
}
