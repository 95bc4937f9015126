/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/sieve_private.h"

#include "base/mem.h"

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
	if (scratch->room < text.len + FOLD_SPARE) {
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

/* A literal whose key stands at `at`, in len bytes of folded text. */
static void
sieve_try(const struct sieve *sieve, struct sieve_scratch *scratch,
	  uint32_t number, size_t at, size_t len)
{
	const struct sieve_literal *item = &sieve->literals[number];

	if (scratch->seen[number] == scratch->scan && !item->counted)
		return;
	if (at < item->gram_at ||
	    at - item->gram_at + item->literal.len > len ||
	    (item->literal.len > item->width &&
	     memcmp(scratch->folded + at - item->gram_at, item->literal.text,
		    item->literal.len) != 0))
		return;
	scratch->seen[number] = scratch->scan;
	sieve_note(sieve, scratch, item, at);
}

/* Literals with this key. */
static void
sieve_look(const struct sieve *sieve, struct sieve_scratch *scratch, size_t at,
	   size_t len, uint64_t key, unsigned width)
{
	size_t last = (size_t)(UINT64_MAX >> sieve->key_shift);
	uint64_t hash = sieve_key_hash(key, width);
	size_t bit = (size_t)(hash >> sieve->known_shift);
	size_t place = (size_t)(hash >> sieve->key_shift);
	const struct sieve_key *found = &sieve->keys[place];

	if (!(sieve->known[bit / 64] >> bit % 64 & 1))
		return;
	while (found->count != 0 &&
	       (found->text != key || found->width != width)) {
		place = (place + 1) & last;
		found = &sieve->keys[place];
	}
	for (uint32_t i = 0; i < found->count; i++)
		sieve_try(sieve, scratch, found->first + i, at, len);
}

/* Literals of any width whose gram stands at `at`. */
static void
sieve_look_all(const struct sieve *sieve, struct sieve_scratch *scratch,
	       size_t at, size_t len, uint32_t hash)
{
	uint64_t text = sieve_load(scratch->folded + at);
	unsigned left = sieve->widths[hash >> SIEVE_BUCKET_SHIFT];

	for (; left != 0; left &= left - 1) {
		unsigned width = (unsigned)__builtin_ctz(left) + 1;

		sieve_look(sieve, scratch, at, len, sieve_first(text, width),
			   width);
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
	memset(scratch->folded + len, 0, SIEVE_WIDTH);
	for (size_t i = 0; i + 1 < len; i++) {
		uint64_t here = sieve_load(scratch->folded + i);
		uint32_t hash = sieve_hash(sieve,
					   sieve_first(here, SIEVE_GRAM));
		size_t pair = sieve_pair(here);

		if (sieve->bitmap[hash / 64] >> hash % 64 & 1)
			sieve_look_all(sieve, scratch, i, len, hash);
		if (sieve->pairs[pair / 64] >> pair % 64 & 1)
			sieve_look(sieve, scratch, i, len,
				   sieve_first(here, 2), 2);
	}
	*slots = scratch->found;
	return scratch->found_count;
}
