/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"

static struct digest_key key;

static const char *
digest_of(struct slice bytes, size_t step)
{
	static char text[DIGEST_HEX + 1];
	struct digest_state state;
	struct digest digest;

	digest_begin(&state, &key);
	for (size_t i = 0; i < bytes.len; i += step)
		digest_add(&state, slice_cut(bytes, i, i + step));
	digest_end(&state, &digest);
	digest_print(digest.bytes, text);
	return text;
}

/* The figures are those of openssl: openssl mac -macopt size:16 -macopt
 * hexkey:000102030405060708090a0b0c0d0e0f SipHash */
static void
test_known(void)
{
	char text[64];

	for (size_t i = 0; i < sizeof(key.bytes); i++)
		key.bytes[i] = (unsigned char)i;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)i;
	tap_is(digest_of(SLICE(""), 1), "a3817f04ba25a8e66df67214c7550293",
	       "of nothing");
	tap_is(digest_of(SLICE("ispfilter"), 9),
	       "cd7d410ad0d8a996ec158dbb2abbc487", "of nine bytes");
	tap_is(digest_of((struct slice){ text, 64 }, 64),
	       "1eaf077dc0d4cd3f8cad4d383658a74b", "of 64 bytes");
}

static void
test_pieces(void)
{
	struct slice text = SLICE("A text that comes in pieces of any size, "
				  "wherever it was cut");
	char whole[DIGEST_HEX + 1];
	bool same = true;

	snprintf(whole, sizeof(whole), "%s", digest_of(text, text.len));
	for (size_t step = 1; step < text.len; step++)
		same &= strcmp(whole, digest_of(text, step)) == 0;
	tap_ok(same, "pieces make no difference");
}

static void
test_text(void)
{
	struct digest_key one, two;
	struct digest digest;

	digest_key_new(&one);
	digest_key_new(&two);
	tap_ok(memcmp(&one, &two, sizeof(one)) != 0, "keys differ");
	tap_ok(digest_read(SLICE("a3817f04ba25a8e66df67214c7550293"),
			   digest.bytes) && digest.bytes[0] == 0xa3 &&
		       digest.bytes[15] == 0x93,
	       "text is read");
	tap_ok(!digest_read(SLICE("a3817f04ba25a8e66df67214c755029"),
			    digest.bytes),
	       "a short one is not");
	tap_ok(!digest_read(SLICE("A3817f04ba25a8e66df67214c7550293"),
			    digest.bytes),
	       "nor other digits");
}

int
main(void)
{
	test_known();
	test_pieces();
	test_text();
	return tap_done();
}
