/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What SpamAssassin 4.0.1 makes of each field was asked of it once. */
#include "tap.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "mail/address_list.h"

struct address_case {
	const char *value;
	const char *wanted; /* "address|name" of each, joined by "; " */
};

static const struct address_case cases[] = {
	{ " joe@example.org\n", "joe@example.org|-" },
	{ " Joe Doe <joe@example.org>\n", "joe@example.org|Joe Doe " },
	{ " \"Doe, Joe\" <joe@example.org>\n", "joe@example.org|Doe, Joe " },
	{ " joe@example.org (Joe Doe)\n", "joe@example.org|Joe Doe" },
	{ " a@example.org, B <b@example.org>;\n",
	  "a@example.org|-; b@example.org|B " },
	{ " friends: a@example.org, b@example.org;\n",
	  "a@example.org|-; b@example.org|-" },
	{ " undisclosed-recipients:;\n", "" },
	{ " \"joe@example.org\"\n", "joe@example.org|-" },
	{ " \"joe@example.org\" <joe@example.org>\n",
	  "joe@example.org|joe@example.org " },
	{ " \"joe@example.org\"<joe@example.org>\n", "joe@example.org|-" },
	{ " \"joe@example.org\" <eve@example.net>\n",
	  "eve@example.net|joe@example.org " },
	{ " Joe (the one) Doe <joe@example.org>\n",
	  "joe@example.org|Joe  Doe " },
	{ " <>\n", "-|-" },
	{ " Nobody\n", "-|Nobody" },
	{ " \"a \\\"quoted\\\" name\" <joe@example.org>\n",
	  "joe@example.org|a \"quoted\" name " },
	{ " <joe@[192.0.2.1]>\n", "joe@[192.0.2.1]|-" },
	{ " joe doe@example.org\n", "-|joe doe@example.org" },
	{ " =?utf-8?Q?\"Joe\"?=<joe@example.org>\n",
	  "joe@example.org|=?utf-8?Q?Joe?=" },
	{ " <joe@example.org@example.net>\n", "joe@example.org|-" },
	{ " \"unclosed <joe@example.org>\n", "joe@example.org|-" },
	{ " Joe <joe@example.org\n", "" },
	{ " \n", "" },
};

static char *
address_describe(void *mem, const char *value)
{
	struct header_address *items;
	size_t count = address_list(mem, slice_of(value), &items);
	struct buf out = BUF(mem);

	for (size_t i = 0; i < count; i++) {
		buf_text(&out, i == 0 ? "" : "; ");
		if (items[i].address.data != NULL)
			buf_slice(&out, items[i].address);
		else
			buf_text(&out, "-");
		buf_text(&out, "|");
		if (items[i].name.data != NULL)
			buf_slice(&out, items[i].name);
		else
			buf_text(&out, "-");
	}
	return (char *)buf_string(&out);
}

static void
test_hosts(void)
{
	tap_ok(address_host_is_valid(SLICE("a.b")), "two labels are a host");
	tap_ok(!address_host_is_valid(SLICE("localhost")), "one is not");
	tap_ok(address_host_is_valid(SLICE("_x.a.b.")),
	       "underscores on the left, a dot at the end");
	tap_ok(!address_host_is_valid(SLICE("a_x.b")),
	       "no underscore in the last two labels");
	tap_ok(!address_host_is_valid(SLICE("-a.b")), "no dash in front");
	tap_ok(!address_host_is_valid(SLICE(".a.b")), "no empty label");
	tap_ok(!address_host_is_valid(SLICE("")), "nothing is no host");
}

/* Each took quadratic time in some parser. */
static void
test_hostile(void)
{
	static const char *const pieces[] = {
		"<", "\"", "(", "a@b.c,", "(\\(", "\"\\\"", "<a@", "\\", " ,",
		"<a@b ",
	};
	int64_t begin = clock_ms();

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		void *mem = mem_context(NULL, "test");
		struct buf text = BUF(mem);
		struct header_address *items;

		while (text.len < 60000)
			buf_text(&text, pieces[i]);
		address_list(mem, buf_view(&text), &items);
		mem_free(mem);
		tap_note("%s: %lld ms", pieces[i],
			 (long long)(clock_ms() - begin));
	}
	tap_ok(clock_ms() - begin < 5000, "broken fields cost little");
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		tap_is(address_describe(mem, cases[i].value), cases[i].wanted,
		       str_escape(mem, slice_trim(slice_of(cases[i].value)),
				  80));
	test_hosts();
	test_hostile();
	mem_free(mem);
	return tap_done();
}
