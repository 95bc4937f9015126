/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wrap/gram_set.h"

#include "base/mem.h"

#define GRAM_BITS_MIN 8 /* of the bitmap's index */
#define GRAM_BITS_MAX 17

void
gram_set_begin(void *mem, struct gram_set *set, size_t count)
{
	unsigned bits = GRAM_BITS_MIN;

	while (bits < GRAM_BITS_MAX && 1u << bits < 16 * count)
		bits++;
	set->shift = 32 - bits;
	set->bitmap = mem_array(mem, uint32_t, ((size_t)1 << bits) / 32);
}

/* Of the first three bytes. */
static uint32_t
gram_hash(const struct gram_set *set, const unsigned char *text)
{
	uint32_t gram;

	memcpy(&gram, text, sizeof(gram));
	return (le32toh(gram) & 0xffffff) * GRAM_FACTOR >> set->shift;
}

static size_t
gram_pair(const unsigned char *text)
{
	return text[0] + 256u * text[1];
}

void
gram_set_add(struct gram_set *set, const unsigned char *text, unsigned len)
{
	if (len < GRAM_BYTES) {
		set->pairs[gram_pair(text) / 32] |= 1u << gram_pair(text) % 32;
	} else {
		uint32_t hash = gram_hash(set, text);

		set->bitmap[hash / 32] |= 1u << hash % 32;
	}
}

struct gram_places
gram_set_look_bytes(const struct gram_set *set, const unsigned char *text)
{
	struct gram_places places = { 0 };

	for (unsigned i = 0; i < GRAM_BLOCK; i++, text++) {
		uint32_t hash = gram_hash(set, text);
		size_t pair = gram_pair(text);

		places.grams |= (set->bitmap[hash / 32] >> hash % 32 & 1) << i;
		places.pairs |= (set->pairs[pair / 32] >> pair % 32 & 1) << i;
	}
	return places;
}

struct gram_places
gram_set_look(const struct gram_set *set, const unsigned char *text)
{
	return gram_set_has_vectors() ? gram_set_look_vector(set, text)
				      : gram_set_look_bytes(set, text);
}
