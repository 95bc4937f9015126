/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Character sets: what is believed, what is guessed, what is repaired. */
#include "mail/charset.h"

#include "base/mem.h"
#include "tap.h"

struct example {
	const char *declared; /* NULL: none */
	const char *bytes;
	const char *wanted;
	bool converted;
};

static const struct example examples[] = {
	{ NULL, "plain", "plain", false },
	{ NULL, "caf\xe9", "caf\xc3\xa9", true },
	{ "us-ascii", "caf\xc3\xa9", "caf\xc3\xa9", true },
	{ "koi8-r", "\xc3\xa9", "\xc3\xa9", true }, /* UTF-8 comes first */
	{ "koi8-r", "\xf0\xd2", "\xd0\x9f\xd1\x80", true },
	{ "iso-8859-1", "\x93x\x94", "\xe2\x80\x9cx\xe2\x80\x9d", true },
	{ "unknown", "\xe9\x81", "\xc3\xa9\xef\xbf\xbd", true },
	{ "iso-2022-jp", "\033$B%F\033(B.", "\xe3\x83\x86.", true },
	{ "shift_jis", "\x83\x65\\~", "\xe3\x83\x86\\~", true },
	{ "euc-jp", "\xad\xa1", "\xe2\x91\xa0", true },
	/* Perl's Encode takes this name for the set without its escapes. */
	{ "hz-gb-2312", "~{Dc:C~}", "~{Dc:C~}", true },
	{ "windows-1258", "b\xe3" "c", "b\xc4\x83" "c", true },
	{ "windows-1258", "\xe3 joe", "\xc4\x83 joe", true },
	{ "hz", "~{Dc:C~}", "\xe4\xbd\xa0\xe5\xa5\xbd", true },
	{ "gb18030", "\xc4\xe3", "\xe4\xbd\xa0", true },
	{ "utf-7", "+AOk-", "\xc3\xa9", true },
	{ "utf-8", "\xef\xbf\xbf", "\xc3\xaf\xc2\xbf\xc2\xbf", true },
};

int
main(void)
{
	void *mem = mem_context(NULL, "test");
	size_t at = 0;
	bool converted;

	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
		const struct example *e = &examples[i];
		struct slice got = charset_to_utf8(mem, slice_of(e->bytes),
						   e->declared, &converted);

		tap_is_slice(got, e->wanted,
			     e->declared == NULL ? "none" : e->declared);
		tap_ok(converted == e->converted, "as characters or bytes");
	}
	tap_is_slice(charset_to_utf8(mem, SLICE("\0a\0 \0b"), "utf-16", NULL),
		     "a b", "UTF-16 without mark");
	tap_is_slice(charset_believe(mem, SLICE("\xc3\xa9\xff"), "us-ascii"),
		     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
		     "a word's charset is believed");
	tap_ok(!charset_is_utf8(SLICE("\xed\xa0\x80")), "no surrogates");
	tap_ok(!charset_is_utf8(SLICE("\xc0\x80")), "no overlong forms");
	tap_is_int(charset_next(SLICE("\xe2\x82\xac"), &at), 0x20ac, "euro");
	tap_is_int((long long)at, 3, "three bytes");
	at = 0;
	tap_is_int(charset_next(SLICE("\xe2\x82"), &at), -1, "cut off");
	tap_is_int((long long)at, 1, "one byte on");
	tap_ok(charset_preload() > 60, "converters load");
	mem_free(mem);
	return tap_done();
}
