/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking for places where a match may begin: a block of text at a time for
 * pairs, and where one stands, for what follows it.
 */
#include "wrap/regex_starts_private.h"

#include <pthread.h>
#include <string.h>

static pthread_once_t starts_once = PTHREAD_ONCE_INIT;
static unsigned char starts_table[256];

static unsigned char
starts_class(unsigned char c)
{
	if (str_is_alpha(c))
		return (unsigned char)(str_lower_char(c) - 'a');
	if (str_is_digit(c))
		return STARTS_DIGIT;
	if (c >= 0x80)
		return STARTS_HIGH;
	if (str_is_space(c))
		return STARTS_SPACE;
	return c != '\0' && strchr(STARTS_MARKS, c) != NULL ? STARTS_MARK
							    : STARTS_OTHER;
}

static void
starts_fill(void)
{
	for (unsigned c = 0; c < 256; c++)
		starts_table[c] = starts_class((unsigned char)c);
}

const unsigned char *
starts_classes(void)
{
	pthread_once(&starts_once, starts_fill);
	return starts_table;
}

static inline uint32_t
starts_hold(const struct start_grams *grams, unsigned first, unsigned second)
{
	return grams->pairs[second / 8 * START_CLASSES + first] >> second % 8 &
	       1;
}

uint32_t
starts_pairs(const struct start_grams *grams, const unsigned char *bytes,
	     size_t len, unsigned char classes[STARTS_CLASSES])
{
	uint32_t places = 0;

	memset(classes, STARTS_END, STARTS_CLASSES);
	for (size_t i = 0; i < len; i++)
		classes[i] = starts_table[bytes[i]];
	for (size_t i = 0; i < len; i++)
		places |= starts_hold(grams, classes[i], classes[i + 1]) << i;
	return places;
}

/* The next block. What follows its last two bytes is seen with the next. */
static void
starts_take(struct starts_walk *walk)
{
	const unsigned char *bytes =
		(const unsigned char *)walk->text.data + walk->next;
	size_t left = walk->text.len - walk->next;
	size_t len = left < STARTS_BLOCK ? left : STARTS_BLOCK;

	walk->block = walk->next;
	walk->places = walk->vectors ? starts_pairs_vector(walk->grams, bytes,
							   len, walk->classes)
				     : starts_pairs(walk->grams, bytes, len,
						    walk->classes);
	if (left > STARTS_BLOCK) {
		len -= STARTS_BYTES - 1;
		walk->places &= (1u << len) - 1;
	}
	walk->next += len;
}

static void
starts_begin(struct starts_walk *walk, const struct start_grams *grams,
	     struct slice text, size_t from)
{
	walk->grams = grams;
	walk->text = text;
	walk->next = from;
	walk->places = 0;
	walk->vectors = starts_have_vectors();
}

/* Fills in the gram; text.len + 1: there is none. */
static size_t
starts_next(struct starts_walk *walk, unsigned *gram)
{
	for (;;) {
		while (walk->places == 0) {
			if (walk->next >= walk->text.len)
				return walk->text.len + 1;
			starts_take(walk);
		}
		while (walk->places != 0) {
			unsigned i = (unsigned)__builtin_ctz(walk->places);
			const unsigned char *class = walk->classes + i;
			unsigned pair = class[0] * START_CLASSES + class[1];

			walk->places &= walk->places - 1;
			*gram = pair * START_CLASSES + class[2];
			if (walk->grams->thirds[pair] >> class[2] & 1)
				return walk->block + i;
		}
	}
}

void
regex_starts_walk(const struct regex_starts *starts, struct slice text,
		  size_t from, struct starts_walk *walk)
{
	starts_begin(walk, &starts->grams, text, from);
}

size_t
regex_starts_next(struct starts_walk *walk)
{
	unsigned gram;

	return starts_next(walk, &gram);
}

void
start_table_add(struct start_table *table, const struct regex_starts *starts,
		unsigned bit)
{
	for (size_t i = 0; i < START_QUARTERS * START_CLASSES; i++)
		table->any.pairs[i] |= starts->grams.pairs[i];
	for (size_t i = 0; i < START_CLASSES * START_CLASSES; i++)
		table->any.thirds[i] |= starts->grams.thirds[i];
	for (size_t i = 0; i < START_GRAMS; i++)
		if (starts->grams.thirds[i / START_CLASSES] >>
			    i % START_CLASSES &
		    1)
			table->sets[i] |= 1ull << bit;
}

uint64_t
start_table_look(const struct start_table *table, struct slice text)
{
	struct starts_walk walk;
	uint64_t found = 0;
	unsigned gram;

	starts_begin(&walk, &table->any, text, 0);
	while (starts_next(&walk, &gram) < text.len)
		found |= table->sets[gram];
	return found;
}
