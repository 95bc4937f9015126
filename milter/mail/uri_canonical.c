/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A queue of URIs: what a redirector points to joins it, so that it is cleaned
 * in turn. All forms are kept in one set; each is a string of its own.
 */
#include "mail/uri_canonical.h"

#include <string.h>

#include "base/mem.h"
#include "mail/domain.h"
#include "mail/unicode.h"
#include "mail/uri_host.h"
#include "mail/uri_mail.h"

struct canonical {
	struct slice_set *forms;
	void *mem;
	const struct uri_settings *settings;
	void *scratch;
	struct slice queue[URI_REDIRECTS_MAX];
	size_t queued;
	size_t bytes;
	bool characters;
	bool limited;
};

static void
canonical_add(struct canonical *c, struct slice form)
{
	if (c->bytes + form.len > URI_FORMS_BYTES_MAX) {
		c->limited = true;
		return;
	}
	c->bytes += form.len;
	slice_set_add(c->forms, form);
}

static void
canonical_queue(struct canonical *c, struct slice uri)
{
	if (c->queued == URI_REDIRECTS_MAX) {
		c->limited = true;
		return;
	}
	c->queue[c->queued++] = uri;
}

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

/* Without line ends anywhere and white space around it. */
static struct slice
canonical_strip(struct canonical *c, struct slice uri)
{
	struct buf out = BUF(c->mem);
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
		if (!unicode_is_space(unicode_next(uri, &at), c->characters))
			break;
	for (at = end; at > start; end = at)
		if (!unicode_is_space(unicode_previous(uri, &at),
				      c->characters))
			break;
	return slice_cut(uri, start, end);
}

/* "#x", "?x", "/x.gif" and the like lead nowhere by themselves. */
static bool
canonical_is_local(struct slice uri, bool characters)
{
	if (uri.len <= 1 || (characters && uri.len <= 4 &&
			     unicode_length(uri) <= 1))
		return true;
	return uri.data[0] == '#' || uri.data[0] == '?' ||
	       uri.data[0] == '&' || (uri.data[0] == '/' && uri.data[1] != '/');
}

static bool
canonical_has_scheme(struct slice uri)
{
	size_t at = 0;

	while (at < uri.len && (str_is_alnum((unsigned char)uri.data[at]) ||
				uri.data[at] == '-' || uri.data[at] == '_'))
		at++;
	return at > 0 && at < uri.len && uri.data[at] == ':';
}

/* Length of "http:" or "https:" in front of uri, or 0. */
static size_t
canonical_http(struct slice uri)
{
	if (slice_starts_nocase(uri, "http:"))
		return 5;
	return slice_starts_nocase(uri, "https:") ? 6 : 0;
}

/* Whether "http://host" or "http://host/..." has nothing to be cleaned in
 * it. */
static bool
canonical_is_shaped(struct slice uri)
{
	size_t http = canonical_http(uri), host = http + 2;
	size_t end = uri_span(uri, host, "/?#\\%");

	return http > 0 && slice_starts(slice_from(uri, http), "//") &&
	       end > host && (end == uri.len || uri.data[end] == '/') &&
	       slice_find(uri, end, '\\') == uri.len &&
	       slice_find(uri, end, '%') == uri.len;
}

/* "http:/x" to "http://x", "www.x" to "http://www.x", "http://x?y" to
 * "http://x/?y"; backslashes are slashes. */
static struct slice
canonical_shape(struct canonical *c, struct slice uri)
{
	struct buf slashed = BUF(c->mem), out = BUF(c->mem);
	size_t http = canonical_http(uri), at = http, host;

	if (canonical_is_shaped(uri))
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
		uri = uri_unescape(c->mem, uri, c->characters);
	if (!canonical_has_scheme(uri))
		buf_text(&out, slice_starts(uri, "ftp.") ? "ftp://"
							 : "http://");
	buf_slice(&out, uri);
	uri = buf_view(&out);
	http = canonical_http(uri);
	if (http == 0 || !slice_starts(slice_from(uri, http), "//"))
		return uri;
	host = http + 2;
	at = uri_span(uri, host, "/?#");
	if (at == host || at == uri.len || uri.data[at] == '/')
		return uri;
	out = BUF(c->mem);
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

static struct slice
canonical_references(struct canonical *c, struct slice uri)
{
	for (int pass = 0; pass < 3; pass++) {
		struct buf out = BUF(c->mem);
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

static struct slice
canonical_join(struct canonical *c, struct slice a, struct slice b,
	       struct slice d)
{
	struct buf out = BUF(c->mem);

	buf_slice(&out, a);
	buf_slice(&out, b);
	buf_slice(&out, d);
	return buf_view(&out);
}

/* What stands behind "http:" within the rest of a URI. */
static struct slice
canonical_embedded(struct slice rest)
{
	for (size_t at = 0; at < rest.len; at++) {
		size_t http, end;

		if (str_lower_char((unsigned char)rest.data[at]) != 'h')
			continue;
		http = canonical_http(slice_from(rest, at));
		if (http == 0)
			continue;
		end = uri_span(rest, at + http, "&#");
		if (end > at + http)
			return slice_cut(rest, at, end);
	}
	return SLICE_NONE;
}

static void
canonical_redirect(struct canonical *c, struct slice uri, struct slice rest)
{
	struct slice target;

	for (size_t i = 0; i < c->settings->pattern_count; i++) {
		target = c->settings->redirect(c->scratch,
					       c->settings->patterns, i, uri);
		if (target.data != NULL &&
		    slice_find(target, 0, '.') < target.len) {
			canonical_queue(c, target);
			return;
		}
	}
	target = canonical_embedded(rest);
	if (target.data != NULL && slice_find(target, 0, '.') < target.len)
		canonical_queue(c, target);
}

/* The port in rest (":80/x") is the scheme's own: what is behind it. */
static struct slice
canonical_without_port(struct slice rest, const char *port)
{
	size_t n = strlen(port);

	if (slice_starts(rest, port) &&
	    (rest.len == n || !(str_is_alnum((unsigned char)rest.data[n]) ||
				rest.data[n] == '_')))
		return slice_from(rest, n);
	return SLICE_NONE;
}

/* Control characters and blanks taken out of a host name; false if none. */
static bool
canonical_strip_controls(struct canonical *c, struct slice *host)
{
	struct buf out = BUF(c->mem);

	for (size_t i = 0; i < host->len; i++)
		if ((unsigned char)host->data[i] > 0x20)
			buf_char(&out, host->data[i]);
	if (out.len == host->len)
		return false;
	*host = buf_view(&out);
	return true;
}

/* In a sentence odd characters get to the end of a name. */
static void
canonical_cut_host(struct canonical *c, const struct uri_parts *parts,
		   struct slice *host)
{
	size_t end = host->len;

	while (end > 0 && !str_is_alnum((unsigned char)host->data[end - 1]))
		end--;
	if (end == host->len)
		return;
	host->len = end;
	canonical_add(c, canonical_join(c, parts->scheme, *host, parts->rest));
}

/* Forms of a host name that is an address in some notation, or one word. */
static void
canonical_number(struct canonical *c, const struct uri_parts *parts,
		 struct slice host, struct slice name)
{
	struct slice address = uri_host_address(c->mem, host);
	struct slice word = name;

	if (address.data != NULL) {
		canonical_add(c, canonical_join(c, parts->scheme, address,
						parts->rest));
		return;
	}
	if (slice_starts(word, "www.") && word.len > 4)
		word = slice_from(word, 4);
	if (!slice_is(parts->scheme, "http://") || parts->auth.len > 0 ||
	    slice_is(name, "localhost") ||
	    !(parts->port.len == 0 || slice_is(parts->port, "80")) ||
	    word.len == 0 || slice_find(word, 0, '.') < word.len ||
	    domain_has_tld(c->settings, name))
		return;
	/* Firefox completes a single word this way */
	word = canonical_join(c, SLICE("http://www."), word, SLICE(".com"));
	canonical_add(c, canonical_join(c, word, parts->rest, SLICE("")));
}

static void
canonical_host(struct canonical *c, struct slice uri)
{
	struct uri_parts parts;
	struct slice host, name, no_port;
	size_t at;

	if (!uri_split(uri, &parts))
		return;
	host = parts.host;
	no_port = SLICE_NONE;
	if (parts.port.len > 0)
		no_port = canonical_without_port(
			parts.rest,
			slice_is(parts.scheme, "http://") ? ":80" : ":443");
	if (no_port.data != NULL)
		canonical_add(c, canonical_join(c, parts.scheme, host,
						no_port));
	name = domain_to_ascii_labels(c->mem, host);
	if (!slice_equal_nocase(name, host)) {
		canonical_add(c, canonical_join(c, parts.scheme, name,
						parts.rest));
		if (no_port.len > 0)
			canonical_add(c, canonical_join(c, parts.scheme, name,
							no_port));
		/* beyond SpamAssassin: the name before what was stuck to it */
		if (str_is_alnum((unsigned char)host.data[0]))
			canonical_cut_host(c, &parts, &host);
		host = name;
	}
	if (canonical_strip_controls(c, &host))
		canonical_add(c, canonical_join(c, parts.scheme, host,
						parts.rest));
	if (parts.auth.len > 0 || host.data != parts.host.data)
		uri = canonical_join(c, parts.scheme, host, parts.rest);
	canonical_redirect(c, uri, parts.rest);
	at = slice_find(host, 0, '@');
	if (at > 0 && at < host.len) {
		host = slice_from(host, at + 1);
		canonical_add(c, canonical_join(c, parts.scheme, host,
						parts.rest));
	}
	canonical_cut_host(c, &parts, &host);
	canonical_number(c, &parts, host, name);
}

static void
canonical_one(struct canonical *c, struct slice uri)
{
	struct slice shaped;

	uri = canonical_strip(c, uri);
	canonical_add(c, uri);
	if (canonical_is_local(uri, c->characters))
		return;
	if (uri_is_mail(uri)) {
		struct slice forms[URI_MAIL_FORMS];
		size_t count = uri_mail_forms(c->mem, uri, forms);

		for (size_t i = 0; i < count; i++)
			canonical_add(c, forms[i]);
		return;
	}
	shaped = canonical_references(c, canonical_shape(c, uri));
	if (!slice_equal(shaped, uri))
		canonical_add(c, shaped);
	canonical_host(c, shaped);
}

bool
uri_canonical(struct slice_set *forms, struct slice uri, bool characters,
	      const struct uri_settings *settings, void *scratch)
{
	struct canonical c = {
		.forms = forms,
		.mem = forms->mem,
		.settings = settings,
		.scratch = scratch,
		.characters = characters,
	};

	canonical_queue(&c, uri);
	for (size_t i = 0; i < c.queued; i++)
		canonical_one(&c, c.queue[i]);
	return !c.limited;
}
