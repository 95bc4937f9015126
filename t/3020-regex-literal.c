/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sieve must never say no where the pattern says yes. */
#include "tap.h"

#include "base/mem.h"
#include "wrap/regex.h"
#include "wrap/regex_literal.h"

/* Each pattern, a text without a match that the sieve should stop, and one that
 * matches; NULL: there is none to stop. */
static const struct {
	const char *pattern, *stopped, *passed;
} cases[] = {
	{ "hello", "hell o", "say HELLO" },
	{ "\\bhello\\b", "help", "hello" },
	{ "foo|barn", "fob bark", "barn" },
	{ "(?:foo|barn)s?", "fob bark", "foo" },
	{ "(?:foo|b)x", NULL, "bx" },
	{ "abc?d", NULL, "abd" },
	{ "abcd?e", "abd", "abce" },
	{ "abcd*e", "abd", "abce" },
	{ "abcd{0,3}e", "abd", "abce" },
	{ "abcd{0}e", "abd", "abce" },
	{ "abcd{,3}e", "abd", "abcd{,3}e" },
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
};

static void
test_case(size_t i)
{
	void *mem = mem_context(NULL, "test");
	struct regex_grams *stop = mem_new(mem, struct regex_grams);
	struct regex_grams *pass = mem_new(mem, struct regex_grams);
	struct slice passed = slice_of(cases[i].passed);
	struct err err = { 0 };
	struct regex *regex = regex_compile(mem, slice_of(cases[i].pattern),
					    REGEX_CASELESS, &err);

	regex_grams_add(stop, slice_of(cases[i].stopped));
	regex_grams_add(pass, passed);
	if (!tap_ok(regex != NULL, "%s compiles", cases[i].pattern))
		return;
	tap_is_int(regex_match(regex, regex_scratch_new(mem), passed, 0),
		   REGEX_YES, "it matches");
	tap_ok(regex_possible(regex, pass), "the sieve lets it pass");
	if (cases[i].stopped != NULL)
		tap_ok(!regex_possible(regex, stop), "and stops another");
	mem_free(mem);
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");
	struct regex_grams *grams = mem_new(mem, struct regex_grams);
	struct regex *regex = regex_compile(mem, SLICE("a b c # x"),
					    REGEX_EXTENDED, NULL);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_case(i);
	tap_ok(regex_possible(regex, grams), "of /x nothing is known");
	mem_free(mem);
	return tap_done();
}
