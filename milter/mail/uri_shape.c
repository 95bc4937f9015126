/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/uri_shape.h"

#include <string.h>

#include "mail/unicode.h"
#include "mail/uri_host.h"

bool
uri_has_escape(struct slice uri)
{
	size_t at = 0;

	while ((at = slice_find(uri, at, '%')) < uri.len) {
		if (uri_hex_pair(uri, at + 1) >= 0)
			return true;
		at++;
	}
	return false;
}

/* Whether %XX stays, as its character would change the URI's shape: blanks,
 * control characters, and what is beyond ASCII. */
static bool
escape_is_kept(int value)
{
	return value <= 0x20 || value >= 0x7f;
}

struct slice
uri_unescape(void *mem, struct slice uri, bool characters)
{
	struct buf out = BUF(mem);

	for (size_t at = 0; at < uri.len;) {
		size_t start = at;
		int value = uri.data[at] == '%' ? uri_hex_pair(uri, at + 1)
						: -1;
		unsigned long c;

		if (value >= 0) {
			at += 3;
			if (escape_is_kept(value))
				buf_slice(&out, slice_cut(uri, start, at));
			else
				buf_char(&out, (char)value);
			continue;
		}
		c = characters ? unicode_next(uri, &at)
			       : (unsigned char)uri.data[at++];
		if (c <= 0x20 || (c >= 0x7f && c <= 0xff) || c == '"' ||
		    c == '%' || c == '<' || c == '>')
			buf_printf(&out, "%%%02lx", c);
		else
			buf_slice(&out, slice_cut(uri, start, at));
	}
	return buf_view(&out);
}

struct slice
uri_strip(void *mem, struct slice uri, bool characters)
{
	struct buf out = BUF(mem);
	size_t start = 0, end, at;

	if (memchr(uri.data, '\n', uri.len) != NULL ||
	    memchr(uri.data, '\r', uri.len) != NULL) {
		for (size_t i = 0; i < uri.len; i++)
			if (uri.data[i] != '\n' && uri.data[i] != '\r')
				buf_char(&out, uri.data[i]);
		uri = buf_view(&out);
	}
	end = uri.len;
	for (at = 0; at < end; start = at)
		if (!unicode_is_space(unicode_next(uri, &at), characters))
			break;
	for (at = end; at > start; end = at)
		if (!unicode_is_space(unicode_previous(uri, &at),
				      characters))
			break;
	return slice_cut(uri, start, end);
}

bool
uri_is_local(struct slice uri, bool characters)
{
	if (uri.len <= 1 || (characters && uri.len <= 4 &&
			     unicode_length(uri) <= 1))
		return true;
	return uri.data[0] == '#' || uri.data[0] == '?' ||
	       uri.data[0] == '&' || (uri.data[0] == '/' && uri.data[1] != '/');
}

static bool
uri_has_scheme(struct slice uri)
{
	size_t at = 0;

	while (at < uri.len && (str_is_alnum((unsigned char)uri.data[at]) ||
				uri.data[at] == '-' || uri.data[at] == '_'))
		at++;
	return at > 0 && at < uri.len && uri.data[at] == ':';
}

size_t
uri_http(struct slice uri)
{
	if (slice_starts_nocase(uri, "http:"))
		return 5;
	return slice_starts_nocase(uri, "https:") ? 6 : 0;
}

/* Whether "http://host" or "http://host/..." has nothing to be cleaned in
 * it. */
static bool
uri_is_shaped(struct slice uri)
{
	size_t http = uri_http(uri), host = http + 2;
	size_t end = uri_span(uri, host, "/?#\\%");

	return http > 0 && slice_starts(slice_from(uri, http), "//") &&
	       end > host && (end == uri.len || uri.data[end] == '/') &&
	       slice_find(uri, end, '\\') == uri.len &&
	       slice_find(uri, end, '%') == uri.len;
}

struct slice
uri_shape(void *mem, struct slice uri, bool characters)
{
	struct buf slashed = BUF(mem), out = BUF(mem);
	size_t http = uri_http(uri), at = http, host;

	if (uri_is_shaped(uri))
		return uri;
	buf_slice(&slashed, slice_cut(uri, 0, http));
	for (int i = 0; i < 2 && http > 0 && at < uri.len &&
			(uri.data[at] == '/' || uri.data[at] == '\\');
	     i++)
		at++;
	if (http > 0)
		buf_text(&slashed, "//");
	buf_slice(&slashed, slice_from(uri, at));
	for (size_t i = 0; i < slashed.len; i++)
		if (slashed.data[i] == '\\')
			slashed.data[i] = '/';
	uri = buf_view(&slashed);
	if (uri_has_escape(uri))
		uri = uri_unescape(mem, uri, characters);
	if (!uri_has_scheme(uri))
		buf_text(&out, slice_starts(uri, "ftp.") ? "ftp://"
							 : "http://");
	buf_slice(&out, uri);
	uri = buf_view(&out);
	http = uri_http(uri);
	if (http == 0 || !slice_starts(slice_from(uri, http), "//"))
		return uri;
	host = http + 2;
	at = uri_span(uri, host, "/?#");
	if (at == host || at == uri.len || uri.data[at] == '/')
		return uri;
	out = BUF(mem);
	buf_slice(&out, slice_cut(uri, 0, at));
	buf_char(&out, '/');
	buf_slice(&out, slice_from(uri, at));
	return buf_view(&out);
}

/*
 * One pass of three over HTML's character references: decimal, hexadecimal,
 * full stops. Returns the character at "&#" and its length, 0 if it is none.
 */
static size_t
reference_at(struct slice s, int pass, char *character)
{
	static const char *const stops[] = { "x2e;",   "12290;", "x3002;",
					     "65294;", "xff0e;", "65377;",
					     "xff61;" };
	int base = pass == 0 ? 10 : 16, value = 0, digit;
	size_t at = 2, digits;

	if (pass == 2) {
		for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
			if (slice_starts_nocase(slice_from(s, 2), stops[i])) {
				*character = '.';
				return 2 + strlen(stops[i]);
			}
		return 0;
	}
	if (pass == 1 && (at >= s.len || s.data[at++] != 'x'))
		return 0;
	while (at < s.len && s.data[at] == '0')
		at++;
	for (digits = at; at < s.len && at < digits + 3; at++) {
		digit = uri_hex(s, at);
		if (digit < 0 || digit >= base)
			break;
		value = value * base + digit;
	}
	if (at == digits || at >= s.len || s.data[at] != ';' || value < 0x21 ||
	    value > 0x7e)
		return 0;
	/* SpamAssassin's list of hexadecimal ones has a gap. */
	if (pass == 1 && value >= 0x2a && value <= 0x2f)
		return 0;
	*character = (char)value;
	return at + 1;
}

struct slice
uri_decode_references(void *mem, struct slice uri)
{
	for (int pass = 0; pass < 3; pass++) {
		struct buf out = BUF(mem);
		size_t done = 0, at = 0;

		while ((at = slice_search(uri, at, SLICE("&#"))) < uri.len) {
			char character;
			size_t n = reference_at(slice_from(uri, at), pass,
						&character);

			if (n == 0) {
				at++;
				continue;
			}
			buf_slice(&out, slice_cut(uri, done, at));
			buf_char(&out, character);
			done = at += n;
		}
		if (done > 0) {
			buf_slice(&out, slice_from(uri, done));
			uri = buf_view(&out);
		}
	}
	return uri;
}
