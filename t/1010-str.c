/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <string.h>

#include "base/mem.h"

static void
test_slices(void)
{
	struct slice rest = SLICE("one\ntwo\n\nlast"), line, word;
	char *mem = mem_context(NULL, "test");

	slice_line(&rest, &line);
	tap_is_slice(line, "one\n", "a line keeps its LF");
	slice_line(&rest, &line);
	slice_line(&rest, &line);
	tap_is_slice(line, "\n", "an empty line is a line");
	slice_line(&rest, &line);
	tap_is_slice(line, "last", "a last line without LF is a line");
	tap_ok(!slice_line(&rest, &line), "then there is none");
	rest = SLICE(" a,b  c");
	slice_word(&rest, ", ", &word);
	slice_word(&rest, ", ", &word);
	tap_is_slice(word, "b", "words between any of the separators");
	tap_is_int((long long)slice_search_nocase(SLICE("xxAbC"), 0,
						  SLICE("aBc")),
		   2, "search without regard to case");
	tap_ok(slice_fits(SLICE("Heuristics.Phishing"), "heur*.PH*g") &&
		       slice_fits(SLICE(""), "*") &&
		       slice_fits(SLICE("a"), "?") &&
		       slice_fits(SLICE("abab"), "*ab"),
	       "patterns that fit");
	tap_ok(!slice_fits(SLICE("ab"), "a") && !slice_fits(SLICE("a"), "ab") &&
		       !slice_fits(SLICE(""), "?") &&
		       !slice_fits(SLICE("abc"), "*b"),
	       "patterns that do not");
	tap_is_slice(slice_trim(SLICE(" \t a b \r\n")), "a b", "trim");
	tap_is(str_escape_word(mem, SLICE("\"a> rcpt=[0] \"@b"), 99),
	       "\\\"a\\x3E\\x20rcpt=\\x5B0\\x5D\\x20\\\"@b",
	       "nothing behind brackets is forged");
	tap_is(str_escape(mem, SLICE("a\"\n\x80z"), 100), "a\\\"\\x0A\\x80z",
	       "escape for logs");
	tap_is(str_escape(mem, SLICE("abcdef"), 3), "abc...", "escape is cut");
	tap_is_int(str_distance("reject_score", "reject_scor"), 1, "distance");
	mem_free(mem);
}

static void
test_numbers(void)
{
	uint64_t number = 7;

	tap_ok(slice_number(SLICE("0012"), 12, &number) && number == 12,
	       "a number");
	tap_ok(slice_number(SLICE("999999999999999999"), 18, &number) &&
		       number == UINT64_C(999999999999999999),
	       "the largest");
	tap_ok(!slice_number(SLICE("-1"), 12, &number) &&
		       !slice_number(SLICE("1 "), 12, &number) &&
		       !slice_number(SLICE(""), 12, &number),
	       "digits and nothing else");
	tap_ok(!slice_number(SLICE("1234"), 3, &number), "too many digits");
}

/* What is rarest of a needle is looked for, and long ones in another way. */
static void
test_search(void)
{
	static const char text[] = "by a b  by c";
	static const char many[] = "----------------------------------------=";
	struct slice long_text = SLICE(many), needle = slice_from(long_text, 5);

	tap_is_int((long long)slice_search(SLICE(text), 0, SLICE(" by ")), 7,
		   "a needle that begins with a blank");
	tap_is_int((long long)slice_search(SLICE(text), 0, SLICE(" c")), 10,
		   "one at the very end");
	tap_is_int((long long)slice_search(SLICE(text), 0, SLICE(" by c ")),
		   sizeof(text) - 1, "one that the text ends in");
	tap_is_int((long long)slice_search(SLICE(text), 1, SLICE("by ")), 8,
		   "from a place on");
	tap_is_int((long long)slice_search(SLICE("aab"), 0, SLICE("ab")), 1,
		   "one that begins where another might");
	tap_is_int((long long)slice_search(SLICE("a"), 0, SLICE("ab")), 1,
		   "one that is longer than the text");
	tap_is_int((long long)slice_search(SLICE("ab"), 1, SLICE("")), 1,
		   "none is found where it is asked for");
	tap_is_int((long long)slice_search(long_text, 0, needle), 5,
		   "a long one");
	tap_is_int((long long)slice_search_nocase(SLICE("b -bx - -Bc"), 0,
						  SLICE("- -bC")),
		   6, "without regard to case, from a byte that has none");
	tap_is_int((long long)slice_search_nocase(SLICE("- -b"), 0,
						  SLICE("- -bC")),
		   4, "which is not there");
}

static void
test_buf(void)
{
	void *mem = mem_context(NULL, "test");
	struct buf buf = BUF(mem);

	tap_is(buf_string(&buf), "", "an empty buf is an empty string");
	for (int i = 0; i < 1000; i++)
		buf_printf(&buf, "%d,", i);
	tap_is_int((long long)buf.len, 3890, "a buf grows");
	tap_is_int((long long)strlen(buf.data), 3890, "and stays terminated");
	mem_free(mem);
}

int
main(void)
{
	test_slices();
	test_numbers();
	test_search();
	test_buf();
	return tap_done();
}
