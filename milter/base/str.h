/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_STR_H
#define BASE_STR_H

/*
 * Text that may hold any byte. A slice points into memory that somebody else
 * owns and is never NUL-terminated for us; a buf is a byte string that grows.
 * Letters are ASCII letters whatever the locale says.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *data;
	size_t len;
};

#define SLICE(literal) ((struct slice){ (literal), sizeof(literal) - 1 })
#define SLICE_NONE ((struct slice){ NULL, 0 }) /* absent, not empty */

/*
 * What is asked of each byte of a mail stands here in full, so that it costs
 * no call, and no strlen() of a literal.
 */

static inline int
str_lower_char(int c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* blank, \t \n \v \f \r */
static inline bool
str_is_space(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool
str_is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static inline bool
str_is_alpha(int c)
{
	c = str_lower_char(c);
	return c >= 'a' && c <= 'z';
}

static inline bool
str_is_alnum(int c)
{
	return str_is_digit(c) || str_is_alpha(c);
}

/* NULL gives SLICE_NONE. */
static inline struct slice
slice_of(const char *s)
{
	return (struct slice){ s, s == NULL ? 0 : strlen(s) };
}

/* Clamped; of SLICE_NONE remains SLICE_NONE. */
static inline struct slice
slice_cut(struct slice s, size_t start, size_t end)
{
	if (s.data == NULL)
		return s;
	if (end > s.len)
		end = s.len;
	if (start > end)
		start = end;
	return (struct slice){ s.data + start, end - start };
}

/* Clamped. */
static inline struct slice
slice_from(struct slice s, size_t start)
{
	return slice_cut(s, start, s.len);
}

struct slice slice_trim(struct slice s); /* blanks, tabs, CR, LF at both ends */

static inline bool
slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len &&
	       (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool slice_equal_nocase(struct slice a, struct slice b);

/* Equal bytes. */
static inline bool
slice_is(struct slice s, const char *text)
{
	return slice_equal(s, slice_of(text));
}

/* The same, ASCII case folded. */
static inline bool
slice_is_nocase(struct slice s, const char *text)
{
	return s.len == strlen(text) && slice_equal_nocase(s, slice_of(text));
}

static inline bool
slice_starts(struct slice s, const char *prefix)
{
	return s.len >= strlen(prefix) &&
	       slice_is(slice_cut(s, 0, strlen(prefix)), prefix);
}

static inline bool
slice_starts_nocase(struct slice s, const char *prefix)
{
	return s.len >= strlen(prefix) &&
	       slice_equal_nocase(slice_cut(s, 0, strlen(prefix)),
				  slice_of(prefix));
}

bool slice_ends_nocase(struct slice s, const char *suffix);
/* Offset of the first c, or of needle, from start on; s.len if there is
 * none. */
size_t slice_find(struct slice s, size_t start, char c);
/* Offset of the first byte from start on that is no white space; or s.len. */
size_t slice_skip_space(struct slice s, size_t start);
size_t slice_search(struct slice s, size_t start, struct slice needle);
size_t slice_search_nocase(struct slice s, size_t start, struct slice needle);
/* Whether all of it fits a pattern with * and ?, ASCII case folded. */
bool slice_fits(struct slice s, const char *pattern);
/* Takes the next line with its LF off the front; false at the end. */
bool slice_line(struct slice *rest, struct slice *line);
/* Takes the next word (separated by any of the bytes in sep) off the front. */
bool slice_word(struct slice *rest, const char *sep, struct slice *word);
/* A NUL-terminated copy; a NUL inside the slice stays a byte of it. */
char *slice_string(void *mem, struct slice s);
/* FNV-1a, byte by byte, from HASH_BEGIN on. */
#define HASH_BEGIN 2166136261u
static inline uint32_t
hash_byte(uint32_t hash, unsigned char c)
{
	return (hash ^ c) * 16777619u;
}

/* The same of all bytes, with ASCII letters folded, and some signs with them. */
uint32_t slice_hash_nocase(struct slice s);

struct buf {
	void *mem; /* owner of data */
	char *data; /* always NUL-terminated behind len once non-empty */
	size_t len;
	size_t room;
};

#define BUF(owner) ((struct buf){ .mem = (owner) })

/* Room for n bytes and a NUL behind what is there. Who fills it says so by
 * buf_end(). */
char *buf_room(struct buf *buf, size_t n);
void buf_end(struct buf *buf, const char *end);
void buf_add(struct buf *buf, const void *data, size_t n);
void buf_slice(struct buf *buf, struct slice s);
void buf_text(struct buf *buf, const char *text);

static inline void
buf_char(struct buf *buf, char c)
{
	if (buf->len + 1 >= buf->room) {
		buf_add(buf, &c, 1);
		return;
	}
	buf->data[buf->len++] = c;
	buf->data[buf->len] = '\0';
}

void buf_printf(struct buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* As a slice, or as a string (never NULL); valid until the next change. */
struct slice buf_view(const struct buf *buf);
const char *buf_string(struct buf *buf);
void buf_reset(struct buf *buf);

/* A copy with ASCII letters lowered. */
char *str_lower(void *mem, const char *s);
/* Decimal digits and nothing else, at most so many of them, up to 18. */
bool slice_number(struct slice s, size_t digits, uint64_t *number);
/* Decimal with optional sign, whole string; false if not, or out of range. */
bool str_int64(const char *s, int64_t *value);
/* Edit distance, for "did you mean"; bounded at 64 characters. */
unsigned str_distance(const char *a, const char *b);
/*
 * Printable ASCII for logs and headers: other bytes become \xHH, backslash and
 * double quote are escaped, text beyond max bytes becomes "...".
 */
char *str_escape(void *mem, struct slice s, size_t max);
/* The same, and blanks and brackets become \xHH: for <text> in a log line,
 * where a quoted local part must not pass for the end and further words. */
char *str_escape_word(void *mem, struct slice s, size_t max);

#endif
