/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_DKIM_H
#define MAIL_DKIM_H

/*
 * DKIM signatures of a message, verified (RFC 6376, 8301, 8463). Keys are asked
 * for at the beginning and waited for at the end. One message, one thread;
 * everything hangs below mem and the message.
 *
 * An own verifier on OpenSSL and not libopendkim: Debian's build of that has
 * no Ed25519, and it knows nothing of ARC, so canonical forms, tags and keys
 * would be needed here anyway; two readers of one field can disagree.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/auth.h"
#include "mail/message.h"
#include "wrap/dns.h"

#define DKIM_SIGNATURES_MAX 10 /* that are looked at by default */

struct dkim_settings {
	size_t signatures; /* looked at, from the top; 0: DKIM_SIGNATURES_MAX */
	unsigned key_bits; /* RSA keys with fewer are refused; 0: 1024 */
	bool no_sha1;	   /* rsa-sha1 is refused (RFC 8301) */
	int64_t now;	   /* seconds of 1970, for x= */
};

struct dkim_signature {
	/*
	 * PASS; FAIL: body or header changed; NEUTRAL: malformed; POLICY: good
	 * or not, but its key or algorithm is refused, or it has expired;
	 * PERMERROR: no usable key; TEMPERROR: the DNS cannot tell.
	 */
	enum auth_result result;
	const char *why;       /* in words, printable ASCII; "" for PASS */
	const char *domain;    /* d=, lower case; "" if malformed */
	const char *selector;  /* s= */
	const char *identity;  /* i=, or "@d" */
	const char *algorithm; /* a= */
	const char *signature; /* first 8 letters of b=, for header.b */
	unsigned key_bits;     /* 0: there is no key */
	bool testing;	       /* t=y in the key's record */
	uint64_t unsigned_bytes; /* of the canonical body, beyond l= */
};

struct dkim_results {
	struct dkim_signature **items; /* from the top of the header */
	size_t count;
	size_t left_out; /* signatures beyond the limit */
};

struct dkim;

/* Reads the signatures and asks for their keys. message, dns and settings must
 * outlive the result. */
struct dkim *dkim_begin(void *mem, const struct message *message,
			struct dns *dns, const struct dkim_settings *settings);
/* Waits for the keys, within the budget of dns, and verifies. */
const struct dkim_results *dkim_finish(struct dkim *dkim);

#endif
