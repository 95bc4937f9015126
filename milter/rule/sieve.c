/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each literal is known by its rarest run of three bytes, its gram. A bitmap
 * that fits the nearest cache says of each place in the folded text whether
 * some gram may begin there; where it does, the literals with that gram are
 * compared. Grams of two bytes stand in it with every third byte.
 */
#include "rule/sieve.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SIEVE_GRAM 3
#define SIEVE_BITS_MIN 8  /* of the bitmap's index */
#define SIEVE_BITS_MAX 17
#define SIEVE_CHAIN_SHIFT 3 /* chains are 8 times fewer than bits */

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

struct sieve_entry { /* of the chain of a hash */
	uint32_t gram;
	uint32_t literal;
	uint32_t next; /* index + 1 */
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
	uint32_t *chains; /* index + 1 into entries */
	struct sieve_entry *entries;
	size_t entry_count;
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
sieve_add(struct sieve *sieve, uint32_t slot, const struct regex_needs *needs)
{
	bool counted = false;

	assert(needs->bare == sieve->bare);
	if (slot >= sieve->slots) {
		sieve->wanted = mem_resize(sieve, sieve->wanted, slot + 1);
		memset(sieve->wanted + sieve->slots, 0,
		       (slot + 1 - sieve->slots) * sizeof(*sieve->wanted));
		sieve->slots = slot + 1;
	}
	for (size_t i = 0; i < needs->count; i++) {
		/* A mark counts for one need. */
		bool counts = needs->items[i].times > 1 && !counted;

		counted = counted || counts;
		for (size_t k = 0; k < needs->items[i].count; k++) {
			mem_grow(sieve, sieve->added, sieve->added_count);
			sieve->added[sieve->added_count++] =
				(struct sieve_new_literal){
					needs->items[i].items[k],
					{ slot, (uint16_t)(1u << i),
					  counts ? (uint16_t)needs->items[i]
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

static void
sieve_enter(struct sieve *sieve, uint32_t literal, uint32_t gram)
{
	uint32_t hash = sieve_hash(sieve, gram);
	uint32_t *chain = &sieve->chains[hash >> SIEVE_CHAIN_SHIFT];

	mem_grow(sieve, sieve->entries, sieve->entry_count);
	sieve->bitmap[hash / 64] |= 1ull << hash % 64;
	sieve->entries[sieve->entry_count++] =
		(struct sieve_entry){ gram, literal, *chain };
	*chain = (uint32_t)sieve->entry_count;
}

/* Bytes as they come out of folding. */
static bool
sieve_is_folded(unsigned c)
{
	return c <= FOLDED_LAST && !(c >= 'A' && c <= 'Z') &&
	       !(c > '0' && c <= '9') && !(c >= '\t' && c <= '\r');
}

static void
sieve_enter_literal(struct sieve *sieve, uint32_t index)
{
	struct sieve_literal *item = &sieve->literals[index];
	const unsigned char *text = item->literal.text;
	unsigned char pair[SIEVE_GRAM] = { text[0], text[1] };
	unsigned best = 0;

	if (item->literal.len < SIEVE_GRAM) {
		for (unsigned c = 0; c <= FOLDED_LAST; c++) {
			pair[2] = (unsigned char)c;
			if (sieve_is_folded(c))
				sieve_enter(sieve, index, sieve_gram(pair));
		}
		return;
	}
	for (unsigned i = 0; i + SIEVE_GRAM <= item->literal.len; i++) {
		unsigned bits = literal_bits(text + i, SIEVE_GRAM);

		if (bits <= best)
			continue;
		best = bits;
		item->gram_at = i;
	}
	sieve_enter(sieve, index, sieve_gram(text + item->gram_at));
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
	sieve->shift = 32 - bits;
	sieve->bitmap = mem_array(sieve, uint64_t, (1u << bits) / 64);
	sieve->chains = mem_array(sieve, uint32_t,
				  1u << (bits - SIEVE_CHAIN_SHIFT));
	for (size_t i = 0; i < sieve->literal_count; i++)
		sieve_enter_literal(sieve, (uint32_t)i);
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
	   size_t len, uint32_t gram, uint32_t hash)
{
	uint32_t next = sieve->chains[hash >> SIEVE_CHAIN_SHIFT];

	while (next != 0) {
		const struct sieve_entry *entry = &sieve->entries[next - 1];
		const struct sieve_literal *item =
			&sieve->literals[entry->literal];

		next = entry->next;
		if (entry->gram != gram ||
		    (scratch->seen[entry->literal] == scratch->scan &&
		     !item->counted) ||
		    at < item->gram_at ||
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
	memset(scratch->folded + len, 0, SIEVE_GRAM); /* behind the last pair */
	for (size_t i = 0; i + 1 < len; i++) {
		uint32_t gram = sieve_gram(scratch->folded + i);
		uint32_t hash = sieve_hash(sieve, gram);

		if (sieve->bitmap[hash / 64] >> hash % 64 & 1)
			sieve_look(sieve, scratch, i, len, gram, hash);
	}
	*slots = scratch->found;
	return scratch->found_count;
}
