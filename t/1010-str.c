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
	test_buf();
	return tap_done();
}
