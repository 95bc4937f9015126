/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/sieve_private.h"

#include <stdlib.h>

#include "base/mem.h"

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
	uint32_t left = sieve_code(x->key, x->width);
	uint32_t right = sieve_code(y->key, y->width);

	if (left != right)
		return left < right ? -1 : 1;
	if (x->width != y->width)
		return x->width < y->width ? -1 : 1;
	return (x->key > y->key) - (x->key < y->key);
}

static void
sieve_enter_gram(struct sieve *sieve, const struct sieve_draft *draft)
{
	uint32_t code = sieve_code(draft->key, draft->width);
	size_t place = sieve_place(sieve, code);

	gram_set_add(&sieve->set, draft->literal.text + draft->gram_at,
		     draft->width);
	while (sieve->grams[place].code != 0)
		place = sieve_place_behind(sieve, place);
	sieve->grams[place] = (struct sieve_gram){
		code, (uint32_t)sieve->key_count
	};
}

static void
sieve_enter_key(struct sieve *sieve, const struct sieve_draft *draft,
		size_t first, size_t count, bool last)
{
	sieve->keys[sieve->key_count++] = (struct sieve_key){
		.text = draft->key,
		.first = (uint32_t)first,
		.count = (uint32_t)count & 0xffffff,
		.width = draft->width & 127,
		.last = last,
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

static bool
sieve_same_gram(const struct sieve_draft *a, const struct sieve_draft *b)
{
	return sieve_code(a->key, a->width) == sieve_code(b->key, b->width);
}

/* Behind the last of those from first on that have its key. */
static size_t
sieve_key_end(const struct sieve_draft *drafts, size_t first, size_t count)
{
	size_t end = first + 1;

	while (end < count &&
	       sieve_compare_keys(&drafts[first], &drafts[end]) == 0)
		end++;
	return end;
}

/* Room for grams and keys of so many literals: half of the places are free. */
static void
sieve_make_tables(struct sieve *sieve, const struct sieve_draft *drafts,
		  size_t count)
{
	size_t grams = 1, keys = 1;
	unsigned bits = 1;

	for (size_t i = 1; i < count; i++) {
		grams += !sieve_same_gram(&drafts[i - 1], &drafts[i]);
		keys += sieve_compare_keys(&drafts[i - 1], &drafts[i]) != 0;
	}
	while (1u << bits < 2 * grams)
		bits++;
	sieve->gram_shift = 32 - bits;
	sieve->grams = mem_array(sieve, struct sieve_gram, 1u << bits);
	sieve->keys = mem_array(sieve, struct sieve_key, keys);
	sieve->literals = mem_array(sieve, struct sieve_literal, count);
	gram_set_begin(sieve, &sieve->set, count);
}

static void
sieve_enter_all(struct sieve *sieve, const struct sieve_draft *drafts,
		size_t count)
{
	sieve_make_tables(sieve, drafts, count);
	for (size_t i = 0, end; i < count; i = end) {
		end = sieve_key_end(drafts, i, count);
		if (i == 0 || !sieve_same_gram(&drafts[i - 1], &drafts[i]))
			sieve_enter_gram(sieve, &drafts[i]);
		sieve_enter_key(sieve, &drafts[i], i, end - i,
				end == count || !sieve_same_gram(&drafts[i],
								 &drafts[end]));
	}
	for (size_t i = 0; i < count; i++)
		sieve_enter_literal(sieve, &drafts[i]);
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
	for (size_t i = 0; i < count; i++)
		sieve_choose_key(&drafts[i]);
	qsort(drafts, count, sizeof(*drafts), sieve_compare_keys);
	sieve_enter_all(sieve, drafts, count);
	mem_free(drafts);
}
