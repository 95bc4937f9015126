/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/uri_host.h"

#include <string.h>

#include "base/mem.h"

int
uri_hex(struct slice s, size_t at)
{
	int c;

	if (at >= s.len)
		return -1;
	c = str_lower_char((unsigned char)s.data[at]);
	if (str_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
uri_hex_pair(struct slice s, size_t at)
{
	int high = uri_hex(s, at), low = uri_hex(s, at + 1);

	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

size_t
uri_span(struct slice s, size_t at, const char *stop)
{
	while (at < s.len &&
	       (s.data[at] == '\0' || strchr(stop, s.data[at]) == NULL))
		at++;
	return at;
}

bool
uri_split(struct slice uri, struct uri_parts *parts)
{
	size_t start, at, end;

	if (slice_starts_nocase(uri, "http://"))
		start = 7;
	else if (slice_starts_nocase(uri, "https://"))
		start = 8;
	else
		return false;
	parts->scheme = slice_cut(uri, 0, start);
	at = uri_span(uri, start, "@/?#");
	at = at < uri.len && uri.data[at] == '@' ? at + 1 : start;
	end = uri_span(uri, at, "/?#:");
	if (end == at) { /* nothing behind "@": then it belongs to the host */
		at = start;
		end = uri_span(uri, at, "/?#:");
	}
	parts->auth = slice_cut(uri, start, at);
	parts->host = slice_cut(uri, at, end);
	parts->rest = slice_from(uri, end);
	parts->port = SLICE("");
	if (parts->rest.len > 0 && parts->rest.data[0] == ':') {
		for (at = 1; at < parts->rest.len &&
			     str_is_digit((unsigned char)parts->rest.data[at]);)
			at++;
		parts->port = slice_cut(parts->rest, 1, at);
	}
	return parts->host.len > 0;
}

/* The value of digits, at most 2^64 - 1. */
static uint64_t
host_number(struct slice digits, unsigned base)
{
	uint64_t value = 0;

	for (size_t i = 0; i < digits.len; i++) {
		uint64_t digit = (uint64_t)uri_hex(digits, i);

		if (value > (UINT64_MAX - digit) / base)
			return UINT64_MAX;
		value = value * base + digit;
	}
	return value;
}

static bool
host_all(struct slice s, int base)
{
	for (size_t i = 0; i < s.len; i++)
		if (uri_hex(s, i) < 0 || uri_hex(s, i) >= base)
			return false;
	return s.len > 0;
}

/* Perl prints what does not fit as -1. */
static void
host_put_decimal(struct buf *out, uint64_t value)
{
	if (value > INT64_MAX)
		buf_text(out, "-1");
	else
		buf_printf(out, "%llu", (unsigned long long)value);
}

/* "[1-3][0-7]{0,2}" or "[4-7][0-7]?" */
static bool
host_is_octal(struct slice s)
{
	return s.len > 0 && s.data[0] >= '1' && s.data[0] <= '7' &&
	       s.len <= (s.data[0] <= '3' ? 3u : 2u) && host_all(s, 8);
}

/* One part of four; hexadecimal with 0x, octal with 0. Zero vanishes, as it
 * does in SpamAssassin. */
static bool
host_put_octet(struct buf *out, struct slice s)
{
	struct slice digits = s;

	if (slice_starts_nocase(s, "0x")) {
		digits = slice_from(s, 2);
		if (!host_all(digits, 16))
			return false;
		if (host_number(digits, 16) != 0)
			host_put_decimal(out, host_number(digits, 16));
		return true;
	}
	if (!host_all(s, 10))
		return false;
	while (digits.len > 0 && digits.data[0] == '0')
		digits = slice_from(digits, 1);
	if (digits.len < s.len && host_is_octal(digits))
		buf_printf(out, "%llu",
			   (unsigned long long)host_number(digits, 8));
	else
		buf_slice(out, digits);
	return true;
}

static struct slice
host_dotted(void *mem, struct slice host)
{
	struct buf out = BUF(mem);
	size_t start = 0, end;

	for (int i = 0; i < 4; i++) {
		end = slice_find(host, start, '.');
		if ((i == 3) != (end == host.len) ||
		    !host_put_octet(&out, slice_cut(host, start, end)))
			return SLICE_NONE;
		if (i < 3)
			buf_char(&out, '.');
		start = end + 1;
	}
	return buf_view(&out);
}

/* The first four bytes of the number, written in hexadecimal. */
static struct slice
host_from_number(void *mem, uint64_t value)
{
	struct buf out = BUF(mem);
	char hex[24];
	struct slice s = { hex, 0 };

	s.len = (size_t)snprintf(hex, sizeof(hex), "%08llx",
				 (unsigned long long)value);
	buf_printf(&out, "%d.%d.%d.%d", uri_hex(s, 0) << 4 | uri_hex(s, 1),
		   uri_hex(s, 2) << 4 | uri_hex(s, 3),
		   uri_hex(s, 4) << 4 | uri_hex(s, 5),
		   uri_hex(s, 6) << 4 | uri_hex(s, 7));
	return buf_view(&out);
}

struct slice
uri_host_address(void *mem, struct slice host)
{
	struct slice digits = slice_from(host, 2);

	if (slice_find(host, 0, '.') < host.len)
		return host_dotted(mem, host);
	if (slice_starts_nocase(host, "0x") && host_all(digits, 16)) {
		if (digits.len > 8)
			digits = slice_from(digits, digits.len - 8);
		return host_from_number(mem, host_number(digits, 16));
	}
	if (host_all(host, 10))
		return host_from_number(mem, host_number(host, 10));
	return SLICE_NONE;
}
