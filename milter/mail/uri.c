/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collecting: each raw URI once, with all that was found out about it. Built by
 * the thread that owns the message.
 */
#include "mail/uri.h"

#include <string.h>

#include "base/mem.h"
#include "mail/domain.h"
#include "mail/slice_set.h"
#include "mail/unicode.h"
#include "mail/uri_canonical.h"
#include "mail/uri_find.h"
#include "mail/uri_shape.h"

#define URI_LENGTH_MAX 8192 /* characters */

struct uri_builder {
	const struct uri_settings *settings;
	struct uri_list *list;
	struct slice_set raw;    /* one for each detail */
	struct slice_set unique; /* all canonical forms */
	struct slice_set found;  /* what was found in texts */
	void *scratch;           /* for settings->redirect */
	size_t bytes;
};

struct uri_builder *
uri_builder_new(void *mem, const struct uri_settings *settings)
{
	struct uri_builder *builder = mem_new(mem, struct uri_builder);

	builder->settings = settings;
	builder->list = mem_new(builder, struct uri_list);
	builder->raw = SLICE_SET(builder);
	builder->unique = SLICE_SET(builder);
	builder->found = SLICE_SET(builder);
	if (settings->redirect_scratch != NULL)
		builder->scratch = settings->redirect_scratch(builder);
	return builder;
}

/* Details */

static const char uri_no_host[] = "";

static bool
uri_has_name(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void
detail_add_host(struct uri_builder *builder, struct uri_detail *detail,
		struct slice form)
{
	struct slice found = uri_host_slice(builder, form, builder->settings);
	const char *host, *domain;

	if (found.data == NULL)
		return;
	for (size_t i = 0; i < detail->host_count; i++)
		if (slice_is(found, detail->hosts[i]))
			return;
	host = slice_string(builder, found);
	domain = uri_domain(builder, host, builder->settings);
	if (domain == NULL)
		domain = uri_no_host;
	mem_grow(builder, detail->hosts, detail->host_count);
	mem_grow(builder, detail->host_domains, detail->host_count);
	detail->hosts[detail->host_count] = host;
	detail->host_domains[detail->host_count++] = domain;
	if (uri_has_name(detail->domains, detail->domain_count, domain))
		return;
	mem_grow(builder, detail->domains, detail->domain_count);
	detail->domains[detail->domain_count++] = domain;
}

static struct slice
builder_cut(struct uri_builder *builder, struct slice uri, bool characters)
{
	size_t at = 0;

	if (uri.len <= URI_LENGTH_MAX)
		return uri;
	if (!characters)
		at = URI_LENGTH_MAX;
	for (size_t n = 0; characters && at < uri.len && n < URI_LENGTH_MAX;
	     n++)
		unicode_next(uri, &at);
	builder->list->truncated |= at < uri.len;
	return slice_cut(uri, 0, at);
}

/* All about one URI; false if it was to have a valid host and has none. */
static bool
builder_examine(struct uri_builder *builder, struct uri_detail *detail,
		bool characters, bool needs_host)
{
	struct slice_set forms = SLICE_SET(builder);

	if (!uri_canonical(&forms, detail->raw, characters, builder->settings,
			   builder->scratch))
		builder->list->dropped = true;
	for (size_t i = 0; i < forms.count; i++) {
		forms.items[i] = builder_cut(builder, forms.items[i],
					     characters);
		detail_add_host(builder, detail, forms.items[i]);
	}
	if (needs_host && detail->domain_count == 0)
		return false;
	detail->canonical = forms.items;
	detail->canonical_count = forms.count;
	/* Perl matches links of HTML by characters, not by bytes. */
	for (size_t i = 0; i < forms.count; i++)
		slice_set_add(&builder->unique,
			      characters ? unicode_to_places(builder,
							     forms.items[i])
					 : forms.items[i]);
	return true;
}

/* The detail of a raw URI, made if need be; NULL if it is not to be kept. */
static struct uri_detail *
builder_add(struct uri_builder *builder, struct slice raw, unsigned types,
	    bool characters, bool needs_host)
{
	struct uri_list *list = builder->list;
	size_t i = slice_set_find(&builder->raw, raw);
	struct uri_detail detail = { .raw = raw, .characters = characters };

	if (i != SLICE_SET_NONE) {
		list->items[i].types |= types;
		return &list->items[i];
	}
	if (list->count == URI_DETAILS_MAX ||
	    builder->bytes + raw.len > URI_BYTES_MAX) {
		list->dropped = true;
		return NULL;
	}
	builder->bytes += raw.len;
	detail.types = types;
	if (!builder_examine(builder, &detail, characters, needs_host))
		return NULL;
	slice_set_add(&builder->raw, raw);
	mem_grow(builder, list->items, list->count);
	list->items[list->count] = detail;
	return &list->items[list->count++];
}

/* From text */

static bool
builder_is_nothing(struct uri_builder *builder, const struct uri_found *found)
{
	struct slice uri = found->uri;
	size_t at = 0;

	if (found->kind == URI_FIND_MAIL && slice_find(uri, 0, '@') == uri.len)
		return true;
	if (found->kind == URI_FIND_HOST &&
	    !domain_is_well_formed(domain_to_ascii(builder, found->host)))
		return true;
	if (slice_starts_nocase(uri, "cid:") ||
	    slice_starts_nocase(uri, "mid:"))
		return true;
	while (at < uri.len && (str_is_alnum((unsigned char)uri.data[at]) ||
				uri.data[at] == '_'))
		at++;
	if (at == 0 || at == uri.len || uri.data[at] != ':')
		return false;
	uri = slice_from(uri, at + 1);
	return slice_is(uri, "") || slice_is(uri, "/") || slice_is(uri, "//");
}

static struct slice
builder_prefix(struct uri_builder *builder, const char *scheme,
	       struct slice uri)
{
	struct buf out = BUF(builder);

	buf_text(&out, scheme);
	buf_slice(&out, uri);
	return buf_view(&out);
}

static bool
found_starts_www(struct slice uri)
{
	size_t at = 3;

	if (!slice_starts_nocase(uri, "www"))
		return false;
	while (at < uri.len && at < 5 &&
	       str_is_digit((unsigned char)uri.data[at]))
		at++;
	return at < uri.len && uri.data[at] == '.';
}

/* "mail:", "e-mail:", "skype:" and colons in front of an address are not part
 * of it. */
static struct slice
found_strip_label(struct slice uri)
{
	static const char *const labels[] = { "skype", "mail", "-mail", "email",
					      "e-mail" };
	struct slice rest = uri;

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (slice_starts_nocase(uri, labels[i]) &&
		    uri.len > strlen(labels[i]) &&
		    uri.data[strlen(labels[i])] == ':')
			rest = slice_from(uri, strlen(labels[i]));
	while (slice_starts(rest, ":"))
		rest = slice_from(rest, 1);
	return rest;
}

/* Gives what was found without a scheme the one it is meant to have; data NULL
 * if it is no URI after all. */
static struct slice
builder_complete(struct uri_builder *builder, struct slice uri,
		 unsigned *types)
{
	size_t at = slice_find(uri, 0, '@'), slash = slice_find(uri, 0, '/');

	*types |= 1u << URI_SCHEMELESS;
	if (slice_starts_nocase(uri, "ftp."))
		return builder_prefix(builder, "ftp://", uri);
	if (found_starts_www(uri))
		return builder_prefix(builder, "http://", uri);
	if (slash + 2 < uri.len && slice_find(uri, slash + 2, '@') < uri.len)
		return builder_prefix(builder, "http://", uri);
	if (at == uri.len) {
		*types |= 1u << URI_UNLINKED;
		return slice_find(uri, 0, '.') == uri.len
			       ? SLICE_NONE
			       : builder_prefix(builder, "http://", uri);
	}
	if (slice_find(uri, at + 2, '.') == uri.len ||
	    slice_search(uri, 0, SLICE("&nbsp;")) < uri.len)
		return SLICE_NONE;
	return builder_prefix(builder, "mailto:", found_strip_label(uri));
}

/* Whether the host of a mailto: URI has a known top level domain. */
static bool
builder_mail_is_valid(struct uri_builder *builder, struct slice uri)
{
	size_t at = slice_find(uri, 0, '@'), end;
	struct slice host;

	if (at == uri.len)
		return false;
	for (end = at + 1; end < uri.len && uri.data[end] != '?' &&
			   uri.data[end] != '&' && uri.data[end] != '>';)
		end++;
	host = slice_cut(uri, at + 1, end);
	while (slice_ends_nocase(host, "%20"))
		host.len -= 3;
	return domain_has_tld(builder->settings,
			      domain_to_ascii(builder, host));
}

static void
builder_found(struct uri_builder *builder, const struct uri_found *found)
{
	unsigned types = 1u << URI_PARSED;
	struct slice uri = found->uri;

	if (!slice_starts_nocase(uri, "http:") &&
	    !slice_starts_nocase(uri, "https:") &&
	    !slice_starts_nocase(uri, "ftp:") &&
	    !slice_starts_nocase(uri, "mailto:")) {
		uri = builder_complete(builder, uri, &types);
		if (uri.data == NULL)
			return;
	}
	if (slice_starts_nocase(uri, "mailto:")) {
		if (uri_has_escape(uri))
			uri = uri_unescape(builder, uri, false);
		if (!builder_mail_is_valid(builder, uri))
			return;
	}
	builder_add(builder, uri, types, false, true);
}

void
uri_builder_text(struct uri_builder *builder, struct slice paragraph)
{
	struct uri_finder finder;
	struct uri_found found;

	uri_find_start(&finder, paragraph, builder->settings);
	while (uri_find_next(&finder, &found)) {
		if (slice_set_find(&builder->found, found.uri) !=
		    SLICE_SET_NONE)
			continue;
		if (builder->found.count == URI_DETAILS_MAX) {
			builder->list->dropped = true;
			return;
		}
		slice_set_add(&builder->found, found.uri);
		if (!builder_is_nothing(builder, &found))
			builder_found(builder, &found);
	}
}

/* From HTML */

static void
builder_anchors(struct uri_builder *builder, struct uri_detail *detail,
		const struct html_texts *anchors, bool characters)
{
	struct slice_set seen = SLICE_SET(mem_context(builder, "anchors"));

	for (size_t i = 0; i < anchors->count; i++)
		slice_set_add(&seen, anchors->items[i]);
	for (size_t i = 0; i < seen.count; i++) {
		mem_grow(builder, detail->anchor_text, detail->anchor_count);
		detail->anchor_text[detail->anchor_count++] =
			characters ? seen.items[i]
				   : unicode_to_latin1(builder, seen.items[i]);
	}
	mem_free(seen.mem);
}

void
uri_builder_html(struct uri_builder *builder, const struct html *html)
{
	if (html->values[HTML_VALUE_URI_TRUNCATED].present)
		builder->list->truncated = true;
	builder->list->dropped |= html->truncated;
	for (size_t i = 0; i < html->uri_count; i++) {
		const struct html_uri *uri = &html->uris[i];
		struct slice raw = uri->uri;
		struct uri_detail *detail;

		if (!uri->characters)
			raw = unicode_to_latin1(builder, raw);
		detail = builder_add(builder, raw,
				     uri->types != 0 ? uri->types
						     : 1u << URI_PARSED,
				     uri->characters, false);
		if (detail != NULL)
			builder_anchors(builder, detail, &uri->anchors,
					uri->characters);
	}
}

struct uri_list *
uri_builder_finish(struct uri_builder *builder)
{
	struct uri_list *list = builder->list;

	for (size_t i = 0; i < list->count; i++) {
		struct uri_detail *detail = &list->items[i];

		detail->hosts = mem_resize(builder, detail->hosts,
					   detail->host_count + 1);
		detail->hosts[detail->host_count] = NULL;
		detail->host_domains = mem_resize(
			builder, detail->host_domains, detail->host_count + 1);
		detail->host_domains[detail->host_count] = NULL;
		detail->domains = mem_resize(builder, detail->domains,
					     detail->domain_count + 1);
		detail->domains[detail->domain_count] = NULL;
	}
	list->unique.items = builder->unique.items;
	list->unique.count = builder->unique.count;
	return list;
}

const struct uri_list *
uri_list(struct message *message, const struct uri_settings *settings)
{
	struct uri_builder *builder;
	const struct text *text;

	if (message->uris != NULL)
		return message->uris;
	builder = uri_builder_new(message->mem, settings);
	text = text_body(message);
	for (size_t i = 0; i < text->count; i++)
		uri_builder_text(builder, text->items[i]);
	for (size_t i = 0; i < message->part_count; i++) {
		struct part *part = message->parts[i];
		const struct part_text *rendered;

		if (!part->is_leaf)
			continue;
		rendered = text_part(part);
		if (rendered != NULL && rendered->html != NULL)
			uri_builder_html(builder, rendered->html);
	}
	message->uris = uri_builder_finish(builder);
	return message->uris;
}

const char *
uri_type_name(unsigned type)
{
	switch (type) {
	case URI_PARSED:
		return "parsed";
	case URI_SCHEMELESS:
		return "schemeless";
	case URI_UNLINKED:
		return "unlinked";
	default:
		return html_uri_type_name((enum html_uri_type)type);
	}
}
