/* SPDX-License-Identifier: GPL-2.0-or-later */
/* URIEval: links that lead elsewhere, and links that are too long. */
#include "rule/check_private.h"

#include <string.h>

#include "base/mem.h"
#include "mail/domain.h"
#include "mail/form.h"
#include "mail/text.h"
#include "rule/eval_tables.h"

#define URI_REDIRECTS_MAX 100 /* in one link */

static int
uri_truncated(struct check *check, const struct rule *rule)
{
	return check_uris(check)->truncated;
}

/* The domain of a host, or the host itself where it has none. */
static struct slice
uri_host_domain(struct check *check, struct slice host)
{
	const struct uri_settings *uris = &check->ruleset->settings.uris;
	const char *name = uri_host(check, host, uris);
	const char *domain = name == NULL ? NULL
					  : uri_domain(check, name, uris);

	return domain == NULL ? host : slice_of(domain);
}

static bool
uri_redirects(struct check *check, const struct rule *rule, struct slice uri)
{
	struct regex_scratch *scratch = check->own->scratch;
	size_t start, end, rest;
	struct slice from, to;

	for (int i = 0; i < URI_REDIRECTS_MAX &&
			regex_match(rule->regex, scratch, uri, 0) == REGEX_YES;
	     i++) {
		if (!regex_span(scratch, 1, &start, &end))
			return false;
		from = slice_cut(uri, start, end);
		if (!regex_span(scratch, 3, &start, &end) ||
		    !regex_span(scratch, 2, &rest, &(size_t){ 0 }))
			return false;
		to = slice_cut(uri, start, end);
		uri = slice_from(uri, rest);
		if (!slice_equal(uri_host_domain(check, from),
				 uri_host_domain(check, to)))
			return true;
	}
	return false;
}

/* A link of one domain that holds one of another. */
static int
uri_http_redirector(struct check *check, const struct rule *rule)
{
	const struct text *uris = &check_uris(check)->unique;

	for (size_t i = 0; i < uris->count; i++)
		if (uri_redirects(check, rule, uris->items[i]))
			return 1;
	return 0;
}

/* "https:///user@192.0.2.1", or with secure "https:" alone. */
static bool
uri_is_of_ip(struct slice uri, bool secure)
{
	size_t at = slice_starts_nocase(uri, "https:") ? 6
		    : !secure && slice_starts_nocase(uri, "http:") ? 5
								  : 0;
	size_t end;
	struct form form;

	if (at == 0)
		return false;
	while (at < uri.len && uri.data[at] == '/')
		at++;
	form = form_new(uri);
	if (form_match(&form, "%{w,1,0,0-9}.%{w,1,0,0-9}.%{w,1,0,0-9}."
			      "%{w,1,1,0-9}", at))
		return true;
	for (end = at; end < uri.len && uri.data[end] != '@' &&
		       uri.data[end] != '/'; end++)
		;
	return end > at && end < uri.len && uri.data[end] == '@' &&
	       form_match(&form, "%{w,1,0,0-9}.%{w,1,0,0-9}.%{w,1,0,0-9}."
				 "%{w,1,1,0-9}", end + 1);
}

static bool
uri_hides_ip(const struct html_uri *uri)
{
	for (size_t i = 0; i < uri->anchors.count; i++) {
		struct slice text = uri->anchors.items[i];

		if (!uri_is_of_ip(text, true) &&
		    slice_search_nocase(text, 0, SLICE("https:")) < text.len)
			return true;
	}
	return false;
}

/* A link to an address of numbers whose text says https and another host. */
static int
uri_ip_mismatch(struct check *check, const struct rule *rule)
{
	struct message *message = check->message;

	for (size_t i = 0; i < message->part_count; i++) {
		const struct html *html = text_part(message->parts[i])->html;

		for (size_t k = 0; html != NULL && k < html->uri_count; k++)
			if (uri_is_of_ip(html->uris[k].uri, false) &&
			    uri_hides_ip(&html->uris[k]))
				return 1;
	}
	return 0;
}

const struct eval evals_urieval[] = {
	{ "check_uri_truncated", uri_truncated, NULL },
	{ "check_for_http_redirector", uri_http_redirector, NULL },
	{ "check_https_ip_mismatch", uri_ip_mismatch, NULL },
	{ NULL, NULL, NULL },
};
