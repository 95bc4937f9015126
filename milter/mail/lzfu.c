/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/lzfu.h"

#include <string.h>

#include "base/mem.h"
#include "mail/little.h"

#define LZFU_HEAD 16 /* length here, length of the text, kind, checksum */
#define LZFU_COMPRESSED 0x75465a4cu
#define LZFU_STORED 0x414c454du
#define LZFU_WINDOW 4096u
#define LZFU_SHORTEST 2 /* bytes that a reference stands for */

/* What the window holds before the first byte. */
static const char lzfu_start[] =
	"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman "
	"\\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes "
	"New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
	"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

#define LZFU_START (sizeof(lzfu_start) - 1)
_Static_assert(LZFU_START == 207, "as the format has it");

struct lzfu {
	struct buf out;
	char window[LZFU_WINDOW];
	unsigned at; /* in the window */
};

static void
lzfu_put(struct lzfu *lzfu, char c)
{
	lzfu->window[lzfu->at] = c;
	lzfu->at = (lzfu->at + 1) % LZFU_WINDOW;
	buf_char(&lzfu->out, c);
}

/* False: it is the reference that ends the text. */
static bool
lzfu_refer(struct lzfu *lzfu, unsigned char high, unsigned char low)
{
	unsigned from = (unsigned)high << 4 | low >> 4;
	unsigned count = (low & 15u) + LZFU_SHORTEST;

	if (from == lzfu->at)
		return false;
	for (; count > 0; count--, from = (from + 1) % LZFU_WINDOW)
		lzfu_put(lzfu, lzfu->window[from]);
	return true;
}

static struct slice
lzfu_expand(void *mem, struct slice in)
{
	struct lzfu *lzfu = mem_new(mem, struct lzfu);
	const unsigned char *bytes = (const unsigned char *)in.data;
	size_t at = 0;

	lzfu->out = BUF(mem);
	buf_text(&lzfu->out, "");
	memcpy(lzfu->window, lzfu_start, LZFU_START);
	lzfu->at = LZFU_START;
	while (at < in.len) {
		unsigned kinds = bytes[at++];

		for (int i = 0; i < 8; i++, kinds >>= 1) {
			bool refers = (kinds & 1) != 0;

			if (in.len - at < (refers ? 2u : 1u))
				return buf_view(&lzfu->out);
			if (!refers)
				lzfu_put(lzfu, in.data[at]);
			else if (!lzfu_refer(lzfu, bytes[at], bytes[at + 1]))
				return buf_view(&lzfu->out);
			at += refers ? 2 : 1;
		}
	}
	return buf_view(&lzfu->out);
}

struct slice
lzfu_read(void *mem, struct slice bytes, bool *unknown)
{
	uint32_t kind = bytes.len < LZFU_HEAD ? 0 : little32(bytes, 8);

	*unknown = kind != LZFU_COMPRESSED && kind != LZFU_STORED;
	bytes = slice_from(bytes, LZFU_HEAD);
	if (kind == LZFU_COMPRESSED)
		return lzfu_expand(mem, bytes);
	return kind == LZFU_STORED ? bytes : SLICE("");
}
