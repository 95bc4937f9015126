/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client of an SPF check: its address, and the names it may call its own. */
#include "mail/spf_private.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"

/* An IPv4 address mapped into IPv6 is IPv4. */
bool
spf_read_client(struct spf_run *run, const char *client)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET_ADDRSTRLEN];

	run->values.client = client;
	run->family = AF_INET;
	if (inet_pton(AF_INET, client, run->client) == 1)
		return true;
	run->family = AF_INET6;
	if (inet_pton(AF_INET6, client, run->client) != 1)
		return false;
	if (memcmp(run->client, mapped, sizeof(mapped)) != 0)
		return true;
	run->family = AF_INET;
	memmove(run->client, run->client + sizeof(mapped), 4);
	inet_ntop(AF_INET, run->client, text, sizeof(text));
	run->values.client = mem_strdup(run->mem, text);
	return true;
}

static bool
spf_same_network(const unsigned char *a, const unsigned char *b,
		 unsigned prefix)
{
	unsigned bytes = prefix / 8, bits = prefix % 8;

	if (memcmp(a, b, bytes) != 0)
		return false;
	return bits == 0 || ((a[bytes] ^ b[bytes]) >> (8 - bits)) == 0;
}

enum dns_type
spf_address_type(const struct spf_run *run)
{
	return run->family == AF_INET ? DNS_A : DNS_AAAA;
}

bool
spf_holds_client(const struct spf_run *run, const struct dns_answer *answer,
		 unsigned prefix4, unsigned prefix6)
{
	size_t len = run->family == AF_INET ? 4 : 16;

	for (size_t i = 0; i < answer->record_count; i++)
		if (answer->records[i].len == len &&
		    spf_same_network(
			    (const unsigned char *)answer->records[i].data,
			    run->client, len == 4 ? prefix4 : prefix6))
			return true;
	return false;
}

bool
spf_names_client(const struct spf_run *run,
		const struct spf_directive *directive)
{
	bool v4 = directive->mechanism == SPF_IP4;

	return v4 == (run->family == AF_INET) &&
	       spf_same_network(directive->address, run->client,
				v4 ? directive->prefix4 : directive->prefix6);
}

/* --- the client's own names (ptr, %{p}) --- */

static void
spf_find_own_names(struct spf_run *run)
{
	const char *reverse = dns_reverse(run->mem, run->values.client,
					  "in-addr.arpa", "ip6.arpa");
	const struct dns_answer *answer =
		dns_look_up(run->dns, reverse, DNS_PTR);
	struct dns_question *questions[SPF_NAMES_MAX];
	const char *names[SPF_NAMES_MAX];
	size_t count = 0;

	run->own_names_known = true;
	for (size_t i = 0;
	     i < answer->record_count && count < SPF_NAMES_MAX; i++) {
		names[count] = dns_host(run->mem, answer, i);
		if (names[count] == NULL || names[count][0] == '\0')
			continue;
		questions[count] = dns_ask(run->dns, names[count],
					   spf_address_type(run));
		count++;
	}
	run->own_names = mem_array(run->mem, const char *, SPF_NAMES_MAX);
	for (size_t i = 0; i < count; i++)
		if (spf_holds_client(run, dns_wait(run->dns, questions[i]), 32,
				     128))
			run->own_names[run->own_name_count++] = names[i];
}

static bool
spf_is_within(struct slice host, struct slice domain)
{
	if (host.len <= domain.len)
		return slice_equal_nocase(host, domain);
	return host.data[host.len - domain.len - 1] == '.' &&
	       slice_equal_nocase(slice_from(host, host.len - domain.len),
				  domain);
}

bool
spf_has_own_name(struct spf_run *run, const char *domain)
{
	if (!run->own_names_known)
		spf_find_own_names(run);
	for (size_t i = 0; i < run->own_name_count; i++)
		if (spf_is_within(slice_of(run->own_names[i]),
				  slice_of(domain)))
			return true;
	return false;
}

const char *
spf_own_name(struct spf_run *run, const char *domain)
{
	const char *best = NULL;

	if (!run->own_names_known)
		spf_find_own_names(run);
	for (size_t i = 0; i < run->own_name_count; i++) {
		const char *name = run->own_names[i];

		if (slice_is_nocase(slice_of(name), domain))
			return name;
		if (best == NULL ||
		    (spf_is_within(slice_of(name), slice_of(domain)) &&
		     !spf_is_within(slice_of(best), slice_of(domain))))
			best = name;
	}
	return best == NULL ? "unknown" : best;
}
