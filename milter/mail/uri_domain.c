/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host of a URI, and what of it was registered (RegistryBoundaries.pm,
 * uri_to_domain). Stateless. */
#include "mail/uri.h"

#include "base/mem.h"
#include "mail/domain.h"
#include "mail/uri_host.h"

/* The part of a URI that should be a host name; data NULL if it has none.
 * lower: all in lower case. */
static struct slice
host_part(struct slice lower)
{
	size_t at = 0, end;

	if (slice_starts(lower, "javascript:") || slice_starts(lower, "cid:") ||
	    slice_starts(lower, "file:"))
		return SLICE_NONE;
	if (slice_starts(lower, "mailto:")) {
		lower = slice_cut(lower, 7, slice_find(lower, 0, '?'));
		at = slice_find(lower, 0, '@');
		if (at == lower.len ||
		    slice_find(lower, at + 1, '@') < lower.len)
			return SLICE_NONE;
		return slice_from(lower, at + 1);
	}
	while (at < lower.len && lower.data[at] >= 'a' && lower.data[at] <= 'z')
		at++;
	if (at > 0 && at < lower.len && lower.data[at] == ':') {
		lower = slice_from(lower, at + 1);
		for (int i = 0; i < 2 && slice_starts(lower, "/"); i++)
			lower = slice_from(lower, 1);
	}
	for (end = 0; end < lower.len && lower.data[end] != '/' &&
		      lower.data[end] != '?' && lower.data[end] != '#';)
		end++;
	lower.len = end;
	for (at = end; at > 0 && lower.data[at - 1] != '@';)
		at--;
	lower = slice_from(lower, at);
	for (end = lower.len;
	     end > 0 && str_is_digit((unsigned char)lower.data[end - 1]);)
		end--;
	if (end > 0 && lower.data[end - 1] == ':')
		lower.len = end - 1;
	return lower;
}

/* A name that has %XX for printable characters in it will be seen decoded. */
static bool
host_is_escaped(struct slice host)
{
	for (size_t at = 0; at < host.len; at++) {
		int c = host.data[at] != '%' ? 0 : uri_hex_pair(host, at + 1);

		if (c >= 0x21 && c <= 0x7e)
			return true;
	}
	return false;
}

struct slice
uri_host_slice(void *mem, struct slice uri,
	       const struct uri_settings *settings)
{
	char *lower = mem_strndup(mem, uri.data, uri.len);
	struct slice host;

	for (size_t i = 0; i < uri.len; i++)
		lower[i] = (char)str_lower_char((unsigned char)lower[i]);
	host = host_part((struct slice){ lower, uri.len });
	if (host.data == NULL || host_is_escaped(host))
		return SLICE_NONE;
	host = domain_to_ascii(mem, host);
	if (domain_is_ip(host) ||
	    (domain_is_well_formed(host) && domain_has_tld(settings, host)))
		return host;
	return SLICE_NONE;
}

const char *
uri_host(void *mem, struct slice uri, const struct uri_settings *settings)
{
	struct slice host = uri_host_slice(mem, uri, settings);

	return host.data == NULL ? NULL : slice_string(mem, host);
}

const char *
uri_domain(void *mem, const char *host, const struct uri_settings *settings)
{
	struct slice name = domain_to_ascii(mem, slice_of(host));

	if (!domain_is_ip(name))
		name = domain_registrable(mem, settings, name);
	return name.len == 0 ? NULL : slice_string(mem, name);
}
