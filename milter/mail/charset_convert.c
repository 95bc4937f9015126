/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/charset_convert.h"

#include <errno.h>
#include <iconv.h>

#include "base/mem.h"
#include "mail/charset.h"
#include "mail/charset_name.h"
#include "mail/charset_seven.h"
#include "mail/decode.h"

#define CHARSET_NO_CONVERTER ((iconv_t)-1)

/* After so many errors nobody reads on: body rules see 50,000 characters, and
 * an error is at least one. The rest is taken byte by byte. */
#define CONVERT_ERRORS_MAX 100000

struct conversion {
	iconv_t converter;
	iconv_t nec; /* EUC-JP's row 13, opened when needed */
	enum charset_mode mode;
	bool euc, euc_jp;
	bool unicode; /* here a character cut off by the end is an error */
	char *in;
	size_t left;
	size_t errors;
	size_t foreign; /* `left` at the next byte that is none of the set's */
	struct buf out;
};

/* Bytes that no EUC set uses; glibc takes them for control characters. */
static bool
convert_is_foreign(const struct conversion *c, unsigned char byte)
{
	if (!c->euc || byte < 0x80 || byte > 0x9f)
		return false;
	return !c->euc_jp || (byte != 0x8e && byte != 0x8f);
}

/* Converts up to the next byte that is none of the set's. Returns 0, or errno
 * of what it stopped at. */
static int
convert_step(struct conversion *c)
{
	char room[4096], *to = room;
	size_t space = sizeof(room), run, result;

	/* Searched once for each such byte, not once for each error. */
	if (c->foreign >= c->left) {
		for (run = 0; run < c->left &&
			      !convert_is_foreign(c, (unsigned char)c->in[run]);
		     run++)
			;
		c->foreign = c->left - run;
	}
	run = c->left - c->foreign;
	if (run == 0)
		return EILSEQ;
	c->left -= run;
	do {
		to = room;
		space = sizeof(room);
		result = iconv(c->converter, &c->in, &run, &to, &space);
		buf_add(&c->out, room, sizeof(room) - space);
	} while (result == (size_t)-1 && errno == E2BIG);
	c->left += run;
	if (result != (size_t)-1)
		return 0;
	/* Cut off by a foreign byte is not the same as by the end. */
	return errno == EINVAL && c->left > run ? EILSEQ : errno;
}

/* The circled numbers and such that Perl's euc-jp has and glibc's has not. */
static bool
convert_nec(struct conversion *c)
{
	char room[16], *to = room, *in = c->in;
	size_t space = sizeof(room), two = 2;

	if (!c->euc_jp || c->left < 2 || (unsigned char)c->in[0] != 0xad)
		return false;
	if (c->nec == CHARSET_NO_CONVERTER)
		c->nec = iconv_open("UTF-8", "EUC-JP-MS");
	if (c->nec == CHARSET_NO_CONVERTER ||
	    iconv(c->nec, &in, &two, &to, &space) == (size_t)-1)
		return false;
	buf_add(&c->out, room, sizeof(room) - space);
	c->in += 2;
	c->left -= 2;
	return true;
}

/* Takes one byte that is no character, or that is no longer looked at. */
static void
convert_byte(struct conversion *c)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char byte = (unsigned char)*c->in;
	char text[4] = { '\\', 'x', digits[byte >> 4], digits[byte & 15] };

	c->in++;
	c->left--;
	if (c->errors > CONVERT_ERRORS_MAX && byte < 0x80)
		buf_char(&c->out, (char)byte);
	else if (c->mode == CHARSET_QUOTE)
		buf_add(&c->out, text, sizeof(text));
	else
		charset_put(&c->out, 0xfffd);
}

/* Deals with what a step stopped at; false if that ends the conversion. */
static bool
convert_pass(struct conversion *c, int error)
{
	if (error == EILSEQ && convert_nec(c))
		return true;
	if (error == EINVAL && (c->mode != CHARSET_STRICT || !c->unicode)) {
		c->left = 0;
		return true;
	}
	if (c->mode == CHARSET_STRICT)
		return false;
	c->errors++;
	do {
		convert_byte(c);
	} while (c->errors > CONVERT_ERRORS_MAX && c->left > 0);
	return true;
}

/* Replaces one character by an ASCII one, in place. */
static void
convert_map(struct buf *out, const char *from, char to)
{
	size_t n = strlen(from), len = 0;
	struct slice all = buf_view(out);

	if (slice_search(all, 0, slice_of(from)) == all.len)
		return;
	for (size_t i = 0; i < all.len; len++) {
		bool hit = slice_starts(slice_from(all, i), from);

		out->data[len] = hit ? to : out->data[i];
		i += hit ? n : 1;
	}
	out->len = len;
}

/* A letter that waited for an accent to follow, as in Windows-1258. */
static void
convert_flush(struct conversion *c)
{
	char room[64], *to = room;
	size_t space = sizeof(room);

	if (iconv(c->converter, NULL, NULL, &to, &space) != (size_t)-1)
		buf_add(&c->out, room, sizeof(room) - space);
}

static struct slice
convert_iconv(void *mem, struct slice bytes, const char *name,
	      enum charset_mode mode)
{
	struct conversion c = {
		.converter = iconv_open("UTF-8", name),
		.nec = CHARSET_NO_CONVERTER,
		.mode = mode,
		.euc = strncmp(name, "EUC-", 4) == 0,
		.unicode = name[0] == 'U' && name[1] != 'S',
		.euc_jp = strcmp(name, "EUC-JP") == 0,
		.in = (char *)bytes.data,
		.left = bytes.len,
		.foreign = SIZE_MAX,
		.out = BUF(mem),
	};
	bool good = true;

	if (c.converter == CHARSET_NO_CONVERTER)
		return SLICE_NONE;
	while (good && c.left > 0) {
		int error = convert_step(&c);

		good = error == 0 || convert_pass(&c, error);
	}
	convert_flush(&c);
	iconv_close(c.converter);
	if (c.nec != CHARSET_NO_CONVERTER)
		iconv_close(c.nec);
	if (!good) {
		mem_free(c.out.data);
		return SLICE_NONE;
	}
	/* Yen, overline and won stand where mail means ASCII. */
	if (strcmp(name, "SHIFT_JIS") == 0) {
		convert_map(&c.out, "\xc2\xa5", '\\');
		convert_map(&c.out, "\xe2\x80\xbe", '~');
	}
	if (strcmp(name, "JOHAB") == 0)
		convert_map(&c.out, "\xe2\x82\xa9", '\\');
	return buf_view(&c.out);
}

/* A surrogate without its other half becomes U+FFFD, a last odd byte goes. */
static struct slice
convert_utf16be(struct buf *out, struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.data;

	for (size_t i = 0; i + 1 < s.len; i += 2) {
		unsigned long c = (unsigned long)p[i] << 8 | p[i + 1], low;

		if (c >= 0xd800 && c < 0xdc00 && i + 3 < s.len) {
			low = (unsigned long)p[i + 2] << 8 | p[i + 3];
			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + low -
				    0xdc00;
				i += 2;
			}
		}
		charset_put(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	}
	return buf_view(out);
}

/* Behind the base64 letters that a '+' at `at` opens, and behind a '-'. */
static size_t
convert_utf7_end(struct slice s, size_t at, struct slice *letters)
{
	size_t end = at + 1;

	while (end < s.len && (str_is_alnum((unsigned char)s.data[end]) ||
			       s.data[end] == '+' || s.data[end] == '/'))
		end++;
	*letters = slice_cut(s, at + 1, end);
	return end < s.len && s.data[end] == '-' ? end + 1 : end;
}

/* As Perl's Encode reads UTF-7: nothing is an error, 8-bit bytes are
 * Latin-1. */
static struct slice
convert_utf7(void *mem, struct slice s)
{
	void *scratch = mem_context(mem, "utf-7");
	struct buf out = BUF(mem), pairs = BUF(scratch);
	struct slice letters, bytes;

	for (size_t i = 0; i < s.len;) {
		if (s.data[i] != '+') {
			charset_put(&out, (unsigned char)s.data[i++]);
			continue;
		}
		i = convert_utf7_end(s, i, &letters);
		if (letters.len == 0) {
			buf_char(&out, '+');
			continue;
		}
		buf_reset(&pairs);
		bytes = decode_base64_pieces(scratch, letters);
		buf_slice(&out, convert_utf16be(&pairs, bytes));
		mem_free((char *)bytes.data);
	}
	mem_free(scratch);
	return buf_view(&out);
}

struct slice
charset_convert(void *mem, struct slice bytes, const char *name,
		enum charset_mode mode)
{
	const struct seven *seven = charset_seven(name);

	if (strcmp(name, "UTF-7") == 0)
		return convert_utf7(mem, bytes);
	if (seven == NULL)
		return convert_iconv(mem, bytes, name, mode);
	return convert_iconv(mem, seven->convert(mem, bytes), seven->euc,
			     seven->quote ? CHARSET_QUOTE : mode);
}

size_t
charset_preload(void)
{
	/* Those that no mail names, but that are used. */
	static const char *const others[] = { "EUC-JP-MS", "UTF-16LE",
					      "UTF-16BE" };
	char name[CHARSET_NAME_MAX];
	size_t count = 0;

	/* Kept on purpose: a set stays loaded while somebody has it open. */
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		count += iconv_open("UTF-8", others[i]) != CHARSET_NO_CONVERTER;
	for (size_t i = 0; charset_name_at(i, name); i++)
		count += iconv_open("UTF-8", name) != CHARSET_NO_CONVERTER;
	return count;
}
