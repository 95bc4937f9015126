/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/sieve_private.h"

#include <stdlib.h>

#include "base/mem.h"

#define SIEVE_KNOWN 3 /* bits of `known`: 8 times the places of keys */

struct sieve_new { /* what one need of a slot asks for */
	struct literal literal;
	struct sieve_user user;
};

struct sieve_draft { /* a literal, with all who use it */
	struct literal literal;
	uint64_t key;
	uint8_t gram_at;
	uint8_t width; /* of the key, in bytes */
	bool counted;
	uint32_t users, user_count;
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
				(struct sieve_new){
					clause->items[i].items[k],
					{ slot, (uint32_t)i & 3,
					  counts ? clause->items[i].times & 255
						 : 1 },
				};
		}
		sieve->wanted[slot] |= 1u << i;
	}
}

static int
sieve_compare(const void *a, const void *b)
{
	const struct sieve_new *x = a, *y = b;
	int order = memcmp(&x->literal, &y->literal,
			   1u + (x->literal.len < y->literal.len
					 ? x->literal.len
					 : y->literal.len));

	if (order != 0)
		return order;
	if (x->user.slot != y->user.slot)
		return x->user.slot < y->user.slot ? -1 : 1;
	return (x->user.need > y->user.need) - (x->user.need < y->user.need);
}

/* Literals, each once; returns how many. */
static size_t
sieve_collect(struct sieve *sieve, struct sieve_draft *drafts)
{
	const struct sieve_new *added = sieve->added;
	struct sieve_draft *last = NULL;
	size_t count = 0;

	for (size_t i = 0; i < sieve->added_count; i++) {
		if (last == NULL ||
		    added[i].literal.len != last->literal.len ||
		    memcmp(added[i].literal.text, last->literal.text,
			   last->literal.len) != 0) {
			last = &drafts[count++];
			last->literal = added[i].literal;
			last->users = (uint32_t)i;
		}
		sieve->users[i] = added[i].user;
		last->user_count++;
		last->counted = last->counted || added[i].user.times > 1;
	}
	return count;
}

/* How rare a gram is. Bytes above 7F stand together: text of another script is
 * full of three of them. */
static unsigned
sieve_gram_bits(const unsigned char *gram)
{
	unsigned high = 0;

	for (unsigned i = 0; i < GRAM_BYTES; i++)
		high += gram[i] == FOLDED_HIGH;
	return high == GRAM_BYTES ? 1 : literal_bits(gram, GRAM_BYTES);
}

/* Finds the rarest gram of a literal, and what is its key. */
static void
sieve_choose_key(struct sieve_draft *item)
{
	unsigned char padded[LITERAL_BYTES + SIEVE_WIDTH] = { 0 };
	unsigned best = 0, left;

	memcpy(padded, item->literal.text, item->literal.len);
	for (unsigned i = 0; i + GRAM_BYTES <= item->literal.len; i++) {
		unsigned bits = sieve_gram_bits(padded + i);

		if (bits <= best)
			continue;
		best = bits;
		item->gram_at = (uint8_t)i;
	}
	left = item->literal.len - item->gram_at;
	item->width = (uint8_t)(left < SIEVE_WIDTH ? left : SIEVE_WIDTH);
	item->key = sieve_first(sieve_load(padded + item->gram_at),
				item->width);
}

static int
sieve_compare_keys(const void *a, const void *b)
{
	const struct sieve_draft *x = a, *y = b;

	if (x->width != y->width)
		return x->width < y->width ? -1 : 1;
	return (x->key > y->key) - (x->key < y->key);
}

/* Says of a literal's gram that it is one. */
static void
sieve_mark_gram(struct sieve *sieve, const struct sieve_draft *item)
{
	const unsigned char *gram = item->literal.text + item->gram_at;

	gram_set_add(&sieve->grams, gram, item->width);
	if (item->width >= GRAM_BYTES)
		sieve->widths[gram_hash(&sieve->grams, gram) >>
			      SIEVE_BUCKET_SHIFT] |=
			(uint8_t)(1u << (item->width - 1));
}

static void
sieve_enter_key(struct sieve *sieve, const struct sieve_draft *draft,
		size_t first, size_t count)
{
	size_t last = sieve_key_count(sieve) - 1;
	uint64_t hash = sieve_key_hash(draft->key, draft->width);
	size_t bit = (size_t)(hash >> sieve->known_shift);
	size_t at = (size_t)(hash >> sieve->key_shift);

	sieve->known[bit / 64] |= 1ull << bit % 64;
	while (sieve->keys[at].count != 0)
		at = (at + 1) & last;
	sieve->keys[at] = (struct sieve_key){
		.text = draft->key,
		.first = (uint32_t)first,
		.count = (uint32_t)count & 0xffffff,
		.width = draft->width,
	};
}

static void
sieve_enter_literal(struct sieve *sieve, const struct sieve_draft *draft)
{
	unsigned char padded[16] = { 0 };

	memcpy(padded, draft->literal.text, draft->literal.len);
	sieve->literals[sieve->literal_count++] = (struct sieve_literal){
		.text = { sieve_load(padded), sieve_load(padded + 8) },
		.users = draft->users & INT32_MAX,
		.counted = draft->counted,
		.user_count = draft->user_count & 0xffffff,
		.len = draft->literal.len & 15,
		.gram_at = draft->gram_at & 15,
	};
}

/* The last of those from first on that have its key. */
static size_t
sieve_key_end(const struct sieve_draft *drafts, size_t first, size_t count)
{
	size_t end = first + 1;

	while (end < count &&
	       sieve_compare_keys(&drafts[first], &drafts[end]) == 0)
		end++;
	return end;
}

/* Room for so many keys, at half as many as places or less. */
static void
sieve_make_tables(struct sieve *sieve, size_t keys)
{
	unsigned bits = 1;

	while (1u << bits < 2 * keys)
		bits++;
	sieve->key_shift = 64 - bits;
	sieve->known_shift = 64 - bits - SIEVE_KNOWN;
	sieve->keys = mem_array(sieve, struct sieve_key,
				sieve_key_count(sieve));
	sieve->known = mem_array(sieve, uint64_t,
				 (1u << (bits + SIEVE_KNOWN)) / 64 + 1);
}

static void
sieve_enter_all(struct sieve *sieve, const struct sieve_draft *drafts,
		size_t count)
{
	size_t keys = 0;

	for (size_t i = 0; i < count; i = sieve_key_end(drafts, i, count))
		keys++;
	sieve_make_tables(sieve, keys);
	sieve->literals = mem_array(sieve, struct sieve_literal, count);
	for (size_t i = 0, end; i < count; i = end) {
		end = sieve_key_end(drafts, i, count);
		sieve_enter_key(sieve, &drafts[i], i, end - i);
	}
	for (size_t i = 0; i < count; i++) {
		sieve_mark_gram(sieve, &drafts[i]);
		sieve_enter_literal(sieve, &drafts[i]);
	}
}

void
sieve_finish(struct sieve *sieve)
{
	struct sieve_draft *drafts;
	size_t count = sieve->added_count;

	if (count == 0)
		return;
	qsort(sieve->added, count, sizeof(*sieve->added), sieve_compare);
	drafts = mem_array(sieve, struct sieve_draft, count);
	sieve->users = mem_array(sieve, struct sieve_user, count);
	count = sieve_collect(sieve, drafts);
	mem_free(sieve->added);
	sieve->added = NULL;
	gram_set_begin(sieve, &sieve->grams, count);
	sieve->widths = mem_array(
		sieve, uint8_t,
		gram_set_size(&sieve->grams) >> SIEVE_BUCKET_SHIFT);
	for (size_t i = 0; i < count; i++)
		sieve_choose_key(&drafts[i]);
	qsort(drafts, count, sizeof(*drafts), sieve_compare_keys);
	sieve_enter_all(sieve, drafts, count);
	mem_free(drafts);
}
