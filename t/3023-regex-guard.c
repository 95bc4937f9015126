/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups of many alternatives look ahead for what they can begin with. */
#include "tap.h"

#include <string.h>

#include "base/mem.h"
#include "wrap/regex.h"
#include "wrap/regex_guard.h"

/* guarded: NULL if it stays as it is. */
static const struct {
	const char *pattern, *guarded;
} cases[] = {
	{ "x(?:1|2|3)", "x(?:(?=[\\x31-\\x33])(?:1|2|3))" },
	{ "x(1|2|3)?", "x((?=[\\x31-\\x33])(?:1|2|3))?" },
	{ "(?:5+|6?7|8)", "(?:(?=[\\x35-\\x38])(?:5+|6?7|8))" },
	{ "(?:a|1|b)",
	  "(?:(?=[\\x31-\\x31\\x41-\\x42\\x61-\\x62])(?:a|1|b))" },
	{ "(?:\\xe4|1|2)",
	  "(?:(?=[\\x31-\\x32\\xc4-\\xc4\\xe4-\\xe4])(?:\\xe4|1|2))" },
	{ "(?:\\b1|(?=2)2|3)", "(?:(?=[\\x31-\\x33])(?:\\b1|(?=2)2|3))" },
	/* The inner one is one way of the outer one. */
	{ "(?:(?:1|2|3)4)", "(?:(?:(?=[\\x31-\\x33])(?:1|2|3))4)" },
	{ "(?:(?:1|2|3)|4|5)",
	  "(?:(?=[\\x31-\\x35])(?:(?:(?=[\\x31-\\x33])(?:1|2|3))|4|5))" },
	{ "(?>1|2|3)", "(?>(?=[\\x31-\\x33])(?:1|2|3))" },
	{ "(?:1|2)", NULL },	    /* few ways */
	{ "1|2|3", NULL },	    /* PCRE2 sees to it */
	{ "(?:1|2|3?)", NULL },	    /* may be empty */
	{ "(?:1|2|.)", NULL },	    /* may be anything */
	{ "(?:1|2|[^x])", NULL },   /* nearly */
	{ "(?:1|2|3|)", NULL },
	{ "(?|(1)|(2)|(3))", NULL }, /* numbers of groups would change */
	{ "(?:1|2|(?R))", NULL },    /* not understood */
	{ "(?(1)1|2|3)", NULL },
	{ "(?:1|2|3", NULL },
};

static void
test_case(void *mem, size_t i)
{
	struct slice guarded =
		regex_guard(mem, slice_of(cases[i].pattern), 3, false);

	if (cases[i].guarded == NULL)
		tap_ok(guarded.data == NULL, "%s stays", cases[i].pattern);
	else
		tap_is_slice(guarded, cases[i].guarded, cases[i].pattern);
}

/* It matches the same, be there guards or not, and tells the same groups. */
static void
test_same(void *mem)
{
	static const char pattern[] =
		"(?:(your|my)\\s)?((?:street|city|zip|\\xe4ge|(phone|fax)s?)"
		"[:,]?\\s?){2}";
	static const char *const texts[] = {
		"", "your street", "Your street, city", "my zip \xc4GE",
		"zip: your age", "zip: your fax phones", "faxs:zip",
	};
	struct regex_scratch *scratch = regex_scratch_new(mem);
	unsigned flags = REGEX_CASELESS | REGEX_LATIN1_FOLD;
	struct regex *plain = regex_compile(mem, slice_of(pattern),
					    flags | REGEX_ONCE, NULL);
	struct regex *guarded =
		regex_compile(mem, slice_of(pattern), flags, NULL);

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct slice text = slice_of(texts[i]);
		size_t from[4] = { 0 }, to[4] = { 0 }, start = 0, end = 0;
		bool found[4], same;

		same = regex_match(plain, scratch, text, 0);
		for (unsigned k = 0; k < 4; k++)
			found[k] = regex_span(scratch, k, &from[k], &to[k]);
		same = same == regex_match(guarded, scratch, text, 0);
		for (unsigned k = 0; k < 4; k++)
			same = same &&
			       regex_span(scratch, k, &start, &end) ==
				       found[k] &&
			       (!found[k] ||
				(start == from[k] && end == to[k]));
		tap_ok(same, "the same of \"%s\"", texts[i]);
	}
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_case(mem, i);
	test_same(mem);
	tap_ok(regex_guard(mem, SLICE("(?:1|2|3)"), 3, true).data == NULL,
	       "nothing is done with /x");
	mem_free(mem);
	return tap_done();
}
