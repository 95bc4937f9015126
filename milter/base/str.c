/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SEARCH_SHORT 32 /* bytes of a needle */

struct slice
slice_trim(struct slice s)
{
	while (s.len > 0 && str_is_space((unsigned char)s.data[0])) {
		s.data++;
		s.len--;
	}
	while (s.len > 0 && str_is_space((unsigned char)s.data[s.len - 1]))
		s.len--;
	return s;
}

bool
slice_equal_nocase(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (a.data[i] != b.data[i] &&
		    str_lower_char((unsigned char)a.data[i]) !=
			    str_lower_char((unsigned char)b.data[i]))
			return false;
	return true;
}

bool
slice_ends_nocase(struct slice s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.len >= n && slice_is_nocase(slice_from(s, s.len - n), suffix);
}

size_t
slice_skip_space(struct slice s, size_t start)
{
	while (start < s.len && str_is_space((unsigned char)s.data[start]))
		start++;
	return start;
}

size_t
slice_find(struct slice s, size_t start, char c)
{
	const char *hit;

	if (start >= s.len)
		return s.len;
	hit = memchr(s.data + start, c, s.len - start);
	return hit == NULL ? s.len : (size_t)(hit - s.data);
}

/*
 * Short needles begin with a byte that is rare, most of them, but for a blank.
 * That much memchr() finds faster than memmem(), which reads byte by byte;
 * long ones might meet with what was made to begin like them everywhere.
 */
size_t
slice_search(struct slice s, size_t start, struct slice needle)
{
	size_t key = needle.len > 1 && needle.data[0] == ' ';
	const char *at, *end;

	if (start >= s.len || needle.len == 0)
		return needle.len == 0 && start < s.len ? start : s.len;
	if (needle.len > s.len - start)
		return s.len;
	if (needle.len > SEARCH_SHORT) {
		at = memmem(s.data + start, s.len - start, needle.data,
			    needle.len);
		return at == NULL ? s.len : (size_t)(at - s.data);
	}
	at = s.data + start + key;
	end = s.data + s.len - needle.len + key + 1;
	while ((at = memchr(at, needle.data[key], (size_t)(end - at)))) {
		if (memcmp(at - key, needle.data, needle.len) == 0)
			return (size_t)(at - key - s.data);
		at++;
	}
	return s.len;
}

/* The byte of a needle by which it is found first: one that has no case, and is
 * no blank if there is another; needle.len: there is none. */
static size_t
slice_key(struct slice needle)
{
	size_t key = needle.len;

	for (size_t i = 0; i < needle.len; i++) {
		if (str_is_alpha((unsigned char)needle.data[i]))
			continue;
		key = i;
		if (needle.data[i] != ' ')
			break;
	}
	return key;
}

size_t
slice_search_nocase(struct slice s, size_t start, struct slice needle)
{
	size_t key = slice_key(needle), at;

	for (size_t i = start; i < s.len && s.len - i >= needle.len; i++) {
		if (key < needle.len) {
			at = slice_find(s, i + key, needle.data[key]);
			i = at - key;
		}
		if (slice_equal_nocase(slice_cut(s, i, i + needle.len), needle))
			return i;
	}
	return s.len;
}

/* The usual walk: after a mismatch the last star takes one more. */
bool
slice_fits(struct slice s, const char *pattern)
{
	const char *star = NULL;
	size_t at = 0, retry = 0;

	for (;;) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = at;
		} else if (*pattern == '\0' && at == s.len) {
			return true;
		} else if (*pattern != '\0' && at < s.len &&
			   (*pattern == '?' ||
			    str_lower_char((unsigned char)*pattern) ==
				    str_lower_char((unsigned char)
							   s.data[at]))) {
			pattern++;
			at++;
		} else if (star != NULL && retry < s.len) {
			pattern = star;
			at = ++retry;
		} else {
			return false;
		}
	}
}

bool
slice_line(struct slice *rest, struct slice *line)
{
	size_t end;

	if (rest->len == 0)
		return false;
	end = slice_find(*rest, 0, '\n');
	*line = slice_cut(*rest, 0, end + 1);
	*rest = slice_from(*rest, line->len);
	return true;
}

static bool
slice_is_separator(const char *sep, char c)
{
	while (*sep != '\0' && *sep != c)
		sep++;
	return *sep != '\0';
}

bool
slice_word(struct slice *rest, const char *sep, struct slice *word)
{
	size_t start = 0, end;

	while (start < rest->len && slice_is_separator(sep, rest->data[start]))
		start++;
	if (start == rest->len)
		return false;
	end = start;
	while (end < rest->len && !slice_is_separator(sep, rest->data[end]))
		end++;
	*word = slice_cut(*rest, start, end);
	*rest = slice_from(*rest, end);
	return true;
}

char *
slice_string(void *mem, struct slice s)
{
	return mem_strndup(mem, s.data, s.len);
}

uint32_t
slice_hash_nocase(struct slice s)
{
	uint32_t hash = HASH_BEGIN;

	for (size_t i = 0; i < s.len; i++)
		hash = hash_byte(hash, (unsigned char)s.data[i] | 0x20u);
	return hash;
}

char *
buf_room(struct buf *buf, size_t n)
{
	if (buf->room - buf->len <= n || buf->data == NULL) {
		size_t room = buf->room < 64 ? 64 : buf->room;

		while (room - buf->len <= n)
			room *= 2;
		buf->data = mem_resize(buf->mem, buf->data, room);
		buf->room = room;
	}
	return buf->data + buf->len;
}

void
buf_end(struct buf *buf, const char *end)
{
	buf->len = (size_t)(end - buf->data);
	buf->data[buf->len] = '\0';
}

void
buf_add(struct buf *buf, const void *data, size_t n)
{
	char *to = buf_room(buf, n);

	if (n != 0)
		memcpy(to, data, n);
	buf_end(buf, to + n);
}

void
buf_slice(struct buf *buf, struct slice s)
{
	buf_add(buf, s.data, s.len);
}

void
buf_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	char small[256];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(small, sizeof(small), format, args);
	va_end(args);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(small)) {
		char *large = mem_array(buf->mem, char, (size_t)n + 1);

		va_start(args, format);
		vsnprintf(large, (size_t)n + 1, format, args);
		va_end(args);
		buf_add(buf, large, (size_t)n);
		mem_free(large);
		return;
	}
	buf_add(buf, small, (size_t)n);
}

struct slice
buf_view(const struct buf *buf)
{
	return (struct slice){ buf->data == NULL ? "" : buf->data, buf->len };
}

const char *
buf_string(struct buf *buf)
{
	return buf->data == NULL ? "" : buf->data;
}

void
buf_reset(struct buf *buf)
{
	buf->len = 0;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

char *
str_lower(void *mem, const char *s)
{
	char *copy = mem_strdup(mem, s);

	for (char *p = copy; *p != '\0'; p++)
		*p = (char)str_lower_char((unsigned char)*p);
	return copy;
}

bool
slice_number(struct slice s, size_t digits, uint64_t *number)
{
	uint64_t sum = 0;

	if (s.len == 0 || s.len > digits || digits > 18)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!str_is_digit((unsigned char)s.data[i]))
			return false;
		sum = 10 * sum + (uint64_t)(s.data[i] - '0');
	}
	*number = sum;
	return true;
}

bool
str_int64(const char *s, int64_t *value)
{
	long long number;
	char *end;

	if (!str_is_digit((unsigned char)s[0]) &&
	    !((s[0] == '-' || s[0] == '+') &&
	      str_is_digit((unsigned char)s[1])))
		return false;
	errno = 0;
	number = strtoll(s, &end, 10);
	if (errno != 0 || *end != '\0')
		return false;
	*value = number;
	return true;
}

unsigned
str_distance(const char *a, const char *b)
{
	unsigned row[65];
	size_t la = strnlen(a, 64), lb = strnlen(b, 64);

	for (size_t j = 0; j <= lb; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[lb];
}

static char *
str_escape_with(void *mem, struct slice s, size_t max, const char *more)
{
	struct buf out = BUF(mem);

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.data[i];

		if (out.len >= max) {
			buf_text(&out, "...");
			break;
		}
		if (c == '\\' || c == '"')
			buf_printf(&out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f || strchr(more, c) != NULL)
			buf_printf(&out, "\\x%02X", c);
		else
			buf_char(&out, (char)c);
	}
	if (out.data == NULL)
		buf_text(&out, "");
	return out.data;
}

char *
str_escape(void *mem, struct slice s, size_t max)
{
	return str_escape_with(mem, s, max, "");
}

char *
str_escape_word(void *mem, struct slice s, size_t max)
{
	return str_escape_with(mem, s, max, " <>[]");
}
