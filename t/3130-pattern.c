/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Perl's regular expressions, as SpamAssassin takes or refuses them. */
#include "tap.h"

#include <string.h>

#include "base/mem.h"
#include "rule/pattern.h"

#define NO (-1)

/* What Perl 5.36 under SpamAssassin's compile_regexp() says of each. */
static const struct {
	const char *text;    /* with delimiters */
	const char *subject; /* NULL: it must be refused */
	int start, end;      /* of the first match, or NO */
} cases[] = {
	{ "/b+/", "abbc", 1, 3 },
	{ "/B/i", "ab", 1, 2 },
	{ "m{a/b}", "xa/b", 1, 4 },
	{ "m(a)", "a", 0, 1 },
	{ "m<a>i", "A", 0, 1 },
	{ "m,a/b,", "a/b", 0, 3 },
	{ "qr!x!", "x", 0, 1 },
	{ "m{a{2}}", "aaa", 0, 2 },
	{ "/a\\/b/", "a/b", 0, 3 },
	{ "/^b$/m", "a\nb\nc", 2, 3 },
	{ "/a.b/s", "a\nb", 0, 3 },
	{ "/a.b/", "a\nb", NO, NO },
	{ "/a b/x", "ab", 0, 2 },
	{ "/a {2}/x", "aa", 0, 2 },
	{ "/(a|b)\\1/", "abba", 1, 3 },
	/* /aa: classes know ASCII only, but letters of Latin-1 fold */
	{ "/\\w/", "\xe9", NO, NO },
	{ "/\\xc9/i", "x\xe9", 1, 2 },
	{ "/\xc3\xa9/i", "\xe3\xa9", 0, 2 },
	{ "/\\xc9/", "\xe9", NO, NO },
	{ "/[\\xe0-\\xe9]/i", "\xc5", 0, 1 },
	{ "/\\xd7/i", "\xf7", NO, NO },
	{ "/\\s/", "\xa0", NO, NO },
	{ "/\\s/", "\x0b", 0, 1 },
	{ "/\\h/", "\xa0", 0, 1 },
	{ "/\\v/", "\x85", 0, 1 },
	{ "/[[:alpha:]]/", "\xe9", NO, NO },
	{ "/a\\b/", "a\xe9", 0, 1 },
	/* spellings that PCRE2 10.42 reads otherwise */
	{ "/a{,2}b/", "aaab", 1, 4 },
	{ "/a{ 2 }/", "aaa", 0, 2 },
	{ "/(?a)x/", "x", 0, 1 },
	{ "/x(?#comment)+/", "xx", 0, 2 },
	{ "/(?^i:A)/", "a", 0, 1 },
	{ "/x\\b?y/", "xy", 0, 2 },
	{ "/x$?/", "xy", 0, 1 },
	{ "/%{NAME}/", "%{NAME}", 0, 7 },
	{ "/{a/", "{a", 0, 2 },
	{ "/a|{b}/", "{b}", 0, 3 },
	{ "/[\\]]/", "]", 0, 1 },
	{ "/[]a]/", "]", 0, 1 },
	{ "/(?:>+)/", ">>", 0, 2 },
	{ "/(?!<b>)./", "<b>x", 1, 2 },
	{ "/(?<=a)b/", "ab", 1, 2 },
	{ "/a/aa", "a", 0, 1 },
	/* refused */
	{ "abc", NULL, 0, 0 },
	{ "/abc", NULL, 0, 0 },
	{ "/a/b/", NULL, 0, 0 },
	{ "/abc/e", NULL, 0, 0 },
	{ "/abc/g", NULL, 0, 0 },
	{ "m\\abc\\", NULL, 0, 0 },
	{ "/(?{ exit })/", NULL, 0, 0 },
	{ "/(??{ exit })/", NULL, 0, 0 },
	{ "/\\Qa.b\\E/", NULL, 0, 0 },
	{ "/a\\E/", NULL, 0, 0 },
	{ "/[\\Q]/", NULL, 0, 0 },
	{ "/\\y/", NULL, 0, 0 },
	{ "/\\C/", NULL, 0, 0 },
	{ "/a**/", NULL, 0, 0 },
	{ "/a{2}{3}/", NULL, 0, 0 },
	{ "/*a/", NULL, 0, 0 },
	{ "/a{b/", NULL, 0, 0 },
	{ "/(a){b/", NULL, 0, 0 },
	{ "/[a/", NULL, 0, 0 },
	{ "/(a/", NULL, 0, 0 },
	{ "/a)/", NULL, 0, 0 },
	{ "/[z-a]/", NULL, 0, 0 },
	{ "/\\1/", NULL, 0, 0 },
	{ "/a\\/", NULL, 0, 0 },
	{ "/\\b{wb}/", NULL, 0, 0 },
};

static void
test_case(void *mem, size_t i)
{
	struct regex_scratch *scratch = regex_scratch_new(mem);
	const char *pattern, *modifiers, *subject = cases[i].subject;
	struct regex *regex = NULL;
	size_t start, end;
	bool hit;
	struct err err;

	if (pattern_split(mem, cases[i].text, &pattern, &modifiers, &err) == 0)
		regex = pattern_compile(mem, pattern, modifiers, 0, &err);
	if (subject == NULL) {
		tap_ok(regex == NULL, "%s is refused", cases[i].text);
		return;
	}
	if (!tap_ok(regex != NULL, "%s compiles", cases[i].text)) {
		tap_note("%s", err.text);
		return;
	}
	hit = regex_match(regex, scratch, slice_of(subject), 0) == REGEX_YES &&
	      regex_span(scratch, 0, &start, &end);
	tap_ok(hit == (cases[i].start != NO), "%s %s", cases[i].text,
	       cases[i].start == NO ? "does not match" : "matches");
	if (hit && cases[i].start != NO)
		tap_ok(start == (size_t)cases[i].start &&
			       end == (size_t)cases[i].end,
		       "%s at %zu to %zu", cases[i].text, start, end);
}

static void
test_tags(void)
{
	tap_ok(pattern_captures("a(?<FOO>b)"), "a named group sets a tag");
	tap_ok(pattern_captures("a(?P<FOO>b)"), "so it does in Python's way");
	tap_ok(!pattern_captures("a(?<foo>b)(?<!A)"), "others do not");
	tap_ok(pattern_has_tags("x%{FOO}y"), "a tag is asked for");
	tap_ok(!pattern_has_tags("x\\%{FOO}y"), "not with a backslash");
	tap_ok(!pattern_has_tags("x%{foo}"), "not in lower case");
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_case(mem, i);
	test_tags();
	mem_free(mem);
	return tap_done();
}
