/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/charset.h"

#include "base/mem.h"
#include "mail/charset_convert.h"
#include "mail/charset_name.h"
#include "mail/unicode.h"

#define CHARSET_REPLACEMENT 0xfffd

/* Windows-1252 where it differs from ISO-8859-1; 0: no character. */
static const unsigned short charset_1252[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
	0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
};

void
charset_put(struct buf *out, unsigned long c)
{
	char bytes[4];
	size_t n = 0;

	if (c < 0x80) {
		bytes[n++] = (char)c;
	} else if (c < 0x800) {
		bytes[n++] = (char)(0xc0 | c >> 6);
		bytes[n++] = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		bytes[n++] = (char)(0xe0 | c >> 12);
		bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
		bytes[n++] = (char)(0x80 | (c & 0x3f));
	} else {
		bytes[n++] = (char)(0xf0 | (c >> 18 & 7));
		bytes[n++] = (char)(0x80 | (c >> 12 & 0x3f));
		bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
		bytes[n++] = (char)(0x80 | (c & 0x3f));
	}
	buf_add(out, bytes, n);
}

/* How many continuation bytes the first byte asks for; overlong and beyond
 * Unicode included, so that a replacement covers them whole. */
static unsigned
charset_follow(unsigned char c)
{
	if (c < 0xc0 || c >= 0xfe)
		return 0;
	return c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf8 ? 3 : c < 0xfc ? 4 : 5;
}

/* One character at p; *size bytes belong to it, or to what is wrong there. */
static long
charset_read(const unsigned char *p, size_t left, size_t *size)
{
	static const long least[] = { 0, 0x80, 0x800, 0x10000 };
	unsigned follow = charset_follow(p[0]);
	long c;

	*size = 1;
	if (p[0] < 0x80)
		return p[0];
	while (*size < left && *size <= follow && (p[*size] & 0xc0) == 0x80)
		++*size;
	if (follow == 0 || follow > 3 || *size <= follow)
		return -1;
	c = p[0] & (0x3f >> follow);
	for (unsigned i = 1; i <= follow; i++)
		c = c << 6 | (p[i] & 0x3f);
	if (c < least[follow] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return -1;
	return c;
}

static bool
charset_is_noncharacter(long c)
{
	return (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

long
charset_next(struct slice utf8, size_t *at)
{
	size_t size;
	long c = charset_read((const unsigned char *)utf8.data + *at,
			      utf8.len - *at, &size);

	*at += c < 0 ? 1 : size;
	return c;
}

bool
charset_is_utf8(struct slice bytes)
{
	size_t size, i = 0;

	while ((i = unicode_ascii_end(bytes, i)) < bytes.len) {
		long c = charset_read((const unsigned char *)bytes.data + i,
				      bytes.len - i, &size);

		if (c < 0 || charset_is_noncharacter(c))
			return false;
		i += size;
	}
	return true;
}

bool
charset_is_ascii(struct slice bytes)
{
	return unicode_ascii_end(bytes, 0) == bytes.len;
}

static struct slice
charset_repair_utf8(void *mem, struct slice bytes)
{
	struct buf out = BUF(mem);
	size_t size;

	for (size_t i = 0; i < bytes.len; i += size) {
		long c = charset_read((const unsigned char *)bytes.data + i,
				      bytes.len - i, &size);

		if (c < 0 || charset_is_noncharacter(c))
			charset_put(&out, CHARSET_REPLACEMENT);
		else
			buf_add(&out, bytes.data + i, size);
	}
	return buf_view(&out);
}

/* SLICE_NONE if strict and a byte is no character of Windows-1252. */
static struct slice
charset_from_1252(void *mem, struct slice bytes, bool strict)
{
	struct buf out = BUF(mem);

	for (size_t i = 0, start = 0;; start = ++i) {
		unsigned long c;

		i = unicode_ascii_end(bytes, i);
		buf_slice(&out, slice_cut(bytes, start, i));
		if (i == bytes.len)
			break;
		c = (unsigned char)bytes.data[i];
		if (c < 0xa0)
			c = charset_1252[c - 0x80];
		if (c == 0) {
			if (strict) {
				mem_free(out.data);
				return SLICE_NONE;
			}
			c = CHARSET_REPLACEMENT;
		}
		charset_put(&out, c);
	}
	return buf_view(&out);
}

/* Without byte order mark nor declared order: Node::detect_utf16, its odd
 * comparison included. NULL if it would give up. */
static const char *
charset_guess_utf16(struct slice bytes)
{
	size_t even = 0, odd = 0, le = 0, be = 0;

	if (slice_starts(bytes, "\xff\xfe") || slice_starts(bytes, "\xfe\xff"))
		return NULL;
	for (size_t i = 0; i < bytes.len; i += 2) {
		unsigned char a = (unsigned char)bytes.data[i];
		unsigned char b = i + 1 == bytes.len ?
					  0 :
					  (unsigned char)bytes.data[i + 1];

		even += (a >> 4) + (a & 15);
		odd += (b >> 4) + (b & 15);
		le += a == 0x20 && b == 0;
		be += a == 0 && b == 0x20;
	}
	le += even > odd * 4;
	be += odd * 4 > even;
	return le > be ? "UTF-16LE" : be > le ? "UTF-16BE" : NULL;
}

/* Skips `word` without regard to case, with one of the bytes in sep between its
 * parts where it has a '?'. Returns what is behind, or NULL. */
static const char *
charset_match(const char *s, const char *word, const char *sep)
{
	for (; *word != '\0'; word++) {
		if (*word == '?') {
			if (*s != '\0' && strchr(sep, *s) != NULL)
				s++;
		} else if (str_lower_char((unsigned char)*s++) != *word) {
			return NULL;
		}
	}
	return s;
}

static bool
charset_is(const char *s, const char *word)
{
	const char *rest = charset_match(s, word, "-");

	return rest != NULL && *rest == '\0';
}

static const char *
charset_digits(const char *s)
{
	while (str_is_digit((unsigned char)*s))
		s++;
	return s;
}

/* Sets whose 7-bit half is ASCII: SpamAssassin does not decode pure ASCII. */
static bool
charset_extends_ascii(const char *declared)
{
	const char *rest;

	if (charset_is(declared, "ascii") || charset_is(declared, "us-ascii") ||
	    charset_is(declared, "iso646-us") ||
	    charset_is(declared, "utf?8") || charset_is(declared, "big5") ||
	    charset_is(declared, "gbk"))
		return true;
	rest = charset_match(declared, "ansi?x3.4-19", "_ ");
	if (rest != NULL && (charset_is(rest, "68") || charset_is(rest, "86")))
		return true;
	rest = charset_match(declared, "iso?8859", " -");
	if (rest != NULL && (*rest == '\0' || *rest == '-')) {
		size_t n;

		if (*rest == '\0')
			return true;
		n = (size_t)(charset_digits(rest + 1) - rest - 1);
		return n >= 1 && n <= 2 && rest[1 + n] == '\0';
	}
	rest = charset_match(declared, "windows-", "");
	if (rest != NULL)
		return charset_digits(rest) == rest + 4 && rest[4] == '\0';
	rest = charset_match(declared, "koi8-", "");
	if (rest == NULL)
		rest = charset_match(declared, "euc-", "");
	if (rest != NULL)
		return str_is_alpha((unsigned char)rest[0]) &&
		       (rest[1] == '\0' ||
			(str_is_alpha((unsigned char)rest[1]) &&
			 rest[2] == '\0'));
	rest = charset_match(declared, "gb?18030", " -");
	return rest != NULL &&
	       (*rest == '\0' || (strncmp(rest, "-20", 3) == 0 &&
				  charset_digits(rest) == rest &&
				  charset_digits(rest + 1) == rest + 5 &&
				  rest[5] == '\0'));
}

static bool
charset_is_western(const char *declared)
{
	return charset_is(declared, "iso?8859-1") ||
	       charset_is(declared, "windows-1252") ||
	       charset_is(declared, "cp1252");
}

/* By the declared name; SLICE_NONE if unknown, or strict and not so. */
static struct slice
charset_declared(void *mem, struct slice bytes, const char *declared,
		 bool strict)
{
	char name[CHARSET_NAME_MAX];

	if (charset_is_western(declared))
		return charset_from_1252(mem, bytes, strict);
	if (charset_is(declared, "utf?8")) {
		if (!strict)
			return charset_repair_utf8(mem, bytes);
		return charset_is_utf8(bytes) ? bytes : SLICE_NONE;
	}
	if (!charset_name(declared, name))
		return SLICE_NONE;
	return charset_convert(mem, bytes, name,
			       strict ? CHARSET_STRICT : CHARSET_REPLACE);
}

/* ASCII and the letters and punctuation that western mail is full of. */
static bool
charset_looks_western(struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.data[i];

		if (c < 0x80 || (c >= 0xc0 && c != 0xd7 && c != 0xdf &&
				 c != 0xf7 && c != 0xff))
			continue;
		if (c == 0 || strchr("\xa0\xa9\xad\x82\x84\x85\x91\x92\x93\x94"
				     "\x95\x96\x97\x99", c) == NULL)
			return false;
	}
	return true;
}

static struct slice
charset_decode(void *mem, struct slice bytes, const char *declared,
	       bool believe, bool *converted)
{
	bool ascii = charset_is_ascii(bytes);
	struct slice result = SLICE_NONE;
	const char *order;

	*converted = false;
	if (ascii && charset_extends_ascii(declared))
		return bytes;
	*converted = true;
	if (!ascii && !believe && charset_is_utf8(bytes))
		return bytes;
	if (!believe && (charset_is(declared, "us-ascii") ||
			 charset_is(declared, "ascii"))) {
		/* has 8-bit bytes, so it is not */
	} else if (charset_match(declared, "utf?16", " -") != NULL) {
		order = charset_guess_utf16(bytes);
		if (order != NULL)
			result = charset_convert(mem, bytes, order,
						 CHARSET_STRICT);
		/* For headers SpamAssassin finds that it could, and then
		 * returns what it was given. */
		if (believe && result.data != NULL)
			return bytes;
	} else {
		result = charset_declared(mem, bytes, declared, !believe);
	}
	if (result.data != NULL)
		return result;
	if (ascii) {
		*converted = false;
		return bytes;
	}
	return charset_from_1252(mem, bytes, charset_looks_western(bytes));
}

struct slice
charset_to_utf8(void *mem, struct slice bytes, const char *declared,
		bool *converted)
{
	bool ignored;

	if (bytes.data == NULL)
		bytes = SLICE("");
	return charset_decode(mem, bytes,
			      declared == NULL ? "us-ascii" : declared, false,
			      converted == NULL ? &ignored : converted);
}

struct slice
charset_believe(void *mem, struct slice bytes, const char *declared)
{
	bool ignored;

	return charset_decode(mem, bytes, declared, true, &ignored);
}

struct slice
charset_for_reader(void *mem, struct slice bytes, const char *declared)
{
	const char *order = charset_guess_utf16(bytes);
	struct slice result;

	if (charset_match(declared, "utf?16", " -") == NULL)
		return charset_believe(mem, bytes, declared);
	if (slice_starts(bytes, "\xff\xfe"))
		order = "UTF-16LE";
	result = charset_convert(mem, bytes, order == NULL ? "UTF-16BE" : order,
				 CHARSET_REPLACE);
	return result.data == NULL ? bytes : result;
}
