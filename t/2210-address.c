/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <string.h>

#include "base/mem.h"
#include "mail/address.h"

static void *mem;

static void
good(const char *path, const char *local, const char *domain,
     const char *written)
{
	struct address address;

	tap_is_int(address_parse(mem, path, &address), ADDRESS_OK, path);
	tap_is(address.local, local, "its local part");
	tap_is(address.domain, domain, "its domain");
	tap_is(address_string(mem, &address), written, "written again");
}

static void
bad(const char *path, enum address_error wanted)
{
	struct address address;
	char *shown = str_escape(mem, slice_of(path), 40);

	tap_is_int(address_parse(mem, path, &address), wanted, shown);
	tap_is(address.local, "", "nothing is left in it");
	tap_ok(strlen(address_error_text(wanted)) > 10, "it has words");
}

static void
test_good(void)
{
	good("<John@Example.ORG>", "John", "example.org", "John@example.org");
	good(" john@example.org ", "john", "example.org", "john@example.org");
	good("<@a.example,@b.example:x@c.example>", "x", "c.example",
	     "x@c.example");
	good("\"a b\"@example.org", "a b", "example.org",
	     "\"a b\"@example.org");
	good("\"a@b\"@example.org", "a@b", "example.org",
	     "\"a@b\"@example.org");
	good("\"a\\\"b\\\\\"@example.org", "a\"b\\", "example.org",
	     "\"a\\\"b\\\\\"@example.org");
	good("\"plain\"@example.org", "plain", "example.org",
	     "plain@example.org");
	good("a..b.@example.org", "a..b.", "example.org",
	     "\"a..b.\"@example.org");
	good("o'brien+x=%y@example.org", "o'brien+x=%y", "example.org",
	     "o'brien+x=%y@example.org");
	good("postmaster", "postmaster", "", "postmaster");
	good("x@[192.0.2.1]", "x", "[192.0.2.1]", "x@[192.0.2.1]");
	good("x@[IPv6:2001:db8::1]", "x", "[ipv6:2001:db8::1]",
	     "x@[ipv6:2001:db8::1]");
	good("x@example.org.", "x", "example.org", "x@example.org");
	good("J\xc3\x96RG@B\xc3\x9c" "CHER.example", "J\xc3\x96RG",
	     "b\xc3\xbc" "cher.example",
	     "J\xc3\x96RG@b\xc3\xbc" "cher.example");
}

static void
test_bad(void)
{
	bad("", ADDRESS_EMPTY);
	bad("<>", ADDRESS_EMPTY);
	bad("<a@b", ADDRESS_SYNTAX);
	bad("<", ADDRESS_SYNTAX);
	bad("@example.org", ADDRESS_SYNTAX);
	bad("a@", ADDRESS_SYNTAX);
	bad("a@.", ADDRESS_SYNTAX);
	bad("a@b..c", ADDRESS_SYNTAX);
	bad("a b@c", ADDRESS_SYNTAX);
	bad("a@b@c", ADDRESS_SYNTAX);
	bad("\"a@b", ADDRESS_SYNTAX);
	bad("\"\"@b", ADDRESS_SYNTAX);
	bad("a\\", ADDRESS_SYNTAX);
	bad("a@[", ADDRESS_SYNTAX);
	bad("a@[]", ADDRESS_SYNTAX);
	bad("a@[1.2.3.4", ADDRESS_SYNTAX);
	bad("a@b c", ADDRESS_SYNTAX);
	bad("a@b'c", ADDRESS_SYNTAX);
	bad("a,b@c", ADDRESS_SYNTAX);
	bad("a\tb@c", ADDRESS_CONTROL);
	bad("a\r\nRCPT TO:<b>@c", ADDRESS_CONTROL);
	bad("a\x7f@c", ADDRESS_CONTROL);
	bad("a\xff@c", ADDRESS_UTF8);
	bad("a\xc0\xaf@c", ADDRESS_UTF8);
	bad("a@\xed\xa0\x80", ADDRESS_UTF8);
}

static void
test_length(void)
{
	struct address address;
	char text[400];

	memset(text, 'a', sizeof(text));
	memcpy(text + 64, "@b", 3);
	tap_is_int(address_parse(mem, text, &address), ADDRESS_OK, "64 bytes");
	memset(text, 'a', sizeof(text));
	memcpy(text + 65, "@b", 3);
	tap_is_int(address_parse(mem, text, &address), ADDRESS_LENGTH, "65");
	tap_is_int((long long)strlen(address.local), 65, "it is there all the "
							 "same");
}

static void
test_fold(void)
{
	struct slice plain = SLICE("plain@x");

	tap_ok(address_fold(mem, plain).data == plain.data, "nothing to do");
	tap_is_slice(address_fold(mem, SLICE("AbC@X.Y")), "abc@x.y", "ASCII");
	tap_is_slice(address_fold(mem, SLICE("\xc3\x84\xc5\xb8\xce\xa9\xd0\x96"
					     "\xc3\x97")),
		     "\xc3\xa4\xc3\xbf\xcf\x89\xd0\xb6\xc3\x97",
		     "Latin, Greek, Cyrillic; a times sign stays");
	tap_is_slice(address_fold(mem, SLICE("A\xff\xc3")), "a\xff\xc3",
		     "what is no UTF-8 stays");
}

static void
test_list(void)
{
	struct slice list = SLICE(" a@b,, \"c,d\"@e ,\"x\\\",y\"@z,last"), item;

	tap_ok(address_next(&list, &item), "a first item");
	tap_is_slice(item, "a@b", "it");
	tap_ok(address_next(&list, &item), "a second item");
	tap_is_slice(item, "\"c,d\"@e", "its comma is quoted");
	tap_ok(address_next(&list, &item), "a third item");
	tap_is_slice(item, "\"x\\\",y\"@z", "its quote is escaped");
	tap_ok(address_next(&list, &item), "a fourth item");
	tap_is_slice(item, "last", "it");
	tap_ok(!address_next(&list, &item), "the end");
}

int
main(void)
{
	mem = mem_context(NULL, "test");
	test_good();
	test_bad();
	test_length();
	test_fold();
	test_list();
	mem_free(mem);
	return tap_done();
}
