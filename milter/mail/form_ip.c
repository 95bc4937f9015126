/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP addresses in running text (SpamAssassin's Constants.pm, IP_ADDRESS). */
#include "mail/form.h"

#include <arpa/inet.h>
#include <string.h>

#define IP_TEXT_MAX 64

static bool
ip_is_hex(char c)
{
	return str_is_digit((unsigned char)c) || (c >= 'a' && c <= 'f') ||
	       (c >= 'A' && c <= 'F');
}

static bool
ip_is_hex_or_colon(struct slice text, size_t at)
{
	return at < text.len &&
	       (ip_is_hex(text.data[at]) || text.data[at] == ':');
}

/* The end of a number up to 255 without leading zeros; at if there is none. */
static size_t
ip_octet(struct slice text, size_t at)
{
	size_t end = at;
	unsigned value = 0;

	while (end < text.len && end - at < 4 &&
	       str_is_digit((unsigned char)text.data[end]))
		value = 10 * value + (unsigned)(text.data[end++] - '0');
	if (end - at > 3 || value > 255 ||
	    (end - at > 1 && text.data[at] == '0'))
		return at;
	return end;
}

/* The end of four octets; at if they are not there. */
static size_t
ip_quad(struct slice text, size_t at)
{
	size_t here = at, end;

	for (int i = 0; i < 4; i++) {
		if (i > 0 && (here >= text.len || text.data[here++] != '.'))
			return at;
		end = ip_octet(text, here);
		if (end == here)
			return at;
		here = end;
	}
	return here;
}

/* Groups of hex digits between colons; *gap: "::" stands for some. */
static bool
ip_groups(struct slice text, unsigned *count, bool *gap)
{
	size_t at = 0, digits;

	*count = 0;
	*gap = text.len >= 2 && text.data[0] == ':' && text.data[1] == ':';
	if (*gap)
		at = 2;
	while (at < text.len) {
		for (digits = 0; at + digits < text.len &&
				 ip_is_hex(text.data[at + digits]);
		     digits++)
			;
		if (digits < 1 || digits > 4)
			return false;
		at += digits;
		++*count;
		if (at == text.len)
			return true;
		at++; /* a colon: nothing else is in there */
		if (at == text.len)
			return false;
		if (text.data[at] == ':') {
			if (*gap)
				return false;
			*gap = true;
			at++;
		}
	}
	return *gap;
}

static bool
ip_is_plain(struct slice text)
{
	unsigned count;
	bool gap;

	return ip_groups(text, &count, &gap) && (gap ? count <= 7 : count == 8);
}

/* What stands in front of the IPv4 address, its last colon included. */
static bool
ip_is_prefix(struct slice text)
{
	unsigned count;
	bool gap;

	if (text.len < 2)
		return false;
	if (text.data[text.len - 2] != ':')
		text.len--;
	return ip_groups(text, &count, &gap) && (gap ? count <= 5 : count == 6);
}

static size_t
ip_six(struct slice text, size_t at, size_t ends[2])
{
	size_t end = at, quad, colon, n = 0;

	while (ip_is_hex_or_colon(text, end) && end - at < IP_TEXT_MAX)
		end++;
	for (colon = end; colon > at && text.data[colon - 1] != ':'; colon--)
		;
	if (colon == at || ip_is_hex_or_colon(text, end))
		return 0;
	quad = ip_quad(text, colon);
	if (quad > colon && !ip_is_hex_or_colon(text, quad) &&
	    ip_is_prefix(slice_cut(text, at, colon)))
		ends[n++] = quad;
	if (ip_is_plain(slice_cut(text, at, end)))
		ends[n++] = end;
	return n;
}

size_t
form_ip(struct slice text, size_t at, size_t ends[2])
{
	char before = at > 0 && at <= text.len ? text.data[at - 1] : ' ';
	size_t end;

	if (at >= text.len)
		return 0;
	if (!form_is_word(before) && before != ':') {
		end = ip_quad(text, at);
		if (end > at && (end == text.len ||
				 !form_is_word(text.data[end]))) {
			ends[0] = end;
			return 1;
		}
	}
	if (slice_starts_nocase(slice_from(text, at), "IPv6:"))
		return ip_six(text, at + 5, ends);
	if (ip_is_hex(before) || before == ':')
		return 0;
	return ip_six(text, at, ends);
}

struct slice
form_find_ip(struct slice text)
{
	size_t ends[2];

	for (size_t at = 0; at < text.len; at++) {
		char c = text.data[at];

		if ((ip_is_hex(c) || c == ':' || c == 'i' || c == 'I') &&
		    form_ip(text, at, ends) > 0)
			return slice_cut(text, at, ends[0]);
	}
	return SLICE_NONE;
}

bool
form_is_localhost(struct slice ip)
{
	static const unsigned char one[16] = { [15] = 1 };
	static const unsigned char mapped[16] = { [10] = 0xff, 0xff, 127, 0, 0,
						  1 };
	unsigned char bytes[16];
	char text[IP_TEXT_MAX];

	if (slice_starts_nocase(ip, "IPv6:"))
		ip = slice_from(ip, 5);
	if (slice_is(ip, "127.0.0.1"))
		return true;
	if (ip.len >= sizeof(text))
		return false;
	memcpy(text, ip.data, ip.len);
	text[ip.len] = '\0';
	return inet_pton(AF_INET6, text, bytes) == 1 &&
	       (memcmp(bytes, one, 16) == 0 || memcmp(bytes, mapped, 16) == 0);
}
