/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a pattern can begin to match: never less than where it does. */
#include "tap.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "wrap/regex.h"
#include "wrap/regex_starts_private.h"

/* Below each place of the text that may be one a mark; NULL: anywhere. */
static const struct {
	const char *pattern, *text, *marks;
} cases[] = {
	{ "abc", "xABCabab", " x      " },
	{ "\\babc", "xabc abc", " x   x  " },
	{ "^abc$", "abc abc", "x   x  " },
	{ "ab|cd", "ab cd ac", "x  x    " },
	{ "a|b.", "ab a", "xx x" },
	{ "a", "ba", " x" },
	{ "ab", "aab", " x " },
	{ "(?:a|b)(?:c|d)e", "ace bde ade", "x   x   x  " },
	{ "a?bcd", "abcd cd", "xx     " },
	{ "a*bcd", "aabcd", "xxx  " },
	{ "a+bc", "aabc bc", "xx     " },
	{ "(?:ab)?cd", "abcd ab", "x x    " },
	{ "(?:ab){2}", "abab abx", "x       " },
	{ "a{0}bcd", "abcd", " x  " },
	{ "a{2,}b", "aaab", "xx  " },
	{ "[ab]c\\d", "ac1 bc2 cc3", "x   x      " },
	{ "\\s\\d\\d", "a 12 1", " x    " },
	{ "x\\d.", "x1", "x " },
	{ "[^a-z0-9]ab", "ab-ab_ab", "  x  x  " },
	{ "\\xe4bc", "\xe4" "bc\xf6" "bc", "x  x  " },
	{ "(?=ab)cde", "cde", "x  " },
	{ "(?<!x)cde", "xcde", " x  " },
	{ "(?i)AbC", "abc", "x  " },
	{ "(?>ab|a)c", "abc", "x  " },
	{ "(?<n>ab)c", "abc", "x  " },
	{ "\\$\\$a", "$$a", "x  " },
	{ "[][a]b ", "]b a]", "x    " },
	{ "(abc)\\1", "abcabc", "x  x  " },
	{ "", "a", NULL },
	{ "a*", "a", NULL },
	{ "a|", "a", NULL },
	{ "(?:a?b?)", "a", NULL },
	{ "^", "a", NULL },
	{ "a\\Kb", "ab", NULL },
	{ "(?1)(a)", "aa", NULL },
	{ "(*ACCEPT)a", "a", NULL },
	{ "[[:alpha:]]bc", "abc", NULL },
	{ "\\Gabc", "abc", NULL },
};

static void
test_case(size_t i)
{
	void *mem = mem_context(NULL, "test");
	struct slice text = slice_of(cases[i].text);
	struct regex_starts *starts =
		regex_starts_new(mem, slice_of(cases[i].pattern), false);
	struct start_table *table = mem_new(mem, struct start_table);
	struct starts_walk walk;
	char marks[32] = "";

	if (cases[i].marks == NULL || starts == NULL) {
		tap_ok(cases[i].marks == NULL && starts == NULL,
		       "%s: nothing is known", cases[i].pattern);
		mem_free(mem);
		return;
	}
	memset(marks, ' ', text.len);
	regex_starts_walk(starts, text, 0, &walk);
	for (size_t at = regex_starts_next(&walk); at < text.len;
	     at = regex_starts_next(&walk))
		marks[at] = 'x';
	tap_is(marks, cases[i].marks, cases[i].pattern);
	start_table_add(table, starts, 2);
	tap_is_int((long long)start_table_look(table, text),
		   strchr(marks, 'x') != NULL ? 4 : 0, "all at once the same");
	mem_free(mem);
}

/* Patterns of many ways are looked for at these places alone. */
static void
test_search(void)
{
	static const char *const texts[] = {
		"nothing of it", "my address", "ADDRESS", "a phone", "p", "",
		"streetstreet", "pho", "phonename name", "the na na name",
	};
	struct slice pattern = SLICE("(?:name|phone|street|address|zip|age)s?");
	void *mem = mem_context(NULL, "test");
	struct regex_scratch *scratch = regex_scratch_new(mem);
	struct regex *quick = regex_compile(mem, pattern, REGEX_CASELESS, NULL);
	struct regex *plain = regex_compile(mem, pattern,
					    REGEX_CASELESS | REGEX_ONCE, NULL);

	tap_ok(regex_starts(quick) != NULL, "the pattern is of that kind");
	tap_ok(regex_starts(plain) == NULL, "not for few matches");
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct slice text = slice_of(texts[i]);
		enum regex_result wanted = regex_match(plain, scratch, text, 0);
		size_t count = 0, from, to, at, end;

		while (wanted == REGEX_YES &&
		       regex_span(scratch, 0, &from, &to)) {
			if (regex_match(quick, scratch, text, from) !=
				    REGEX_YES ||
			    !regex_span(scratch, 0, &at, &end) ||
			    at != from || end != to)
				break;
			count++;
			wanted = regex_match(plain, scratch, text, to);
		}
		tap_ok(wanted == REGEX_NO, "\"%s\": %zu found", texts[i],
		       count);
		tap_is_int(regex_match(quick, scratch, text, 0),
			   count > 0 ? REGEX_YES : REGEX_NO, "from the start");
	}
	mem_free(mem);
}

static uint32_t
random_next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* The machine's long registers see what bytes one by one do: every pair of
 * bytes, and every length of a block. */
static void
test_vectors(void)
{
	void *mem = mem_context(NULL, "test");
	struct regex_starts *starts =
		regex_starts_new(mem, SLICE("abc"), false);
	unsigned char one[STARTS_CLASSES], other[STARTS_CLASSES];
	unsigned char bytes[STARTS_BLOCK];
	uint32_t state = 1;
	unsigned wrong = 0;

	if (!starts_have_vectors()) {
		tap_skip("this machine has no AVX2");
		mem_free(mem);
		return;
	}
	for (unsigned i = 0; i < sizeof(starts->grams.pairs); i++)
		starts->grams.pairs[i] = (uint8_t)random_next(&state);
	for (unsigned i = 0; i < 65536; i++) {
		size_t len = 1 + i % STARTS_BLOCK;

		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (unsigned char)random_next(&state);
		bytes[i % (STARTS_BLOCK - 1)] = (unsigned char)(i >> 8);
		bytes[i % (STARTS_BLOCK - 1) + 1] = (unsigned char)i;
		wrong += starts_pairs(&starts->grams, bytes, len, one) !=
				 starts_pairs_vector(&starts->grams, bytes, len,
						     other) ||
			 memcmp(one, other, sizeof(one)) != 0;
	}
	tap_is_int(wrong, 0, "vectors see the same pairs");
	mem_free(mem);
}

/* As the reader of needs, it stops where nobody nests so deep. */
static void
test_depth(void)
{
	void *mem = mem_context(NULL, "test");
	struct buf pattern = BUF(mem);

	for (size_t i = 0; i < 200; i++)
		buf_text(&pattern, "(?:");
	buf_text(&pattern, "abc");
	for (size_t i = 0; i < 200; i++)
		buf_text(&pattern, ")");
	tap_ok(regex_starts_new(mem, buf_view(&pattern), false) == NULL,
	       "of 200 groups in one another nothing is known");
	tap_ok(regex_starts_new(mem, SLICE("a b c"), true) == NULL,
	       "nor of /x");
	mem_free(mem);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_case(i);
	test_search();
	test_vectors();
	test_depth();
	return tap_done();
}
