/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTPSMismatch: a link whose text names an https address of somebody else. */
#include "rule/eval_tables.h"

#include <string.h>

#include "mail/domain.h"
#include "mail/text.h"
#include "mail/unicode.h"
#include "rule/eval_args.h"

/* Up to the first of :/?#, or white space if that ends it, too. */
static struct slice
https_host(struct slice text, size_t start, bool to_space)
{
	size_t at = start, end;

	while ((end = at) < text.len &&
	       memchr(":/?#", text.data[at], 4) == NULL) {
		unsigned long character = unicode_next(text, &at);

		if (to_space && unicode_is_space(character, true))
			break;
	}
	return slice_cut(text, start, end);
}

/* What was registered of the host that a link leads to. */
static struct slice
https_link_domain(struct check *check, struct slice uri)
{
	const struct uri_settings *settings = &check->ruleset->settings.uris;
	struct slice host;

	if (slice_starts_nocase(uri, "http://"))
		host = https_host(uri, 7, false);
	else if (slice_starts_nocase(uri, "https://"))
		host = https_host(uri, 8, false);
	else
		return SLICE_NONE;
	if (host.len == 0 || domain_is_ip(host))
		return SLICE_NONE;
	host = domain_to_ascii(check, host);
	host = domain_registrable(check, settings, host);
	return uri_host_slice(check, host, settings).data == NULL ? SLICE_NONE
								  : host;
}

/* The first https address in the text of a link: its domain, or the IP. */
static struct slice
https_text_domain(struct check *check, struct slice text)
{
	const struct uri_settings *settings = &check->ruleset->settings.uris;
	size_t at = 0;
	struct slice host = SLICE_NONE;

	/* One with nothing behind it does not count. */
	while (host.len == 0) {
		at = slice_search_nocase(text, at, SLICE("https://"));
		if (at == text.len)
			return SLICE_NONE;
		at += 8;
		host = https_host(text, at, true);
	}
	if (domain_is_ip(host))
		return host;
	host = domain_registrable(check, settings,
				  domain_to_ascii(check, host));
	return domain_has_tld(settings, host) ? host : SLICE_NONE;
}

static bool
https_differs(struct check *check, const struct html_uri *uri,
	      struct slice domain)
{
	for (size_t i = 0; i < uri->anchors.count; i++) {
		struct slice other = https_text_domain(check,
						       uri->anchors.items[i]);

		if (other.data != NULL && !slice_equal(domain, other))
			return true;
	}
	return false;
}

static bool
https_document(struct check *check, const struct html *html, double min,
	       const char *max)
{
	size_t anchors = 0;
	bool hit = false;

	for (size_t i = 0; i < html->uri_count; i++) {
		const struct html_uri *uri = &html->uris[i];
		struct slice domain;

		if (uri->anchors.count == 0)
			continue;
		domain = https_link_domain(check, uri->uri);
		if (domain.data == NULL)
			continue;
		anchors++;
		hit = hit || https_differs(check, uri, domain);
	}
	return hit && (double)anchors >= min &&
	       (max == NULL || (double)anchors < strtod(max, NULL));
}

/* Optional: at least so many links, and fewer than. */
static int
https_mismatch(struct check *check, const struct rule *rule)
{
	double min = eval_number(rule, 0);
	struct message *message = check->message;

	for (size_t i = 0; i < message->part_count; i++) {
		const struct html *html = text_part(message->parts[i])->html;

		if (html != NULL && https_document(check, html,
						   min == 0 ? 1 : min,
						   eval_arg(rule, 1)))
			return 1;
	}
	return 0;
}

const struct eval evals_httpsmismatch[] = {
	{ "check_https_http_mismatch", https_mismatch, NULL },
	{ NULL, NULL, NULL },
};
