/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One pass for many patterns: which of them may match. */
#include "tap.h"

#include <string.h>

#include "base/mem.h"
#include "rule/sieve.h"
#include "wrap/regex.h"

static const char *const patterns[] = {
	"viagra",	      /* 0 */
	"cheap\\s+viagra",    /* 1: a longer literal */
	"cheap.*pills",	      /* 2: two needs */
	"(?:red|blue) pill",  /* 3 */
	"\\$\\$",	      /* 4: a literal of two bytes */
	"(?:one.|two.){3}",   /* 5: at three places */
	"\\d{3}-\\d{4}",      /* 6 */
};

#define PATTERNS (sizeof(patterns) / sizeof(*patterns))

static void
is(const struct sieve *sieve, struct sieve_scratch *scratch, const char *text,
   const char *wanted)
{
	bool found[PATTERNS] = { false };
	char names[PATTERNS + 1];
	const uint32_t *slots;
	size_t count = sieve_scan(sieve, scratch, slice_of(text), &slots);
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		found[slots[i]] = true;
	for (size_t i = 0; i < PATTERNS; i++)
		if (found[i])
			names[len++] = (char)('0' + i);
	names[len] = '\0';
	tap_is(names, wanted, text);
	tap_is_int((long long)count, (long long)len, "each once");
}

/* A sieve with as many literals as the bitmap has room for. */
static void
test_many(void *mem)
{
	struct sieve *sieve = sieve_new(mem, false);
	struct sieve_scratch *scratch = sieve_scratch_new(mem);
	const uint32_t *slots;
	unsigned wrong = 0;

	for (uint32_t i = 0; i < 5000; i++) {
		char *word = mem_printf(mem, "x%c%c%c%cx", 'a' + i % 23,
					'a' + i / 23 % 23, 'a' + i / 529 % 23,
					'a' + i % 7);

		sieve_add(sieve, i,
			  regex_needs(regex_compile(mem, slice_of(word), 0,
						    NULL))->clauses);
	}
	sieve_finish(sieve);
	for (uint32_t i = 0; i < 5000; i++) {
		char *word = mem_printf(mem, "- X%c%c%c%cX -", 'a' + i % 23,
					'a' + i / 23 % 23, 'a' + i / 529 % 23,
					'a' + i % 7);

		wrong += sieve_scan(sieve, scratch, slice_of(word), &slots) !=
				 1 ||
			 slots[0] != i;
	}
	tap_is_int(wrong, 0, "5,000 patterns are told apart");
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");
	struct sieve *sieve = sieve_new(mem, false);
	struct sieve *empty = sieve_new(mem, false);
	struct sieve_scratch *scratch = sieve_scratch_new(mem);
	const uint32_t *slots;

	for (uint32_t i = 0; i < PATTERNS; i++)
		sieve_add(sieve, i,
			  regex_needs(regex_compile(mem, slice_of(patterns[i]),
						    REGEX_CASELESS, NULL))
				  ->clauses);
	sieve_finish(sieve);
	sieve_finish(empty);
	is(sieve, scratch, "", "");
	is(sieve, scratch, "nothing", "");
	is(sieve, scratch, "VIAGRA", "0");
	is(sieve, scratch, "cheap \t viagra", "01");
	is(sieve, scratch, "viagra, and cheap", "0");
	is(sieve, scratch, "pills that are cheap", "2");
	is(sieve, scratch, "cheap red pills", "23");
	is(sieve, scratch, "a Blue  Pill", "3");
	is(sieve, scratch, "a blue\npill", "3");
	is(sieve, scratch, "$", "");
	is(sieve, scratch, "make $$$", "4");
	is(sieve, scratch, "$$ fast", "4");
	is(sieve, scratch, "one two", "");
	is(sieve, scratch, "one two one ", "5");
	is(sieve, scratch, "two.two.two.", "5");
	is(sieve, scratch, "call 555-1234 now", "6");
	tap_is_int((long long)sieve_scan(empty, scratch, SLICE("viagra"),
					 &slots),
		   0, "an empty sieve finds nothing");
	test_many(mem);
	mem_free(mem);
	return tap_done();
}
