/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "origin.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "trace.h"

#define ORIGIN_HOST_MAX 256

bool
origin_is_valid(const struct origin *origin)
{
	unsigned char bytes[16];

	return origin->client == NULL ||
	       inet_pton(AF_INET, origin->client, bytes) == 1 ||
	       inet_pton(AF_INET6, origin->client, bytes) == 1;
}

/* Whether the name's own addresses hold this one. */
static bool
origin_confirms(struct dns *dns, const char *name, const char *client)
{
	char address[DNS_ADDRESS_TEXT];
	const struct dns_answer *answer = dns_look_up(
		dns, name, strchr(client, ':') != NULL ? DNS_AAAA : DNS_A);

	for (size_t i = 0; i < answer->record_count; i++)
		if (dns_address(answer, i, address) &&
		    strcmp(address, client) == 0)
			return true;
	return false;
}

static void
origin_name(struct session *session)
{
	struct dns *dns = session->mail->dns;
	const char *name, *host = NULL;

	session->client_name = session->client_ptr = "unknown";
	if (!dns_is_on(dns))
		return;
	name = dns_reverse(dns, session->client_addr, "in-addr.arpa",
			   "ip6.arpa");
	if (name != NULL)
		host = dns_host(session, dns_look_up(dns, name, DNS_PTR), 0);
	if (host == NULL || host[0] == '\0')
		return;
	session->client_ptr = host;
	if (origin_confirms(dns, host, session->client_addr))
		session->client_name = host;
}

struct slice
origin_apply(const struct origin *origin, struct session *session,
	     struct slice message)
{
	char hostname[ORIGIN_HOST_MAX] = "localhost";
	struct buf out = BUF(session);
	struct slice line;

	if (origin->from != NULL)
		session->mail->sender = origin->from;
	if (origin->client == NULL)
		return message;
	gethostname(hostname, sizeof(hostname) - 1);
	session->hostname = mem_strdup(session, hostname);
	session->client_addr = origin->client;
	session->helo = origin->helo == NULL ? "" : origin->helo;
	session->esmtp = true;
	origin_name(session);
	if (slice_starts(message, "From "))
		slice_line(&message, &line);
	buf_text(&out, trace_fields(session, session));
	session->mail->prefix = out.len;
	buf_slice(&out, message);
	return buf_view(&out);
}
