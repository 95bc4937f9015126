/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_RECEIVED_H
#define MAIL_RECEIVED_H

/*
 * The relays that a message says it came through, and which of them can be
 * trusted (SpamAssassin's Message/Metadata/Received.pm).
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "mail/message.h"
#include "mail/netset.h"

struct relay {
	const char *ip, *rdns, *helo, *by, *ident, *envfrom, *id, *auth;
	/* each never NULL; "" if unknown */
	const char *lc_rdns, *lc_helo, *lc_by; /* the same in lower case */
	bool has_envfrom; /* else envfrom is not known */
	bool ip_private, no_reverse_dns;
	bool internal, msa;
	bool trusted;
	size_t header; /* index of the Received field in the root's headers */
};

struct relay_settings {
	const struct netset *trusted, *internal, *msa; /* NULL: not set */
	const char *const *originating_ip_headers; /* ends with NULL; or NULL */
	const char *envelope_sender_header; /* or NULL */
	bool always_trust_envelope_sender;
};

struct relays {
	struct relay *items; /* first the one nearest to us */
	size_t count;
	size_t trusted_count, internal_count; /* the first so many */
	size_t unparseable;
	bool all_trusted;
	long last_trusted, last_internal; /* Received fields; -1: none */
	struct slice as_trusted, as_untrusted; /* X-Spam-Relays-... values */
	struct slice as_internal, as_external;
	const char *envelope_from; /* "" for the null sender; NULL: unknown */
};

/* Built on first use with these settings, then kept with the message. */
const struct relays *received_relays(struct message *message,
				     const struct relay_settings *settings);

#endif
