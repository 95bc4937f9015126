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
	size_t found_count;
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
				    sieve->key_count);
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
	const struct sieve_user *user = &sieve->users[literal->users];
	const struct sieve_user *end = user + literal->user_count;

	for (; user < end; user++) {
		struct sieve_mark *mark = &scratch->marks[user->slot];
		uint16_t bit = (uint16_t)(1u << user->need);

		if (mark->scan != scratch->scan)
			*mark = (struct sieve_mark){ .scan = scratch->scan };
		if (mark->bits & bit)
			continue;
		if (user->times > 1) {
			/* Other literals with the same gram: one place. */
			if (mark->count > 0 && mark->at == at)
				continue;
			mark->at = at;
			if (++mark->count < user->times)
				continue;
		}
		mark->bits |= bit;
		if (mark->bits == sieve->wanted[user->slot])
			scratch->found[scratch->found_count++] = user->slot;
	}
}

/* Whether it stands at this place, of which 16 bytes can be read. */
static inline bool
sieve_stands(const struct sieve_literal *literal, const unsigned char *text)
{
	uint64_t first = sieve_load(text), second = sieve_load(text + 8);
	unsigned len = literal->len;

	if (len <= 8)
		return sieve_first(first, len) == literal->text[0];
	return first == literal->text[0] &&
	       sieve_first(second, len - 8) == literal->text[1];
}

/* A literal whose key stands at `at`, in len bytes of folded text. False: it
 * may still be of use further on. */
static bool
sieve_try(const struct sieve *sieve, struct sieve_scratch *scratch,
	  uint32_t number, size_t at, size_t len)
{
	const struct sieve_literal *literal = &sieve->literals[number];

	if (scratch->seen[number] == scratch->scan && !literal->counted)
		return true;
	if (at < literal->gram_at ||
	    at - literal->gram_at + literal->len > len ||
	    !sieve_stands(literal, scratch->folded + at - literal->gram_at))
		return false;
	scratch->seen[number] = scratch->scan;
	sieve_note(sieve, scratch, literal, at);
	return !literal->counted;
}

/* Literals with this key, which stands at `at`. */
static void
sieve_try_key(const struct sieve *sieve, struct sieve_scratch *scratch,
	      size_t number, size_t at, size_t len)
{
	const struct sieve_key *key = &sieve->keys[number];
	bool done = true;

	if (scratch->done[number] == scratch->scan)
		return;
	for (uint32_t i = 0; i < key->count; i++)
		done = sieve_try(sieve, scratch, key->first + i, at, len) &&
		       done;
	if (done)
		scratch->done[number] = scratch->scan;
}

/* A gram that may be one, in a block. */
struct sieve_hope {
	uint32_t code, place;
	uint32_t at; /* in the block */
};

static void
sieve_find(const struct sieve *sieve, struct sieve_scratch *scratch,
	   const struct sieve_hope *hope, size_t block, size_t len)
{
	uint64_t text = sieve_load(scratch->folded + block + hope->at);
	size_t place = hope->place, number;

	while (sieve->grams[place].code != hope->code) {
		if (sieve->grams[place].code == 0)
			return;
		place = sieve_place_behind(sieve, place);
	}
	number = sieve->grams[place].first;
	for (;; number++) {
		const struct sieve_key *key = &sieve->keys[number];

		if (sieve_first(text, key->width) == key->text)
			sieve_try_key(sieve, scratch, number,
				      block + hope->at, len);
		if (key->last)
			return;
	}
}

/* What is to be read of a gram is fetched. */
static inline void
sieve_hope_for(const struct sieve *sieve, struct sieve_hope *hope,
	       const unsigned char *text, unsigned at, unsigned width)
{
	hope->code = sieve_code(sieve_load(text + at), width);
	hope->place = (uint32_t)sieve_place(sieve, hope->code);
	hope->at = at;
	__builtin_prefetch(&sieve->grams[hope->place]);
}

/* Grams that begin in the block at `at`. */
static void
sieve_look_block(const struct sieve *sieve, struct sieve_scratch *scratch,
		 size_t at, size_t len)
{
	const unsigned char *text = scratch->folded + at;
	struct gram_places places = gram_set_look(&sieve->set, text);
	struct sieve_hope hopes[2 * GRAM_BLOCK], *end = hopes;

	for (uint32_t left = places.grams; left != 0; left &= left - 1)
		sieve_hope_for(sieve, end++, text,
			       (unsigned)__builtin_ctz(left), GRAM_BYTES);
	for (uint32_t left = places.pairs; left != 0; left &= left - 1)
		sieve_hope_for(sieve, end++, text,
			       (unsigned)__builtin_ctz(left), 2);
	for (const struct sieve_hope *hope = hopes; hope < end; hope++)
		sieve_find(sieve, scratch, hope, at, len);
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
