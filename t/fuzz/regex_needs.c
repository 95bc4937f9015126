/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As regex.c, with few letters, so that patterns compile and match: the bytes
 * up to the first 255 choose pieces of a pattern, the rest those of a text.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../needs.h"

#include "base/clock.h"
#include "base/mem.h"
#include "wrap/gram_set.h"
#include "wrap/regex_guard.h"
#include "wrap/regex_needs_private.h"
#include "wrap/regex_starts_private.h"
#include "wrap/regex_stretch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const patterns[] = {
	"a", "b", "0", " ", "ab", "ba", "(", "(", "(?:", "(?=", "(?!", "(?<=",
	"(?>", ")", ")", ")", "|", "|", "?", "*", "+", "{2}", "{2,3}", "{0,2}",
	"{3,}", "?", "[ab]", "[^a]", "[0-2]", "[a-\\xe5]", "[\\s,]", "[\\w-]",
	"\\d", "\\s", "\\w", "\\W", ".", "^", "$", "\\b", "\\1", "\\xe4",
	"\\xe2\\x80", "(?i)", "(?s:", "\\x41", "\\$", "]", "}", "\\n", "+?",
	"*+", "[]a]", "(?|", "(?<n>", "[\\]x]", "\\101", "{,2}", "\\h",
};

static const char *const texts[] = {
	"a", "b", "0", "1", " ", "\n", "A", "B", "\xe4", "\xe2\x80", "\xc4",
	"ab", "ba", "aab", "012", "  ", "$", ",", "]", "x", "}", "-",
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Every match that PCRE2 alone finds begins at a place that is known. */
static void
check_starts(void *mem, struct regex_scratch *scratch, struct slice pattern,
	     struct slice text)
{
	struct regex *plain = regex_compile(
		mem, pattern, REGEX_CASELESS | REGEX_LATIN1_FOLD | REGEX_ONCE,
		NULL);
	struct regex_starts *starts = regex_starts_new(mem, pattern, false);
	enum regex_result result;
	struct starts_walk walk;
	size_t start, end;

	if (plain == NULL || starts == NULL)
		return;
	result = regex_match(plain, scratch, text, 0);
	while (result == REGEX_YES && regex_span(scratch, 0, &start, &end)) {
		regex_starts_walk(starts, text, start, &walk);
		assert(regex_starts_next(&walk) == start);
		result = regex_match_next(plain, scratch, text);
	}
}

/* Every match that PCRE2 alone finds takes up the stretch that is known. */
static void
check_stretch(void *mem, struct regex_scratch *scratch, struct slice pattern,
	      struct slice text, unsigned caseless)
{
	struct regex *plain = regex_compile(
		mem, pattern, caseless | REGEX_LATIN1_FOLD | REGEX_ONCE, NULL);
	struct regex_stretch *stretch =
		regex_stretch_read(mem, pattern, false, caseless != 0);
	enum regex_result result;
	size_t start, end, least;

	if (plain == NULL || stretch == NULL)
		return;
	least = stretch->least;
	result = regex_match(plain, scratch, text, 0);
	while (result == REGEX_YES && regex_span(scratch, 0, &start, &end)) {
		struct slice match = slice_cut(text, start, end);

		assert(match.len >= least);
		stretch->least = match.len;
		assert(regex_stretch_stands(stretch, match, 0));
		result = regex_match_next(plain, scratch, text);
	}
}

/* With guards it matches the same, and tells the same groups. */
static void
check_guards(void *mem, struct regex_scratch *scratch, struct slice pattern,
	     struct slice text)
{
	unsigned flags = REGEX_CASELESS | REGEX_LATIN1_FOLD | REGEX_ONCE;
	struct slice guarded = regex_guard(mem, pattern, 2, false);
	struct regex *plain = regex_compile(mem, pattern, flags, NULL);
	struct regex_scratch *other = regex_scratch_new(mem);
	size_t from, to, start, end;
	enum regex_result result;
	struct regex *regex;

	if (plain == NULL || guarded.data == NULL)
		return;
	regex = regex_compile(mem, guarded, flags, NULL);
	assert(regex != NULL);
	result = regex_match(plain, scratch, text, 0);
	if (result == REGEX_LIMIT ||
	    regex_match(regex, other, text, 0) == REGEX_LIMIT)
		return;
	for (unsigned i = 0; i <= regex_groups(plain); i++) {
		bool found = regex_span(scratch, i, &from, &to);

		assert(regex_span(other, i, &start, &end) == found);
		assert(!found || (from == start && to == end));
	}
}

/* Vectors find the pairs that bytes one by one have. */
static void
check_vectors(void *mem, struct slice pattern, struct slice text)
{
	struct regex_starts *starts = regex_starts_new(mem, pattern, false);
	const unsigned char *bytes = (const unsigned char *)text.data;

	if (starts == NULL || !starts_have_vectors())
		return;
	for (size_t at = 0; at < text.len; at++) {
		size_t left = text.len - at;
		size_t len = left < STARTS_BLOCK ? left : STARTS_BLOCK;
		unsigned char one[STARTS_CLASSES], other[STARTS_CLASSES];

		assert(starts_pairs(&starts->grams, bytes + at, len, one) ==
		       starts_pairs_vector(&starts->grams, bytes + at, len,
					   other));
		assert(memcmp(one, other, sizeof(one)) == 0);
	}
}

/* And they fold as bytes do. */
static void
check_fold(void *mem, struct slice text, bool bare)
{
	unsigned char *one = mem_array(mem, unsigned char,
				       text.len + FOLD_SPARE);
	unsigned char *other = mem_array(mem, unsigned char,
					 text.len + FOLD_SPARE);
	size_t len = fold_bytes(one, text, bare);

	if (!fold_has_vectors())
		return;
	assert(fold_vector(other, text, bare) == len);
	assert(memcmp(one, other, len) == 0);
}

/* And they find the same grams, of those at every third place. */
static void
check_grams(void *mem, struct slice text)
{
	struct gram_set *set = mem_new(mem, struct gram_set);
	unsigned char *folded =
		mem_array(mem, unsigned char,
			  text.len + FOLD_SPARE + GRAM_BLOCK + GRAM_SPARE);
	size_t len = regex_fold(folded, text, false);

	memset(folded + len, 0, GRAM_BLOCK + GRAM_SPARE);
	gram_set_begin(mem, set, len);
	for (size_t i = 0; i < len; i += 3)
		gram_set_add(set, folded + i, 2 + i % 2);
	for (size_t i = 0; i < len && gram_set_has_vectors(); i++) {
		struct gram_places one = gram_set_look_bytes(set, folded + i);
		struct gram_places all = gram_set_look_vector(set, folded + i);

		assert(one.grams == all.grams && one.pairs == all.pairs);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct regex_scratch *scratch = regex_scratch_new(mem);
	struct buf pattern = BUF(mem), text = BUF(mem);
	struct regex *regex;
	size_t i;

	for (i = 0; i < 2; i++)
		check_fold(mem, (struct slice){ (const char *)data, size },
			   i > 0);
	check_grams(mem, (struct slice){ (const char *)data, size });
	for (i = 0; i < size && data[i] != 255; i++)
		buf_text(&pattern, patterns[data[i] % COUNT(patterns)]);
	for (i++; i < size; i++)
		buf_text(&text, texts[data[i] % COUNT(texts)]);
	regex = regex_compile(mem, buf_view(&pattern),
			      REGEX_CASELESS | REGEX_LATIN1_FOLD | REGEX_NO_JIT,
			      NULL);
	if (regex != NULL) {
		regex_scratch_deadline(scratch, clock_ms() + 100);
		if (regex_match(regex, scratch, buf_view(&text), 0) ==
		    REGEX_YES)
			assert(needs_let_pass(mem, regex, buf_view(&text)));
		check_starts(mem, scratch, buf_view(&pattern),
			     buf_view(&text));
		check_guards(mem, scratch, buf_view(&pattern),
			     buf_view(&text));
		check_stretch(mem, scratch, buf_view(&pattern),
			      buf_view(&text), REGEX_CASELESS);
		check_stretch(mem, scratch, buf_view(&pattern),
			      buf_view(&text), 0);
		check_vectors(mem, buf_view(&pattern), buf_view(&text));
		check_vectors(mem, buf_view(&pattern),
			      (struct slice){ (const char *)data, size });
	}
	mem_free(mem);
	return 0;
}
