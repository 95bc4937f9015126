/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * :addr, :name, :host, :domain, :ip and :revip (PerMsgStatus::_get).
 */
#include "rule/header_private.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/mem.h"
#include "mail/address_list.h"
#include "mail/domain.h"
#include "mail/header.h"

#define SELECT_HOST_MAX 251 /* bytes in front of the top level domain */

/* White space runs become a blank, one level of '...' goes. */
static struct slice
select_tidy(struct check *check, struct slice text)
{
	struct buf out = BUF(check);
	struct slice tidy;

	text = slice_trim(text);
	for (size_t i = 0; i < text.len; i++) {
		bool space = str_is_space((unsigned char)text.data[i]);

		if (!space)
			buf_char(&out, text.data[i]);
		else if (!str_is_space((unsigned char)text.data[i - 1]))
			buf_char(&out, ' ');
	}
	tidy = out.len == 0 ? SLICE("") : buf_view(&out);
	if (tidy.len >= 2 && tidy.data[0] == '\'' &&
	    tidy.data[tidy.len - 1] == '\'')
		return slice_cut(tidy, 1, tidy.len - 1);
	return tidy;
}

void
select_addresses(struct check *check, struct value_list *list, unsigned select)
{
	struct value_list found = { 0 };

	for (size_t i = 0; i < list->count; i++) {
		struct header_address *items;
		size_t count = address_list(check, list->items[i], &items);

		for (size_t k = 0; k < count; k++) {
			struct slice name = items[k].name;

			if (select & SELECT_ADDR)
				value_add(check, &found, items[k].address);
			else if (name.data == NULL || select & SELECT_RAW)
				value_add(check, &found, name);
			else
				value_add(check, &found,
					  select_tidy(check,
						      header_decode(
							      check,
							      SLICE("name"),
							      name)));
		}
	}
	*list = found;
}

static int
select_compare(const void *key, const void *item)
{
	return strcmp(key, *(const char *const *)item);
}

static bool
select_is_tld(struct check *check, struct slice word)
{
	const struct uri_settings *uris = &check->ruleset->settings.uris;
	char text[64];

	if (word.len == 0 || word.len >= sizeof(text) || uris->tlds == NULL)
		return false;
	for (size_t i = 0; i <= word.len; i++)
		text[i] = i == word.len ? '\0'
				: (char)str_lower_char(
					  (unsigned char)word.data[i]);
	return bsearch(text, uris->tlds, uris->tld_count,
		       sizeof(*uris->tlds), select_compare) != NULL;
}

/* A blank ends whatever a host may be in. */
static bool
select_is_blank(char c)
{
	return str_is_space((unsigned char)c);
}

/* Whether the label that begins behind a dot is a top level domain, with
 * nothing behind it that a host would go on with; *end is where it ends. */
static bool
select_ends_host(struct check *check, struct slice text, size_t label,
		 size_t *end)
{
	*end = label;
	while (*end < text.len &&
	       (str_is_alnum((unsigned char)text.data[*end]) ||
		text.data[*end] == '-'))
		++*end;
	return (*end == text.len ||
		(text.data[*end] != '.' && text.data[*end] != '_')) &&
	       select_is_tld(check, slice_cut(text, label, *end));
}

/* The longest run from `at` on without blanks that ends in a top level domain;
 * SLICE_NONE if there is none. */
static struct slice
select_run(struct check *check, struct slice text, size_t at)
{
	size_t dot = at, end;

	if (at > 0 && strchr("._-", text.data[at - 1]) != NULL)
		return SLICE_NONE;
	while (dot < text.len && dot - at <= SELECT_HOST_MAX &&
	       !select_is_blank(text.data[dot]))
		dot++;
	for (dot--; dot > at && dot < text.len; dot--)
		if (text.data[dot] == '.' && dot - at <= SELECT_HOST_MAX &&
		    select_ends_host(check, text, dot + 1, &end))
			return slice_cut(text, at, end);
	return SLICE_NONE;
}

static bool
select_is_host(struct check *check, struct slice run)
{
	return domain_is_well_formed(domain_to_ascii(check, run));
}

/* Behind the last @ if that is a host, else the first run that is one. */
static struct slice
select_host(struct check *check, struct slice text)
{
	struct slice run = SLICE_NONE;

	for (size_t at = text.len; at > 0 && run.data == NULL; at--)
		if (text.data[at - 1] == '@')
			run = select_run(check, text, at);
	if (run.data != NULL && select_is_host(check, run))
		return run;
	for (size_t at = 0; at < text.len; at++) {
		if (select_is_blank(text.data[at]))
			continue;
		run = select_run(check, text, at);
		if (run.data == NULL)
			continue;
		if (select_is_host(check, run))
			return run;
		at += run.len - 1;
	}
	return SLICE_NONE;
}

/* What follows the last @ of an address that has something behind it. */
static struct slice
select_address_host(struct slice address)
{
	size_t end;

	for (size_t at = address.len; at > 0; at--) {
		if (address.data[at - 1] != '@')
			continue;
		for (end = at; end < address.len &&
			       !str_is_space((unsigned char)address.data[end]);
		     end++)
			;
		if (end > at)
			return slice_cut(address, at, end);
	}
	return SLICE_NONE;
}

void
select_hosts(struct check *check, struct value_list *list, unsigned select)
{
	struct value_list found = { 0 };

	for (size_t i = 0; i < list->count; i++) {
		struct slice host = select & SELECT_ADDR
			? select_address_host(list->items[i])
			: select_host(check, list->items[i]);

		if (host.data != NULL && select & SELECT_DOMAIN)
			host = domain_registrable(
				check, &check->ruleset->settings.uris,
				slice_of(str_lower(check,
						   slice_string(check, host))));
		value_add(check, &found, host);
	}
	*list = found;
}

static bool
select_is_ip_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	       (c >= 'A' && c <= 'F') || c == '.' || c == ':';
}

/* The longest run of an address's characters that is one. */
static struct slice
select_ip(struct slice text, unsigned char bytes[16], int *family)
{
	char run[64];
	size_t end;

	for (size_t at = 0; at < text.len; at = end + 1) {
		size_t start = at;

		for (end = at;
		     end < text.len && select_is_ip_char(text.data[end]); end++)
			;
		if (end - at < 2 || end - at >= sizeof(run))
			continue;
		/* "IPv6:2001:db8::1": the 6 and its colon belong to the tag. */
		if (at > 2 && text.data[at] == '6' &&
		    text.data[at + 1] == ':' &&
		    slice_is_nocase(slice_cut(text, at - 3, at), "IPv"))
			start = at + 2;
		memcpy(run, text.data + start, end - start);
		run[end - start] = '\0';
		*family = strchr(run, ':') != NULL ? AF_INET6 : AF_INET;
		if (inet_pton(*family, run, bytes) == 1)
			return slice_cut(text, at > 2 && start != at ? at - 3
								     : start,
					 end);
	}
	return SLICE_NONE;
}

static struct slice
select_reverse(struct check *check, const unsigned char *bytes, int family)
{
	struct buf out = BUF(check);

	if (family == AF_INET) {
		buf_printf(&out, "%u.%u.%u.%u", bytes[3], bytes[2], bytes[1],
			   bytes[0]);
		return buf_view(&out);
	}
	for (int i = 15; i >= 0; i--)
		buf_printf(&out, "%s%x.%x", i == 15 ? "" : ".", bytes[i] & 15,
			   bytes[i] >> 4);
	return buf_view(&out);
}

void
select_ips(struct check *check, struct value_list *list, unsigned select)
{
	struct value_list found = { 0 };
	unsigned char bytes[16];
	int family;

	for (size_t i = 0; i < list->count; i++) {
		struct slice ip = select_ip(list->items[i], bytes, &family);

		if (ip.data != NULL && select & SELECT_REVIP)
			ip = select_reverse(check, bytes, family);
		value_add(check, &found, ip);
	}
	*list = found;
}
