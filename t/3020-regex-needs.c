/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read off a pattern must never say no where the pattern says yes. */
#include "needs.h"
#include "tap.h"

#include <string.h>

#include "base/mem.h"
#include "wrap/regex_needs_private.h"

/* Each pattern, a text without a match that its needs should stop, and one that
 * matches; NULL: there is none to stop. */
static const struct {
	const char *pattern, *stopped, *passed;
} cases[] = {
	{ "hello", "hell o", "say HELLO" },
	{ "\\bhello\\b", "help", "hello" },
	{ "foo|barn", "fob bark", "barn" },
	{ "(?:foo|barn)s?", "fob bark", "foo" },
	{ "abc?d", NULL, "abd" },
	{ "abcd?e", "abd", "abce" },
	{ "abcd*e", "abd", "abce" },
	{ "abcd{0,3}e", "abd", "abce" },
	{ "abcd{0}e", "abd", "abce" },
	{ "abcd{,3}e", NULL, "abcd{,3}eabcde" }, /* since PCRE2 10.43 */
	{ "abc{2}d", "ab cd", "abccd" },
	{ "(?:abc)?xyz", "abc", "xyz" },
	{ "(?:abc)+", "ab", "abcabc" },
	{ "(?:abc){0,2}", NULL, "" },
	{ "(?=abc)a", NULL, "abc" },
	{ "(?!abc)xyz", "abc", "xyz" },
	{ "(?<!abc)xyz", "abc", "xyz" },
	{ "(?<name>abc)", "ab", "abc" },
	{ "(?i)ABC", "ab", "abc" },
	{ "(?i:ABC)d", "ab", "aBcd" },
	{ "[abc]def", "abc", "adef" },
	{ "[]abc]def", "abc", "]def" },
	{ "[^]abc]def", "abc", "xdef" },
	{ "[a\\]b]def", "abc", "]def" },
	{ "[[:alpha:]]def", NULL, "xdef" },
	{ "a\\.b\\/c", "a-b/c", "a.b/c" },
	{ "\\x41\\x42\\x43", "ab", "ABC" },
	{ "abc\\d+def", "ab de", "abc1def" },
	{ "(abc)\\1def", "ab de", "abcabcdef" },
	{ "^abc$", "ab", "abc" },
	{ "a{x}b", "ab", "a{x}b" },
	{ "\\Qa+b\\E", NULL, "a+b" },
	{ "abc(?:|d)", "ab", "abc" },
	{ "(abc|)def", "abc", "def" },
	{ "((((abc))))", "ab", "abc" },
	{ "abc(?#comment)def", NULL, "abcdef" },
	{ "abc\\Kdef", NULL, "abcdef" },
	{ "abcdefghijklmnopqrstuvwxyz0123456789", "abcdef",
	  "abcdefghijklmnopqrstuvwxyz0123456789" },
	{ "(?:foo|b)x", "fo box", "bx" },
	{ "a(?:b|cd)?e", "a e", "acde" },
	{ "a(?:b|cd)?e", "a e", "ae" },
	{ "(?:a|b)(?:c|d)(?:e|f)", "ac de bf", "bcf" },
	{ "[ab][cd]", "ab cd", "bd" },
	{ "[ab][cd]", "ab cd", "AC" },
	{ "[a-c]\\x2d[0-9]", "a+1", "b-7" },
	{ "[\\w-]foo", NULL, "-foo" },
	{ "[\\w\\-.]fooo", "foo", ".fooo" },
	{ "[a-]x", "b-y", "-x" },
	{ "[\\]a]x", "a]", "]x" },
	{ "[\\x41-\\x43]xy", "xy", "Bxy" },
	{ "[\\101]xy", "xy", "Axy" },
	{ "[\\b]xy", "xy", "\bxy" },
	{ "[^\\n]\\nxy", "xy", "a\nxy" },
	{ "foo\\s+bar", "foobar", "foo \n\t bar" },
	{ "foo\\s*bar", "foo-bar", "foobar" },
	{ "foo\\s*bar", "foo-bar", "foo   bar" },
	{ "foo\\s\\s\\sbar", "foobar", "foo \t bar" },
	{ "\\d{3}-\\d{2,4}", "12 3456", "123-4567" },
	{ "a\\d\\db", "ab", "a12b" },
	{ "a1?2?b", "a-b", "a2b" },
	{ "a1?2?b", "a-b", "a12b" },
	{ "1 ?2", NULL, "12" },
	{ "ab{2,}c", "a bc", "abbbbbc" },
	{ "ab{2,3}c", "a bc", "abbbc" },
	{ "ab{9}c", "a bc", "abbbbbbbbbc" },
	{ "(?:ab){2}c", "ababab", "ababc" },
	{ "(?:ab|c.d){3}x", NULL, "abcxdabx" },
	{ "(?:ab.?){3}", "ab ab", "ababab" },
	{ "(?:ab.?){3}", "ab ab", "ab ab ab" },
	{ "(?:(?:abc|abd).?){3}", "abc abd", "abcabdabc" },
	{ "(?:foo.|bar.){2,}", "foo ba", "foo bar " },
	{ "foo.*bar", "foo", "foo and bar" },
	{ "foo(?=bar)", "fo", "foobar" },
	{ "(?<=foo)bar", "ba", "foobar" },
	{ "(?>foo|fo)x", "fo o", "foox" },
	{ "(?|(ab)|(cd))e", "ab cd", "cde" },
	{ "(?'n'ab)c", "ab", "abc" },
	{ "(?P<n>ab)c", "ab", "abc" },
	{ "(?P<n>ab)(?P=n)", NULL, "abab" },
	{ "(?<n>ab)\\k<n>", NULL, "abab" },
	{ "(ab)\\g{1}", NULL, "abab" },
	{ "(ab|x(?1)y)z", NULL, "xabyz" },
	{ "(?(?=ab)abc|d)", NULL, "d" },
	{ "(*ANYCRLF)abc", NULL, "abc" },
	{ "a++b", "a c", "aab" },
	{ "a*+b+c", "ab", "bc" },
	{ "ab??c", "a-c", "ac" },
	{ "(?-i)ABC", "ab", "ABC" },
	{ "(?x) a b", NULL, "ab" },
	{ "(?x: a ) b", NULL, "a b" },
	{ "\\x{41}bc", "bc", "Abc" },
	{ "\\101bc", "ab", "Abc" },
	{ "\\x4", NULL, "\x04" },
	{ "a\\", NULL, NULL },
	{ "\\xe4\\xf6x", "ax", "\xc4\xd6X" },
	{ "[\\xc0-\\xff]{3}x", "\xe4x", "\xe4\xc4\xffx" },
	{ "(?:m|\\xe2\\x80|\\xc3\\xa4)xy", "xy", "\xe2\x80xy" },
	{ "(?:foo.*bar|baz.*qux) x", "foo and qux", "baz or qux x" },
	{ "(?:foo.*bar|baz.*qux) x", "foo and qux x", "foobar x" },
	{ "(?:foo.*bar|(?:baz|b.z).*qux)", "baz bar", "b-z qux" },
	{ "(?:(?:foo.*bar|x.yy){2}|abc)", "foo", "foobarx yy" },
	{ "(?:foo.*bar|baz.*qux)?", NULL, "" },
	{ "\\$\\$", "$", "$$" },
	{ "^[^a]\\$$", NULL, "b$" },
	{ "$", NULL, "" },
	{ "", NULL, "" },
	{ "a|", NULL, "" },
	{ "\\Bab\\B", "a b", "xabx" },
	{ "\\h\\vx", NULL, "\xa0\x85x" },
	{ "\\Rab", NULL, "\r\nab" },
	{ "\\D\\Wxyz", "xy", "a-xyz" },
	{ "]abc", "abc", "]abc" },
	{ "}abc", "abc", "}abc" },
	{ "ab{,2}c", NULL, "ab{,2}cabc" },
};

static void
test_case(size_t i)
{
	void *mem = mem_context(NULL, "test");
	struct slice passed = slice_of(cases[i].passed);
	struct buf within = BUF(mem);
	struct err err = { 0 };
	struct regex *regex = regex_compile(mem, slice_of(cases[i].pattern),
					    REGEX_CASELESS | REGEX_LATIN1_FOLD,
					    &err);

	if (passed.data == NULL) {
		tap_ok(regex == NULL, "%s does not compile", cases[i].pattern);
		mem_free(mem);
		return;
	}
	if (!tap_ok(regex != NULL, "%s compiles", cases[i].pattern))
		return;
	tap_is_int(regex_match(regex, regex_scratch_new(mem), passed, 0),
		   REGEX_YES, "it matches");
	tap_ok(needs_let_pass(mem, regex, passed), "its needs let it pass");
	buf_printf(&within, "1 \xc3%s\xc3 1", cases[i].passed);
	tap_ok(needs_let_pass(mem, regex, buf_view(&within)),
	       "also amid others");
	if (cases[i].stopped != NULL)
		tap_ok(!needs_let_pass(mem, regex, slice_of(cases[i].stopped)),
		       "and stop another");
	mem_free(mem);
}

static void
test_fold(void)
{
	unsigned char out[64 + FOLD_SPARE];
	struct slice text = SLICE("A  b\t\n12-3\xe4\xc3\xb6\xe2");
	size_t len = regex_fold(out, text, false);

	tap_is_slice((struct slice){ (char *)out, len },
		     "a b 0-0\x80\x80\x80\x81", "a text is folded");
	tap_is_int((long long)regex_fold(out, SLICE(""), false), 0,
		   "nothing is");
}

static uint32_t
random_next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Random bytes out of a range, so that there are runs of all kinds. */
static struct slice
random_text(char *text, size_t room, uint32_t *state)
{
	static const char *const among[] = {
		"aZ", "12", " \t\n\r", "1-", "a1 ", " 1a\xe2\xff-",
	};
	const char *chars = among[random_next(state) % 6];
	size_t len = random_next(state) % (room + 1);

	for (size_t i = 0; i < len; i++)
		text[i] = random_next(state) % 16 == 0
				  ? (char)random_next(state)
				  : chars[random_next(state) % strlen(chars)];
	return (struct slice){ text, len };
}

static void
test_vectors(void)
{
	unsigned char one[200 + FOLD_SPARE], other[200 + FOLD_SPARE];
	char room[200];
	uint32_t state = 1;
	unsigned wrong = 0;

	if (!fold_has_vectors()) {
		tap_skip("this machine has no AVX2");
		return;
	}
	for (unsigned i = 0; i < 20000; i++) {
		struct slice text = random_text(room, sizeof(room), &state);
		size_t len = fold_bytes(one, text, i % 2);

		wrong += fold_vector(other, text, i % 2) != len ||
			 memcmp(one, other, len) != 0;
	}
	tap_is_int(wrong, 0, "vectors fold as bytes do");
}

/* How many needs a pattern has, and literals of the first. */
static void
test_counts(void *mem, const char *pattern, size_t needs, size_t literals)
{
	const struct regex_needs *all =
		regex_needs_new(mem, slice_of(pattern), false);

	if (!tap_ok(all != NULL && all->count == 1, "%s needs something",
		    pattern))
		return;
	tap_is_int((long long)all->clauses[0].count, (long long)needs,
		   "so many sets");
	tap_is_int((long long)all->clauses[0].items[0].count,
		   (long long)literals, "so many literals of the first");
}

static void
test_fewer(void)
{
	void *mem = mem_context(NULL, "fewer");

	/* What holds another literal of the set is left out. */
	test_counts(mem, "abcd|xabcdy|efgh", 1, 2);
	test_counts(mem, "abcd|xabcy|bcd", 1, 2);
	test_counts(mem, "abcd|efgh|ijkl", 1, 3);
	test_counts(mem, "(?:abc\\xe4|abc\\xe4\\xe5|\\xe4\\xe5abc)", 1, 2);
	/* What says little is not added to what says much. */
	test_counts(mem, "mist\\b.{5}(?:re|st)", 1, 1);
	test_counts(mem, "mist\\b.{5}zebra", 2, 1);
	mem_free(mem);
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_case(i);
	tap_ok(regex_needs(regex_compile(mem, SLICE("a b c # x"),
					 REGEX_EXTENDED, NULL)) == NULL,
	       "of /x nothing is known");
	tap_ok(regex_needs(regex_compile(mem, SLICE("abcdef"), REGEX_ONCE,
					 NULL)) == NULL,
	       "nothing is read for few matches");
	test_fold();
	test_vectors();
	mem_free(mem);
	test_fewer();
	return tap_done();
}
