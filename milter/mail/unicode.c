/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/unicode.h"

#include "base/mem.h"

/* Most text is ASCII, and most of what is not has long runs of it. */
size_t
unicode_ascii_end(struct slice text, size_t at)
{
	uint64_t eight;

	for (; at + sizeof(eight) <= text.len; at += sizeof(eight)) {
		memcpy(&eight, text.data + at, sizeof(eight));
		if (eight & UINT64_C(0x8080808080808080))
			break;
	}
	while (at < text.len && (unsigned char)text.data[at] < 0x80)
		at++;
	return at;
}

unsigned long
unicode_next(struct slice utf8, size_t *at)
{
	unsigned char first = (unsigned char)utf8.data[(*at)++];
	size_t more = first < 0xc2   ? 0
		      : first < 0xe0 ? 1
		      : first < 0xf0 ? 2
		      : first < 0xf5 ? 3
				     : 0;
	unsigned long c = first;

	if (more == 0 || utf8.len - *at < more)
		return first;
	c &= 0x3fu >> more;
	for (size_t i = 0; i < more; i++) {
		unsigned char next = (unsigned char)utf8.data[*at + i];

		if ((next & 0xc0) != 0x80)
			return first;
		c = c << 6 | (next & 0x3f);
	}
	*at += more;
	return c;
}

unsigned long
unicode_previous(struct slice utf8, size_t *at)
{
	size_t end = *at, start = end;

	while (start > 0 && end - start < 4) {
		size_t next = --start;
		unsigned long c;

		if (((unsigned char)utf8.data[start] & 0xc0) == 0x80)
			continue;
		c = unicode_next(slice_cut(utf8, 0, end), &next);
		if (next != end)
			break;
		*at = start;
		return c;
	}
	*at = end - 1;
	return (unsigned char)utf8.data[end - 1];
}

size_t
unicode_length(struct slice utf8)
{
	size_t n = 0, end;

	for (size_t i = 0; i < utf8.len; i++) {
		end = unicode_ascii_end(utf8, i);
		n += end - i;
		i = end;
		n += i < utf8.len &&
		     ((unsigned char)utf8.data[i] & 0xc0) != 0x80;
	}
	return n;
}

bool
unicode_is_space(unsigned long c, bool unicode)
{
	if (c < 0x80)
		return str_is_space((int)c);
	if (!unicode)
		return false;
	return c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
	       c == 0x202f || c == 0x205f || c == 0x3000;
}

/*
 * NEEDSWORK: above Latin-1 the blocks of punctuation and symbols only, not the
 * full table of 755 ranges; it decides nothing but the count "backhair".
 */
static const unsigned long unicode_symbols[][2] = {
	{ 0x2c2, 0x2c5 },     { 0x2d2, 0x2df },	    { 0x55a, 0x55f },
	{ 0x5be, 0x5be },     { 0x5c3, 0x5c3 },	    { 0x60c, 0x60d },
	{ 0x61b, 0x61f },     { 0x66a, 0x66d },	    { 0x964, 0x965 },
	{ 0xe3f, 0xe3f },     { 0x1680, 0x1680 },   { 0x2000, 0x200b },
	{ 0x200e, 0x203e },   { 0x2041, 0x2053 },   { 0x2055, 0x2070 },
	{ 0x207a, 0x207e },   { 0x208a, 0x208e },   { 0x20a0, 0x20cf },
	{ 0x2100, 0x2101 },   { 0x2116, 0x2118 },   { 0x2190, 0x24b5 },
	{ 0x24ea, 0x2bff },   { 0x2e00, 0x2e2e },   { 0x2e30, 0x3004 },
	{ 0x3008, 0x3020 },   { 0x3030, 0x3030 },   { 0x309b, 0x309c },
	{ 0x30a0, 0x30a0 },   { 0x30fb, 0x30fb },   { 0x3200, 0x33ff },
	{ 0xe000, 0xf8ff },   { 0xfe10, 0xfe1f },   { 0xfe30, 0xfe32 },
	{ 0xfe35, 0xfe4c },   { 0xfe50, 0xfe6f },   { 0xfeff, 0xff0f },
	{ 0xff1a, 0xff20 },   { 0xff3b, 0xff3e },   { 0xff40, 0xff40 },
	{ 0xff5b, 0xff65 },   { 0xffe0, 0xffff },   { 0x1f000, 0x1f12f },
	{ 0x1f18a, 0x1fbef }, { 0xe0000, 0xe00ff }, { 0xe01f0, 0x10ffff },
};

bool
unicode_is_word(unsigned long c, bool unicode)
{
	size_t low = 0;
	size_t high = sizeof(unicode_symbols) / sizeof(unicode_symbols[0]);

	if (c < 0x80)
		return str_is_alnum((int)c) || c == '_';
	if (!unicode)
		return false;
	if (c < 0x100)
		return c == 0xaa || c == 0xb5 || c == 0xba ||
		       (c >= 0xc0 && c != 0xd7 && c != 0xf7);
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (c < unicode_symbols[middle][0])
			high = middle;
		else if (c > unicode_symbols[middle][1])
			low = middle + 1;
		else
			return false;
	}
	return true;
}

/* A byte for each character, 0xff for those beyond Latin-1; wide: whether there
 * were such. Text that is all ASCII is returned as it is. */
static struct slice
unicode_narrow(void *mem, struct slice utf8, bool *wide)
{
	struct slice out;
	char *data;

	*wide = false;
	if (unicode_ascii_end(utf8, 0) == utf8.len)
		return utf8;
	data = mem_array(mem, char, utf8.len + 1);
	out = (struct slice){ data, 0 };
	for (size_t at = 0; at < utf8.len;) {
		unsigned long c = unicode_next(utf8, &at);

		*wide = *wide || c > 0xff;
		data[out.len++] = (char)(c > 0xff ? 0xff : c);
	}
	return out;
}

struct slice
unicode_to_places(void *mem, struct slice utf8)
{
	bool wide;

	return unicode_narrow(mem, utf8, &wide);
}

struct slice
unicode_to_latin1(void *mem, struct slice utf8)
{
	bool wide;
	struct slice out = unicode_narrow(mem, utf8, &wide);

	return wide ? utf8 : out;
}
