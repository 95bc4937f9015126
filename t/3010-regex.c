/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wrap/regex.h"

static struct regex *
compile(void *mem, const char *pattern, unsigned flags)
{
	struct err err = { 0 };
	struct regex *regex = regex_compile(mem, slice_of(pattern), flags,
					    &err);

	if (regex == NULL)
		tap_note("/%s/: %s", pattern, err.text);
	return regex;
}

static void
test_match(void)
{
	void *mem = mem_context(NULL, "test");
	struct regex_scratch *scratch = regex_scratch_new(mem);
	struct regex *regex = compile(mem, "(?<word>b+)(x)?", 0);
	size_t start, end;

	tap_is_int(regex_match(regex, scratch, SLICE("aabbb"), 0), REGEX_YES,
		   "a match is found");
	tap_ok(regex_span(scratch, 0, &start, &end) && start == 2 && end == 5,
	       "its place is known");
	tap_ok(!regex_span(scratch, 2, &start, &end),
	       "a group that took no part has no place");
	tap_ok(!regex_span(scratch, 1000, &start, &end),
	       "a group that does not exist has none either");
	tap_is_int(regex_groups(regex), 2, "groups are counted");
	tap_is_int(regex_group(regex, "word"), 1, "a group has a name");
	tap_is(regex_group_name(regex, 1), "word", "and the name a group");
	tap_is(regex_group_name(regex, 2), NULL, "not every group has one");
	tap_is_int(regex_match(regex, scratch, SLICE("aabbb"), 5), REGEX_NO,
		   "no match at the end");
	tap_is_int(regex_match(regex, scratch, SLICE("a\0b"), 0), REGEX_YES,
		   "a NUL does not end the subject");
	tap_is_int(regex_match(regex, scratch, SLICE_NONE, 0), REGEX_NO,
		   "an absent subject is an empty one");
	tap_is_int(regex_match(regex, scratch, SLICE("b"), 2), REGEX_NO,
		   "a start behind the end finds nothing");
	mem_free(mem);
}

static unsigned
count(const char *pattern, const char *text)
{
	void *mem = mem_context(NULL, "test");
	struct regex_scratch *scratch = regex_scratch_new(mem);
	struct regex *regex = compile(mem, pattern, 0);
	struct slice subject = slice_of(text);
	unsigned n = 0;

	for (int found = regex_match(regex, scratch, subject, 0);
	     found == REGEX_YES;
	     found = regex_match_next(regex, scratch, subject))
		n++;
	mem_free(mem);
	return n;
}

/* The counts are those that Perl gives for `$n++ while /.../g`. */
static void
test_next(void)
{
	tap_is_int(count("a", "banana"), 3, "matches follow each other");
	tap_is_int(count("aa", "aaaaa"), 2, "they do not overlap");
	tap_is_int(count("", "abc"), 4, "empty matches advance");
	tap_is_int(count("x*", "axxb"), 4, "an empty match behind another");
	tap_is_int(count("\\b", "two words"), 4, "word boundaries");
	tap_is_int(count("a|", "aba"), 4, "either a letter or nothing");
	tap_is_int(count("(?=b)|b", "abb"), 4, "empty, then not empty");
}

static bool
hits(const char *pattern, unsigned flags, struct slice subject)
{
	void *mem = mem_context(NULL, "test");
	struct regex *regex = compile(mem, pattern, flags);
	bool hit = regex != NULL &&
		   regex_match(regex, regex_scratch_new(mem), subject, 0) ==
			   REGEX_YES;

	mem_free(mem);
	return hit;
}

static void
test_perl_bytes(void)
{
	unsigned fold = REGEX_CASELESS | REGEX_LATIN1_FOLD;

	tap_ok(hits("\\xc3\\xa9", fold, SLICE("\xe3\xa9")),
	       "C3 and E3 are one letter under /i");
	tap_ok(!hits("\\xc3\\xa9", REGEX_CASELESS, SLICE("\xe3\xa9")),
	       "but not without the fold");
	tap_ok(!hits("\\xd7", fold, SLICE("\xf7")), "D7 and F7 are no letters");
	tap_ok(!hits("\\w", fold, SLICE("\xe9")), "\\w is ASCII");
	tap_ok(!hits("\\s", fold, SLICE("\xa0")), "\\s is ASCII");
	tap_ok(hits("\\h", fold, SLICE("\xa0")), "\\h takes A0");
	tap_ok(hits("a$", 0, SLICE("a\n")), "$ stands before a last LF");
	tap_ok(!hits("a$", 0, SLICE("a\r\n")), "CR is no line end");
	tap_ok(hits("^b", REGEX_MULTILINE, SLICE("a\nb")), "/m");
	tap_ok(hits("a.b", REGEX_DOTALL, SLICE("a\nb")), "/s");
	tap_ok(hits("a b # c", REGEX_EXTENDED, SLICE("ab")), "/x");
	tap_ok(hits("a", REGEX_NO_JIT, SLICE("ba")), "without JIT");
}

static void
test_errors(void)
{
	void *mem = mem_context(NULL, "test");
	struct err err = { 0 };

	tap_ok(regex_compile(mem, SLICE("a(b"), 0, &err) == NULL,
	       "a broken pattern is refused");
	tap_is(err.text, "missing closing parenthesis at offset 3",
	       "and the place named");
	tap_is_int(err.kind, ERR_CONFIG, "as an error of configuration");
	tap_ok(regex_compile(mem, SLICE("(*UTF)a"), 0, &err) == NULL,
	       "a pattern cannot switch UTF on");
	mem_free(mem);
}

/* 9000 words make more code than the 8-bit library can address. */
static void
test_wide(void)
{
	void *mem = mem_context(NULL, "test");
	struct regex_scratch *scratch = regex_scratch_new(mem);
	struct buf pattern = BUF(mem);
	struct regex *regex;
	size_t start, end;

	buf_text(&pattern, "(?<all>");
	for (int i = 0; i < 9000; i++)
		buf_printf(&pattern, "w%dord\\xc9|", i);
	buf_text(&pattern, "last)");
	regex = compile(mem, pattern.data, REGEX_CASELESS | REGEX_LATIN1_FOLD);
	if (tap_ok(regex != NULL, "a giant pattern compiles")) {
		tap_is_int(regex_match(regex, scratch,
				       SLICE("x W8999ORD\xe9 y"), 0),
			   REGEX_YES, "it matches bytes beyond ASCII");
		tap_ok(regex_span(scratch, 1, &start, &end) && start == 2 &&
			       end == 11,
		       "its spans count bytes");
		tap_is_int(regex_group(regex, "all"), 1, "it knows names");
		tap_is_int(regex_match(regex, scratch, SLICE("w9000ord"), 0),
			   REGEX_NO, "and it can fail");
	}
	regex = compile(mem, "small", 0);
	regex_match(regex, scratch, SLICE("a small one"), 0);
	tap_ok(regex_span(scratch, 0, &start, &end) && start == 2,
	       "one scratch serves both kinds");
	mem_free(mem);
}

static void
test_windows(void)
{
	void *mem = mem_context(NULL, "test");
	struct regex_scratch *scratch = regex_scratch_new(mem);
	size_t len = 20 * REGEX_WINDOW, start = 0, end = 0;
	char *text = mem_array(mem, char, len + 1);
	struct slice subject = { text, len };
	struct regex *regex = compile(mem, "(?<=ab)c", 0);
	unsigned wrong = 0;

	memset(text, 'x', len);
	for (size_t at = 0; at + 3 <= len; at += at % 7 ? 1 : 61) {
		memcpy(text + at, "abc", 3);
		if (regex_match(regex, scratch, subject, 0) != REGEX_YES ||
		    !regex_span(scratch, 0, &start, &end) || start != at + 2)
			wrong++;
		memset(text + at, 'x', 3);
	}
	tap_is_int(wrong, 0, "windows lose no match, whatever stands behind");
	regex = compile(mem, "^x*$", 0);
	tap_is_int(regex_match(regex, scratch, subject, 0), REGEX_YES,
		   "one match may be longer than a window");
	text[len - 1] = 'y';
	memset(text + REGEX_WINDOW, 'y', len - REGEX_WINDOW);
	regex = compile(mem, "y", REGEX_ANCHORED);
	tap_is_int(regex_match(regex, scratch, subject, 0), REGEX_NO,
		   "an anchored pattern does not move with the window");
	tap_is_int(regex_match(regex, scratch, subject, len - 1), REGEX_YES,
		   "but begins where it is told");
	mem_free(mem);
}

/* Each would run for minutes in an engine without limits. */
static void
test_hostile(void)
{
	static const char *const patterns[] = {
		"(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){25}$", "(a*)*b",
		"^(([a-z])+.)+[A-Z]([a-z])+$", "(?:a?){60}a{60}b",
		"(\\w+\\s?)*:$", "(?=(a+))a*b\\1", "a*a*a*a*a*a*a*c",
		".*.*.*.*=.*x", "a*a*a*[bc]", "a*a*a*a*a*[bc]",
		"[ab]*[ac]*[ad]*[bc]", "a*[bc]", "(?:a*[ab]*)*[bc]",
	};
	void *mem = mem_context(NULL, "test");
	struct regex_scratch *scratch = regex_scratch_new(mem);
	size_t len = 500000;
	char *text = mem_array(mem, char, len + 1);
	int64_t begin, worst = 0, used;

	memset(text, 'a', len);
	text[len - 1] = '!';
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct regex *regex = compile(mem, patterns[i], 0);
		int result;

		begin = clock_ms();
		regex_scratch_deadline(scratch, begin + 200);
		result = regex_match(regex, scratch,
				     (struct slice){ text, len }, 0);
		used = clock_ms() - begin;
		worst = used > worst ? used : worst;
		tap_note("%-30s result %2d in %lld ms", patterns[i], result,
			 (long long)used);
	}
	tap_ok(worst < 5000, "no pattern runs far beyond its deadline");
	mem_free(mem);
}

/* Ways back that fit a thread's own stack, one that is made, and neither. */
static void
test_stack(void)
{
	static const size_t lens[] = { 100, 30000, 100, 200000, 100 };
	void *mem = mem_context(NULL, "test");
	struct regex_scratch *scratch = regex_scratch_new(mem);
	struct regex *regex = compile(mem, "^(?:(a)|(b))*c", 0);

	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		char *text = mem_array(mem, char, lens[i]);
		enum regex_result result;

		memset(text, 'a', lens[i]);
		text[lens[i] - 1] = 'c';
		result = regex_match(regex, scratch,
				     (struct slice){ text, lens[i] }, 0);
		tap_ok(result == (lens[i] < 200000 ? REGEX_YES : REGEX_LIMIT),
		       "a way back from each of %zu bytes", lens[i]);
	}
	mem_free(mem);
}

/* Where the first search begins, not each of those it is cut into. */
static void
test_search_start(void)
{
	void *mem = mem_context(NULL, "test");
	struct buf text = BUF(mem);
	struct regex *regex = regex_compile(mem, SLICE("\\Ghello|there"), 0,
					    NULL);

	for (size_t i = 0; i <= REGEX_WINDOW; i++)
		buf_char(&text, 'x');
	buf_text(&text, "hello");
	tap_is_int(regex_match(regex, regex_scratch_new(mem), buf_view(&text),
			       0), REGEX_NO, "\\G stands at the start alone");
	tap_is_int(regex_match(regex, regex_scratch_new(mem), SLICE("hello"),
			       0), REGEX_YES, "where it is found");
	mem_free(mem);
}

int
main(void)
{
	test_match();
	test_next();
	test_perl_bytes();
	test_errors();
	test_wide();
	test_windows();
	test_hostile();
	test_stack();
	test_search_start();
	return tap_done();
}
