/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a match takes up at least; and no match is ever lost by it. */
#include "tap.h"

#include <string.h>

#include "base/mem.h"
#include "wrap/regex.h"
#include "wrap/regex_stretch.h"

/* least: 0 if any text may do. missed: a text that has no such stretch, or
 * NULL; held: one that has. */
static const struct {
	const char *pattern;
	size_t least;
	const char *missed, *held;
} cases[] = {
	{ "\\b(?:[a-z]{6,}[\\s.]+){3}", 21, "some words, and others",
	  "ABC letters without anything, else" },
	{ "[0-9a-f]{16}", 16, "0123456789abcde-0123456789abcde",
	  "x 0123456789abcdef" },
	{ "(?:[0-9]{4}-){3}[0-9]{4}", 19, "1234-1234-1234-123",
	  "1234-1234-1234-1234" },
	{ "[0-9]{8}|[0-9]{5}-[0-9]{4}", 8, "1234 1234", "1234-1234" },
	{ "(?=[a-z])[0-9]{9}", 9, "abcdefghij", "123456789" },
	{ "(?<![a-z])[0-9]{9}(?!x)", 9, "abcdefghij", "123456789" },
	{ "(?i)[a-f]{20}", 20, "abcdefabcdefabcdefa", "ABCDEFabcdefABCDEFab" },
	{ "(?i:[a-f]{20})", 20, "abcdefabcdefabcdefa",
	  "ABCDEFabcdefABCDEFab" },
	{ "[A-F]{10}", 10, "abcdefabcdef", "ABCDEFABCDEF" },
	{ "[\\xe4]{8}", 8, "\xe4\xe4\xe4\xe4\xe4\xe4\xe4\xc4",
	  "\xe4\xe4\xe4\xe4\xe4\xe4\xe4\xe4" },
	{ "(?:[0-9]{4}){0,2}[0-9]{8}", 8, "1234567", "12345678" },
	{ "[0-9]{8}+", 8, "1234567", "12345678" },
	{ "[0-9]{7}", 0, NULL, NULL }, /* short */
	{ "(?:[0-9]{8})?", 0, NULL, NULL },
	{ "[0-9]{8}|", 0, NULL, NULL },
	{ "[0-9]{4}.*[0-9]{4}", 0, NULL, NULL }, /* anything between */
	{ "([0-9]{8})\\1", 0, NULL, NULL },	     /* the same: not understood */
	{ "(?:[0-9]{8})(?R)?", 0, NULL, NULL },
	{ "(?(1)[0-9]{9}|[0-9]{8})", 0, NULL, NULL },
	{ "[^x]{9}", 0, NULL, NULL }, /* nearly all text */
	{ "([0-9]{8}", 0, NULL, NULL },
	{ "[0-9]{8})", 0, NULL, NULL },
};

static void
test_case(void *mem, size_t i)
{
	const struct regex_stretch *stretch = regex_stretch_new(
		mem, slice_of(cases[i].pattern), false, false);

	if (cases[i].least == 0) {
		tap_ok(stretch == NULL, "%s: any text", cases[i].pattern);
		return;
	}
	if (!tap_ok(stretch != NULL, "%s: a stretch", cases[i].pattern))
		return;
	tap_is_int((long long)stretch->least, (long long)cases[i].least,
		   "so long");
	tap_ok(!regex_stretch_stands(stretch, slice_of(cases[i].missed), 0),
	       "not in %s", cases[i].missed);
	tap_ok(regex_stretch_stands(stretch, slice_of(cases[i].held), 0),
	       "but in %s", cases[i].held);
}

static void
test_from(void *mem)
{
	const struct regex_stretch *stretch =
		regex_stretch_new(mem, SLICE("[0-9]{8}"), false, false);
	struct slice text = SLICE("12345678 1234567890");

	tap_ok(regex_stretch_stands(stretch, text, 0) &&
		       regex_stretch_stands(stretch, text, 1) &&
		       regex_stretch_stands(stretch, text, 11),
	       "from a place on, it stands in what follows");
	tap_ok(!regex_stretch_stands(stretch, text, 12) &&
		       !regex_stretch_stands(stretch, text, text.len) &&
		       !regex_stretch_stands(stretch, text, text.len + 1),
	       "nor where too little follows");
	tap_ok(regex_stretch_new(mem, SLICE("[0-9]{8}"), true, false) == NULL,
	       "of /x nothing is known");
}

/* One byte after the other, as it is defined. */
static bool
stands_plainly(const struct regex_stretch *stretch, struct slice text)
{
	size_t row = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		row = stretch->bits[c / 64] >> c % 64 & 1 ? row + 1 : 0;
		if (row >= stretch->least)
			return true;
	}
	return stretch->least == 0;
}

static void
test_random(void *mem)
{
	uint32_t state = 1;
	unsigned wrong = 0, stands = 0;
	char room[64];

	for (unsigned i = 0; i < 200000; i++) {
		struct regex_stretch stretch = { .least = 1 + i % 12 };
		struct slice text = { room, i / 7 % sizeof(room) };
		bool found;

		stretch.bits[1] = 0xffull << 33; /* a to h */
		for (size_t k = 0; k < text.len; k++) {
			state = state * 1664525 + 1013904223;
			room[k] = (char)('a' + (state >> 24) % 9);
		}
		found = regex_stretch_stands(&stretch, text, 0);
		stands += found;
		wrong += found != stands_plainly(&stretch, text);
	}
	tap_is_int(wrong, 0, "found as by looking at each byte");
	tap_ok(stands > 20000 && stands < 180000, "in some, not in others");
	(void)mem;
}

/* A search with it finds what there is, and from a place on. */
static void
test_search(void *mem)
{
	struct regex *regex = regex_compile(
		mem, SLICE("\\b(?:[a-z]{4,}\\s){3}"), REGEX_CASELESS, NULL);
	struct regex_scratch *scratch = regex_scratch_new(mem);
	struct slice text = SLICE("one, Some Words Stand here, more Than this "
				  "stands there");

	tap_is_int(regex_match(regex, scratch, text, 0), REGEX_YES,
		   "the first match");
	tap_is_int(regex_match_next(regex, scratch, text), REGEX_YES,
		   "the next one");
	tap_is_int(regex_match_next(regex, scratch, text), REGEX_NO,
		   "no more");
	tap_is_int(regex_match(regex, scratch, SLICE("some, words, here"), 0),
		   REGEX_NO, "none");
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_case(mem, i);
	test_from(mem);
	test_random(mem);
	test_search(mem);
	mem_free(mem);
	return tap_done();
}
