/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A queue of URIs: what a redirector points to joins it, so that it is cleaned
 * in turn. All forms are kept in one set; each is a string of its own.
 */
#include "mail/uri_canonical.h"

#include <string.h>

#include "base/mem.h"
#include "mail/domain.h"
#include "mail/uri_host.h"
#include "mail/uri_mail.h"
#include "mail/uri_shape.h"

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
		http = uri_http(slice_from(rest, at));
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

	uri = uri_strip(c->mem, uri, c->characters);
	canonical_add(c, uri);
	if (uri_is_local(uri, c->characters))
		return;
	if (uri_is_mail(uri)) {
		struct slice forms[URI_MAIL_FORMS];
		size_t count = uri_mail_forms(c->mem, uri, forms);

		for (size_t i = 0; i < count; i++)
			canonical_add(c, forms[i]);
		return;
	}
	shaped = uri_shape(c->mem, uri, c->characters);
	shaped = uri_decode_references(c->mem, shaped);
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
