/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Broken base64 and quoted-printable, as different programs decode them. */
#include "tap.h"

#include "base/mem.h"
#include "mail/habits.h"

static void *mem;

struct habit_case {
	enum habit habit;
	const char *in, *out, *what;
};

static const struct habit_case cases[] = {
	{ HABIT_NONE, "Q2F0", "Q2F0", "as it stands" },
	{ HABIT_BASE64, "Q2=QQ", "CA", "'=' ends a group" },
	{ HABIT_BASE64, "Q#2F0", "Cat", "foreign bytes are skipped" },
	{ HABIT_BASE64_SKIP, "Q2=F0", "Cat", "'=' is skipped" },
	{ HABIT_BASE64_STOP, "Q2F0Q2=F0", "CatC", "'=' ends it all" },
	{ HABIT_BASE64_STRICT, "Q2F0#Q2F0", "Cat", "so does a foreign byte" },
	{ HABIT_BASE64_DROP_LINE, "Q2F0\nQ#F0\nQ2F0", "CatCat",
	  "lines with a foreign byte are left out" },
	{ HABIT_BASE64_CUT_LINE, "Q2F#zzz\n0", "Cat", "or cut there" },
	{ HABIT_BASE64_LINES, "A\nQ2F0\nQ2\nQQ", "CatCA",
	  "each line stands alone" },
	{ HABIT_BASE64_WHOLE, "Q2F0XX\nQ2F0X", "CatCat", "whole groups only" },
	{ HABIT_BASE64_URL, "-_-_", "\xfb\xff\xbf", "the letters of URLs" },
	{ HABIT_QP, "a=3D=\nb", "a=b", "quoted-printable" },
	{ HABIT_QP_SKIP, "==3D=x", "=x", "a '=' that is no escape goes" },
	{ HABIT_QP_SKIP_BLANKS, "=  x=41", "xA", "with blanks" },
	{ HABIT_QP_SKIP_TWO, "=XX=41", "A", "with two bytes" },
	{ HABIT_QP_STRICT, "=41= \nb==42", "A= \nb=B", "or nothing goes" },
	{ HABIT_QP_BARE, "\t=41=\r\n\n \t=4\r2\xff", "AB",
	  "what must not be there goes first" },
	{ HABIT_UU, "", "", "nothing" },
	{ HABIT_UU, "begin 644 a\n#0V%T\n`\nend\n", "Cat", "uuencode" },
};

static void
test_clean(void)
{
	tap_ok(habit_base64_is_clean(SLICE("Q2F0Q2F0\r\nQ2F0\r\n")),
	       "clean base64");
	tap_ok(habit_base64_is_clean(SLICE("Q2F0Q2E=\n")), "with padding");
	tap_ok(!habit_base64_is_clean(SLICE("Q2E=Q2F0")), "padding inside");
	tap_ok(!habit_base64_is_clean(SLICE("Q2F\n0")), "groups over lines");
	tap_ok(!habit_base64_is_clean(SLICE("Q2F\r\r=")),
	       "nor may its padding stand on another line");
	tap_ok(!habit_base64_is_clean(SLICE("Q2F0Q")), "an odd end");
	tap_ok(!habit_base64_is_clean(SLICE("Q2F0-")), "a foreign byte");
	tap_ok(habit_qp_is_clean(SLICE("caf=E9 =\r\nx=\n=")), "clean QP");
	tap_ok(!habit_qp_is_clean(SLICE("caf\xe9")), "8-bit is not");
	tap_ok(habit_qp_is_sound(SLICE("caf\xe9")), "but sound");
	tap_ok(!habit_qp_is_sound(SLICE("a==3D")), "a '=' too many");
	tap_ok(!habit_qp_is_sound(SLICE("a\rb")), "CR alone");
	tap_ok(habit_base64_is_likely(
		       SLICE("Q2F0Q2F0Q2F0Q2F0\nQ2F0Q2F0Q2F0\nQ2F=\n")),
	       "likely base64");
	tap_ok(!habit_base64_is_likely(SLICE("Internationalization")),
	       "not a word");
	tap_ok(!habit_base64_is_likely(
		       SLICE("Two words and more of them in a line\n")),
	       "not a text");
	tap_ok(habit_uu_is_likely(SLICE("#0V%T\n#0V%T\n`\n")), "likely uu");
	tap_ok(!habit_uu_is_likely(SLICE("Dear friend,\n\nhow are you?\n")),
	       "not a text");
}

int
main(void)
{
	mem = mem_context(NULL, "test");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		tap_is_slice(habit_decode(mem, cases[i].habit,
					  slice_of(cases[i].in)),
			     cases[i].out, cases[i].what);
	test_clean();
	return tap_done();
}
