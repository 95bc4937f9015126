/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files inside a text: uuencode, its base64 sister, yEnc, BinHex. */
#include "tap.h"

#include "base/clock.h"
#include "base/mem.h"
#include "mail/embedded.h"

static void *mem;

/* "name=bytes" of each, with blanks between. */
static const char *
found(struct slice text)
{
	struct buf out = BUF(mem);
	struct embedded embedded;
	size_t at = 0;

	while (embedded_next(mem, text, &at, &embedded)) {
		buf_printf(&out, "%s%s=", out.len == 0 ? "" : " ",
			   embedded.name);
		buf_slice(&out, embedded.bytes);
	}
	return buf_string(&out);
}

static void
test_uuencode(void)
{
	tap_is(found(SLICE("x\nbegin 644 a b\n#0V%T\n`\nend\ny\n")), "a b=Cat",
	       "uuencode");
	tap_is(found(SLICE("begin 644 a\r\n#0V%T\r\n`\r\nend\r\n")), "a=Cat",
	       "with CRLF");
	tap_is(found(SLICE("begin 644 a\r#0V%T\r`\rend\r")), "a=Cat",
	       "with CR alone");
	tap_is(found(SLICE("begin-base64 644 a\nQ2F0\n====\n")), "a=Cat",
	       "in base64");
	tap_is(found(SLICE("begin 644 a\n#0V%T\nbegin 644 b\n#0V%T\nend\n")),
	       "a=Cat b=Cat", "one without an end hides no other");
	tap_is(found(SLICE("begin 644 a\n#0V%T")), "a=Cat", "cut off");
	tap_is(found(SLICE("begin with a word\nbegin 9 x\n")), "",
	       "not every beginning");
	tap_is_slice(embedded_uu_lines(mem, SLICE("\nbegin 644 a\n#0V%T\n`\n")),
		     "Cat", "the lines alone, with a beginning");
	tap_is_slice(embedded_uu_lines(mem, SLICE("#0V%T\nend\n")), "Cat",
		     "and without");
}

static void
test_yenc(void)
{
	tap_is(found(SLICE("=ybegin line=128 size=3 name=a b.c\n"
			   "m\x8b\x9e\n=yend size=3\n")),
	       "a b.c=Cat", "yEnc");
	tap_is(found(SLICE("=ybegin part=1 line=128 size=3 name=a\n"
			   "=ypart begin=1 end=3\nm=\xcb\x9e\n=yend\n")),
	       "a=Cat", "in parts, with an escape");
	tap_is(found(SLICE("=ybegin line=128 size=3\nm\x8b\x9e\n"
			   "begin 644 b\n#0V%T\nend\n")),
	       "=Cat b=Cat", "one without an end hides no other");
}

static void
test_binhex(void)
{
	static const char text[] =
		"(This file must be converted with BinHex 4.0)\n\n"
		":!f%ZBJ\"849K8G(4iG!#3\"3d!N!C$BA53!(L3#3#3\"!:\n";

	tap_is(found(SLICE("(This file must be converted with BinHex 4.0)\n"
			   "nothing\n")),
	       "=", "BinHex that is none");
	tap_is(found(SLICE(text)), "a.b=Cat\x90xxxxxxxxx", "BinHex");
}

/* Runs are counted: little makes much, up to a bound. */
static void
test_bomb(void)
{
	struct buf out = BUF(mem);
	struct embedded embedded;
	size_t at = 0;
	int64_t start = clock_ms();

	buf_text(&out, "(This file must be converted with BinHex 4.0)\n:");
	/* 0x90 0xff, again and again. */
	for (int i = 0; i < 1000000; i++)
		buf_text(&out, "R9qrm3[r");
	buf_text(&out, ":");
	tap_ok(embedded_next(mem, buf_view(&out), &at, &embedded),
	       "a bomb is found");
	tap_ok(embedded.bytes.len < 128u << 20, "and bounded");
	buf_reset(&out);
	for (int i = 0; i < 200000; i++)
		buf_text(&out, "(This file must be converted with BinHex\n");
	at = 0;
	while (embedded_next(mem, buf_view(&out), &at, &embedded))
		;
	tap_ok(clock_ms() - start < 5000 * TAP_PATIENCE, "in no time");
}

int
main(void)
{
	mem = mem_context(NULL, "test");
	test_uuencode();
	test_yenc();
	test_binhex();
	test_bomb();
	return tap_done();
}
