/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compressed RTF: the specification's example, references that overlap, damage;
 * and what it holds is found in winmail.dat. */
#include "tap.h"

#include "base/mem.h"
#include "mail/lzfu.h"
#include "mail/tnef.h"

static void *mem;

/* The example of MS-OXRTFCP 3.1.1. */
static const unsigned char example[] = {
	0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 'L', 'Z', 'F', 'u', 0xf1, 0xc5, 0xc7,
	0xa7, 3, 0, 0x0a, 0, 'r', 'c', 'p', 'g', '1', '2', '5', 'B', '2', 0x0a,
	0xf3, ' ', 'h', 'e', 'l', 9, 0, ' ', 'b', 'w', 5, 0xb0, 'l', 'd', '}',
	0x0a, 0x80, 0x0f, 0xa0,
};
static const struct slice sample = { (const char *)example, sizeof(example) };

#define HEAD "\0\0\0\0\0\0\0\0LZFu\0\0\0\0"

static struct slice
read(struct slice bytes, bool *unknown)
{
	return lzfu_read(mem, bytes, unknown);
}

static void
test_texts(void)
{
	bool unknown;

	tap_is_slice(read(sample, &unknown),
		     "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
		     "the example");
	tap_ok(!unknown, "of a known kind");
	/* A letter, then the window from there: what is being written. */
	tap_is_slice(read(SLICE(HEAD "\6x\x0c\xf3\x0d\x50"), &unknown),
		     "xxxxxx", "a reference into itself");
	tap_is_slice(read(SLICE("\0\0\0\0\0\0\0\0MELA\0\0\0\0{\\rtf1}"),
			  &unknown),
		     "{\\rtf1}", "stored");
	tap_is_slice(read(SLICE("\0\0\0\0\0\0\0\0ZIPP\0\0\0\0{\\rtf1}"),
			  &unknown),
		     "", "another kind is not read");
	tap_ok(unknown, "and that is said");
	tap_is_slice(read(SLICE("x"), &unknown), "", "less than a head");
	tap_ok(unknown, "neither");
}

static void
test_damage(void)
{
	bool unknown, whole = true;
	size_t longest = 0;

	for (size_t len = 0; len < sample.len; len++) {
		struct slice text = read(slice_cut(sample, 0, len), &unknown);

		whole &= text.len <= len * 9;
		longest = text.len > longest ? text.len : longest;
	}
	tap_ok(whole && longest > 0, "cut anywhere");
}

static void
put(struct buf *out, uint32_t number, unsigned width)
{
	for (; width-- > 0; number >>= 8)
		buf_char(out, (char)(number & 0xff));
}

static struct tnef
in_tnef(struct slice value)
{
	struct buf list = BUF(mem), out = BUF(mem);

	put(&list, 1, 4); /* one property: type, id, values, length */
	put(&list, 0x102, 2);
	put(&list, 0x1009, 2);
	put(&list, 1, 4);
	put(&list, (uint32_t)value.len, 4);
	buf_slice(&list, value);
	put(&list, 0, (4 - value.len % 4) % 4);
	put(&out, 0x223e9f78, 4);
	put(&out, 1, 2);
	put(&out, 1, 1);
	put(&out, 0x00069003, 4);
	put(&out, (uint32_t)list.len, 4);
	buf_slice(&out, buf_view(&list));
	put(&out, 0, 2);
	return tnef_read(mem, buf_view(&out));
}

static void
test_tnef(void)
{
	struct tnef tnef = in_tnef(sample);

	tap_is_int((long long)tnef.count, 1, "a text in winmail.dat");
	tap_ok(tnef.count == 1 &&
		       slice_starts(tnef.files[0].bytes, "{\\rtf1\\ansi\\an"),
	       "is unpacked");
	tap_is(tnef.problem, NULL, "without complaint");
	tnef = in_tnef(SLICE("what is this? no one knows"));
	tap_ok(tnef.problem != NULL && !tnef.limited,
	       "one that cannot be unpacked is said");
}

int
main(void)
{
	mem = mem_context(NULL, "test");
	test_texts();
	test_damage();
	test_tnef();
	return tap_done();
}
