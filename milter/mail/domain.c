/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/domain.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"
#include "mail/charset.h"
#include "mail/unicode.h"
#include "wrap/idn.h"

#define HOST_LENGTH_MAX 253
#define LABEL_LENGTH_MAX 63
#define REGISTRY_LABELS_MAX 4 /* of a registry's own names, all told */

/* Whether text, in lower case, is in a sorted list. */
static bool
domain_listed(const char *const *list, size_t count, struct slice text)
{
	char lower[HOST_LENGTH_MAX + 1];
	size_t low = 0, high = list == NULL ? 0 : count;

	if (text.len > HOST_LENGTH_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++)
		lower[i] = (char)str_lower_char((unsigned char)text.data[i]);
	lower[text.len] = '\0';
	if (strlen(lower) != text.len)
		return false;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(lower, list[middle]);

		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/* Full stops of other scripts separate labels too. */
static struct slice
domain_plain_dots(void *mem, struct slice host)
{
	struct buf out = BUF(mem);

	for (size_t at = 0; at < host.len;) {
		unsigned long c = unicode_next(host, &at);

		if (c == 0x3002 || c == 0xff0e || c == 0xff61)
			c = '.';
		charset_put(&out, c);
	}
	return buf_view(&out);
}

struct slice
domain_to_ascii(void *mem, struct slice host)
{
	bool ascii = true, lower = true;
	char *copy;

	for (size_t i = 0; i < host.len; i++) {
		unsigned char c = (unsigned char)host.data[i];

		ascii &= c < 0x80;
		lower &= c == str_lower_char(c);
	}
	if (ascii && lower)
		return host;
	if (!ascii && charset_is_utf8(host)) {
		char *name;

		host = domain_plain_dots(mem, host);
		name = idn_to_ascii(mem, host);
		if (name != NULL)
			return slice_of(name);
	}
	copy = mem_strndup(mem, host.data, host.len);
	for (size_t i = 0; i < host.len; i++)
		copy[i] = (char)str_lower_char((unsigned char)copy[i]);
	return (struct slice){ copy, host.len };
}

/* The next label with its dot off the front. */
static struct slice
domain_first_label(struct slice *host)
{
	size_t end = slice_find(*host, 0, '.');
	struct slice label = slice_cut(*host, 0, end + 1);

	*host = slice_from(*host, end + 1);
	return label;
}

struct slice
domain_to_ascii_labels(void *mem, struct slice host)
{
	struct slice name = domain_to_ascii(mem, host), label, theirs;
	struct buf out = BUF(mem);

	if (charset_is_ascii(host) || !charset_is_utf8(host))
		return name;
	host = domain_plain_dots(mem, host);
	while (host.len > 0 && name.len > 0) {
		label = domain_first_label(&host);
		theirs = domain_first_label(&name);
		buf_slice(&out, charset_is_ascii(label) ? label : theirs);
	}
	buf_slice(&out, name);
	return buf_view(&out);
}

/* Takes the last label off; false if there is none. */
static bool
domain_last_label(struct slice *host, struct slice *label)
{
	size_t start = host->len;

	if (host->data == NULL)
		return false;
	while (start > 0 && host->data[start - 1] != '.')
		start--;
	*label = slice_from(*host, start);
	*host = start == 0 ? SLICE_NONE : slice_cut(*host, 0, start - 1);
	return true;
}

static bool
label_is_well_formed(struct slice label, bool underscore)
{
	if (label.len == 0 || label.len > LABEL_LENGTH_MAX)
		return false;
	for (size_t i = 0; i < label.len; i++) {
		char c = label.data[i];
		bool inner = i > 0 && i + 1 < label.len;

		if (!str_is_digit((unsigned char)c) &&
		    !(c >= 'a' && c <= 'z') && !(c == '_' && underscore) &&
		    !(c == '-' && inner))
			return false;
	}
	return true;
}

bool
domain_is_well_formed(struct slice host)
{
	struct slice label;
	size_t count = 0;

	while (host.len > 0 && host.data[host.len - 1] == '.')
		host.len--;
	if (host.len == 0 || host.len > HOST_LENGTH_MAX)
		return false;
	for (; domain_last_label(&host, &label); count++)
		if (!label_is_well_formed(label, count >= 2))
			return false;
	return count > 1;
}

bool
domain_has_tld(const struct uri_settings *settings, struct slice host)
{
	struct slice label;

	for (size_t i = 0; i < host.len; i++)
		if (str_is_space((unsigned char)host.data[i]))
			return false;
	if (!domain_last_label(&host, &label) || host.data == NULL)
		return false;
	return domain_listed(settings->tlds, settings->tld_count, label);
}

static bool
domain_is_ipv4(struct slice host)
{
	int parts = 0;

	for (size_t at = 0; at <= host.len; at++, parts++) {
		size_t start = at;
		int value = 0;

		while (at < host.len && at < start + 3 &&
		       str_is_digit((unsigned char)host.data[at]))
			value = value * 10 + (host.data[at++] - '0');
		if (at == start || value > 255 ||
		    (host.data[start] == '0' && at > start + 1))
			return false;
		if (at < host.len && host.data[at] != '.')
			return false;
	}
	return parts == 4;
}

bool
domain_is_ip(struct slice host)
{
	char text[INET6_ADDRSTRLEN + 1];
	struct in6_addr address;

	if (slice_find(host, 0, ':') == host.len)
		return domain_is_ipv4(host);
	if (slice_starts_nocase(host, "ipv6:"))
		host = slice_from(host, 5);
	if (host.len > INET6_ADDRSTRLEN || host.len == 0)
		return false;
	memcpy(text, host.data, host.len);
	text[host.len] = '\0';
	return strlen(text) == host.len &&
	       inet_pton(AF_INET6, text, &address) == 1;
}

static const char *const us_states[] = {
	"ak", "al", "ar", "az", "ca", "co", "ct", "dc", "de", "fl", "ga", "gu",
	"hi", "ia", "id", "il", "in", "ks", "ky", "la", "ma", "md", "me", "mi",
	"mn", "mo", "ms", "mt", "nc", "nd", "ne", "nh", "nj", "nm", "nv", "ny",
	"oh", "ok", "or", "pa", "pr", "ri", "sc", "sd", "tn", "tx", "ut", "va",
	"vi", "vt", "wa", "wi", "wv", "wy"
};

static bool
domain_is_us_state(struct slice label)
{
	return domain_listed(us_states,
			     sizeof(us_states) / sizeof(us_states[0]), label);
}

/* Whether a registry hands out names below these labels (the last `count` of
 * a host; labels[0] is the top level). The .us domain is special. */
static bool
domain_is_registry(const struct uri_settings *settings,
		   const struct slice *labels, size_t count, struct slice name)
{
	bool us = slice_is(labels[0], "us");

	if (count == 2)
		return domain_listed(settings->second_level,
				     settings->second_level_count, name);
	if (count == 3 && us)
		return domain_is_us_state(labels[1]);
	if (count == 3)
		return domain_listed(settings->third_level,
				     settings->third_level_count, name);
	return us && domain_is_us_state(labels[1]) &&
	       ((slice_is(labels[3], "pvt") && slice_is(labels[2], "k12")) ||
		slice_is(labels[3], "ci") || slice_is(labels[3], "co"));
}

/* Without leading, trailing and doubled dots. */
static struct slice
domain_single_dots(void *mem, struct slice host)
{
	struct buf out = BUF(mem);

	while (host.len > 0 && host.data[0] == '.')
		host = slice_from(host, 1);
	while (host.len > 0 && host.data[host.len - 1] == '.')
		host.len--;
	if (slice_search(host, 0, SLICE("..")) == host.len)
		return host;
	for (size_t i = 0; i < host.len; i++)
		if (host.data[i] != '.' || host.data[i - 1] != '.')
			buf_char(&out, host.data[i]);
	return buf_view(&out);
}

struct slice
domain_registrable(void *mem, const struct uri_settings *settings,
		   struct slice host)
{
	struct slice labels[REGISTRY_LABELS_MAX + 1], rest;
	size_t count = 0, keep = 2;

	host = rest = domain_single_dots(mem, host);
	while (count < REGISTRY_LABELS_MAX + 1 &&
	       domain_last_label(&rest, &labels[count]))
		count++;
	for (size_t k = 2; k <= REGISTRY_LABELS_MAX && k <= count; k++) {
		const char *start = labels[k - 1].data;
		struct slice name = { start,
				      (size_t)(host.data + host.len - start) };

		if (domain_is_registry(settings, labels, k, name))
			keep = k + 1;
	}
	if (count <= keep && rest.data == NULL)
		return host;
	return slice_from(host, (size_t)(labels[keep - 1].data - host.data));
}
