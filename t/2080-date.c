/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dates as mail writes them, well and badly. */
#include "tap.h"

#include <string.h>

#include "base/mem.h"
#include "mail/date.h"
#include "mail/form.h"

static void *mem;

/* seconds -1: none */
static void
is_date(const char *text, long long seconds)
{
	int64_t got = -1;

	if (!date_parse(mem, slice_of(text), &got))
		got = -1;
	tap_is_int(got, seconds, text);
}

static void
test_form(void)
{
	struct form form = form_new(SLICE("from a.example (b [192.0.2.1]) x"));

	tap_ok(form_match(&form, "from %h (%r [%i])", 0), "a line's form");
	tap_is_slice(form.fields[FORM_HELO], "a.example", "its fields");
	tap_is_slice(form.fields[FORM_IP], "192.0.2.1", "an address");
	tap_ok(!form_match(&form, "from %h (%r [%i])%$", 0), "the end");
	tap_ok(form_search(&form, "(%w [%(%E%)%i%(]%))%/"), "may be left out");
	tap_ok(form.fields[FORM_HELO].data == NULL, "old fields are gone");
	tap_ok(form_search(&form, "%!b%! %{s,1,3,^]}"), "edges and sets");
	tap_is_slice(form.fields[FORM_SUB], "[19", "no more than asked for");
	form = form_new(SLICE("aaaaaaaaaaaaaaaaaaaaaaaa"
			      "aaaaaaaaaaaaaaaaaaaaaaa"));
	form.budget = 1000;
	tap_ok(!form_search(&form, "%*a%*%*%*%*%*b") && form.budget == 0,
	       "steps are counted");
	tap_ok(!form_search(&form, "a"), "and without any nothing matches");
}

static void
test_addresses(void)
{
	static const char *const good[] = {
		"192.0.2.1", "::1", "IPv6:2001:db8::1", "1:2:3:4:5:6:7:8",
		"::ffff:192.0.2.1", "1::", "::",
	};
	static const char *const bad[] = { "192.0.2", "256.1.1.1", "1.2.3.04",
					   "1:2:3:4:5:6:7:8:9", "1::2::3",
					   "12345::1", "x", "" };
	size_t ends[2];

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		tap_ok(form_ip(slice_of(good[i]), 0, ends) > 0 &&
			       ends[0] == strlen(good[i]),
		       "an address: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		tap_ok(form_ip(slice_of(bad[i]), 0, ends) == 0, "none: %s",
		       bad[i]);
	tap_ok(form_is_localhost(SLICE("::ffff:127.0.0.1")) &&
		       form_is_localhost(SLICE("IPv6:0:0:0:0:0:0:0:1")) &&
		       !form_is_localhost(SLICE("127.0.0.2")),
	       "localhost");
}

int
main(void)
{
	mem = mem_context(NULL, "test");
	is_date("Mon, 2 Jun 2025 10:11:12 +0200", 1748851872);
	is_date("Mon,2 Jun 2025 10:11:12 +0200 (CEST)", 1748851872);
	is_date("2 jun 25 08:11:12 GMT", 1748851872);
	is_date("Mon Jun  2 08:11:12 2025", 1748822400); /* the day alone */
	is_date("Mon, 2 Jun 2025 04:11 EDT", 1748851860);
	is_date("Mon, 2 Jun 125 08:11:12", 1748851872);
	is_date("29 Feb 2024 00:00:00 +0000", 1709164800);
	is_date("30 Feb 2023 00:00:00 +0000", 1677628800); /* 1 March */
	is_date("2 Jun 2025 99:99:99 +0000", 1748908799);
	is_date("1 Jan 1960 00:00:00 +0100", 0);
	is_date("1 Jan 2100 00:00:00 +0000", 2114380800); /* 2037 */
	is_date("0 Jan 2025 00:00:00", -1);
	is_date("99999999999 Jan 2025 00:00:00 +0000", 1738368000);
	is_date("yesterday", -1);
	is_date("", -1);
	test_form();
	test_addresses();
	mem_free(mem);
	return tap_done();
}
