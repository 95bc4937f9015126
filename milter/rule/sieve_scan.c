/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/sieve_private.h"

#include "base/mem.h"

/* Zeros behind a text, to look at whole blocks. */
#define SIEVE_SPARE (GRAM_BLOCK + GRAM_SPARE)
_Static_assert(SIEVE_SPARE >= FOLD_SPARE && GRAM_SPARE >= SIEVE_WIDTH,
	      "there is room for all who read or write more than they need");

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
	uint32_t *done; /* by key: the last scan that held all of them */
	size_t done_room;
	uint32_t *found;
	size_t found_count, found_room;
};

struct sieve_scratch *
sieve_scratch_new(void *mem)
{
	return mem_new(mem, struct sieve_scratch);
}

/* Marks of no scan, as many as there must be. */
static uint32_t *
sieve_marks(void *mem, uint32_t *marks, size_t *room, size_t count)
{
	if (*room >= count)
		return marks;
	*room = count;
	mem_free(marks);
	return mem_array(mem, uint32_t, count);
}

static void
sieve_make_room(const struct sieve *sieve, struct sieve_scratch *scratch,
		struct slice text)
{
	if (scratch->room < text.len + SIEVE_SPARE) {
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
	scratch->seen = sieve_marks(scratch, scratch->seen, &scratch->seen_room,
				    sieve->literal_count);
	scratch->done = sieve_marks(scratch, scratch->done, &scratch->done_room,
				    sieve_key_count(sieve));
}

/* Room for a scan of text, and its number. */
static void
sieve_begin(const struct sieve *sieve, struct sieve_scratch *scratch,
	    struct slice text)
{
	sieve_make_room(sieve, scratch, text);
	if (++scratch->scan == 0) { /* once in four thousand million texts */
		memset(scratch->marks, 0,
		       scratch->mark_room * sizeof(*scratch->marks));
		memset(scratch->seen, 0,
		       scratch->seen_room * sizeof(*scratch->seen));
		memset(scratch->done, 0,
		       scratch->done_room * sizeof(*scratch->done));
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

/* A literal whose key stands at `at`, in len bytes of folded text. False: it
 * may still be of use further on. */
static bool
sieve_try(const struct sieve *sieve, struct sieve_scratch *scratch,
	  uint32_t number, size_t at, size_t len)
{
	const struct sieve_literal *item = &sieve->literals[number];

	if (scratch->seen[number] == scratch->scan && !item->counted)
		return true;
	if (at < item->gram_at ||
	    at - item->gram_at + item->literal.len > len ||
	    (item->literal.len > item->width &&
	     memcmp(scratch->folded + at - item->gram_at, item->literal.text,
		    item->literal.len) != 0))
		return false;
	scratch->seen[number] = scratch->scan;
	sieve_note(sieve, scratch, item, at);
	return !item->counted;
}

/* Literals with a key that may be one. */
static void
sieve_find(const struct sieve *sieve, struct sieve_scratch *scratch, size_t at,
	   size_t len, uint64_t key, unsigned width)
{
	size_t last = sieve_key_count(sieve) - 1;
	size_t place = (size_t)(sieve_key_hash(key, width) >> sieve->key_shift);
	const struct sieve_key *found = &sieve->keys[place];
	bool done = true;

	while (found->count != 0 &&
	       (found->text != key || found->width != width)) {
		place = (place + 1) & last;
		found = &sieve->keys[place];
	}
	if (found->count == 0 || scratch->done[place] == scratch->scan)
		return;
	for (uint32_t i = 0; i < found->count; i++)
		done = sieve_try(sieve, scratch, found->first + i, at, len) &&
		       done;
	if (done)
		scratch->done[place] = scratch->scan;
}

/* Literals with this key. */
static inline void
sieve_look(const struct sieve *sieve, struct sieve_scratch *scratch, size_t at,
	   size_t len, uint64_t text, unsigned width)
{
	uint64_t key = sieve_first(text, width);
	size_t bit = (size_t)(sieve_key_hash(key, width) >> sieve->known_shift);

	if (sieve->known[bit / 64] >> bit % 64 & 1)
		sieve_find(sieve, scratch, at, len, key, width);
}

/* Literals of any width whose gram stands at `at`. */
static void
sieve_look_all(const struct sieve *sieve, struct sieve_scratch *scratch,
	       size_t at, size_t len)
{
	const unsigned char *text = scratch->folded + at;
	uint64_t here = sieve_load(text);
	unsigned left = sieve->widths[gram_hash(&sieve->grams, text) >>
				      SIEVE_BUCKET_SHIFT];

	for (; left != 0; left &= left - 1) {
		unsigned width = (unsigned)__builtin_ctz(left) + 1;

		sieve_look(sieve, scratch, at, len, here, width);
	}
}

/* Grams that begin in the block at `at`. */
static void
sieve_look_block(const struct sieve *sieve, struct sieve_scratch *scratch,
		 size_t at, size_t len)
{
	const unsigned char *text = scratch->folded + at;
	struct gram_places places = gram_set_look(&sieve->grams, text);
	uint32_t left = places.grams | places.pairs;

	for (; left != 0; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctz(left);

		if (places.grams >> i & 1)
			sieve_look_all(sieve, scratch, at + i, len);
		if (places.pairs >> i & 1)
			sieve_look(sieve, scratch, at + i, len,
				   sieve_load(text + i), 2);
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
	memset(scratch->folded + len, 0, SIEVE_SPARE);
	for (size_t at = 0; at < len; at += GRAM_BLOCK)
		sieve_look_block(sieve, scratch, at, len);
	*slots = scratch->found;
	return scratch->found_count;
}
