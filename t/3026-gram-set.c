/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in a text grams may stand. */
#include "tap.h"

#include <string.h>

#include "base/mem.h"
#include "wrap/gram_set.h"

#define TEXT 512

static unsigned char
random_byte(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return (unsigned char)((*state >> 24) % (FOLDED_LAST + 1));
}

static void
test_places(void *mem)
{
	unsigned char text[GRAM_BLOCK + GRAM_SPARE] = "one two one twos";
	struct gram_set *set = mem_new(mem, struct gram_set);
	struct gram_places places;

	gram_set_begin(mem, set, 2);
	gram_set_add(set, (const unsigned char *)"two", 3);
	gram_set_add(set, (const unsigned char *)"on", 2);
	gram_set_add(set, (const unsigned char *)"s", 2);
	places = gram_set_look(set, text);
	tap_is_int(places.grams, 1 << 4 | 1 << 12, "three bytes");
	tap_is_int(places.pairs, 1 << 0 | 1 << 8 | 1 << 15, "two bytes");
	places = gram_set_look_bytes(set, text);
	tap_is_int(places.grams, 1 << 4 | 1 << 12, "three, one by one");
	tap_is_int(places.pairs, 1 << 0 | 1 << 8 | 1 << 15, "two");
}

/* The machine's long registers find what bytes one by one do. */
static void
test_vectors(void *mem)
{
	unsigned char text[TEXT + GRAM_BLOCK + GRAM_SPARE];
	struct gram_set *set = mem_new(mem, struct gram_set);
	uint32_t state = 1;
	unsigned wrong = 0;

	if (!gram_set_has_vectors()) {
		tap_skip("this machine has no AVX2");
		return;
	}
	gram_set_begin(mem, set, 1000);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = random_byte(&state);
	for (size_t i = 0; i < TEXT; i += 3)
		gram_set_add(set, text + i, 2 + i % 2);
	for (size_t i = 0; i < TEXT; i++) {
		struct gram_places one = gram_set_look_bytes(set, text + i);
		struct gram_places all = gram_set_look_vector(set, text + i);

		wrong += one.grams != all.grams || one.pairs != all.pairs;
	}
	tap_is_int(wrong, 0, "vectors find the same places");
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	test_places(mem);
	test_vectors(mem);
	mem_free(mem);
	return tap_done();
}
