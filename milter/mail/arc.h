/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_ARC_H
#define MAIL_ARC_H

/*
 * The chain of ARC sets that forwarders have put on a message, validated
 * (RFC 8617, 5.2). Keys as in dkim.h: asked early, waited for at the end.
 */

#include <stdbool.h>
#include <stddef.h>

#include "mail/auth.h"
#include "mail/dkim.h"

#define ARC_SETS_MAX 50 /* RFC 8617, 4.2.1 */

struct arc_set {
	const char *sealer;	/* d= of ARC-Seal */
	const char *selector;
	struct slice results;	/* ARC-Authentication-Results behind i=N; */
	enum auth_result message; /* of ARC-Message-Signature, or NOT_RUN */
	enum auth_result seal;
	bool from_signed; /* ARC-Message-Signature covers From */
};

struct arc_results {
	/* NONE: no chain; PASS; FAIL; TEMPERROR: a key could not be had. */
	enum auth_result result;
	const char *why;      /* in words, printable ASCII; "" for PASS */
	struct arc_set *sets; /* sets[0] is instance 1 */
	size_t count;
};

struct arc;

struct arc *arc_begin(void *mem, const struct message *message, struct dns *dns,
		      const struct dkim_settings *settings);
const struct arc_results *arc_finish(struct arc *arc);

/*
 * Did a forwarder that is trusted see DMARC pass? True if the chain passes and
 * one of the last sets, all sealed by domains of the list, says dmarc=pass, and
 * From is still the one that was signed last.
 * sealer: which, below results.
 */
bool arc_vouches(const struct arc_results *results, const char *const *trusted,
		 size_t trusted_count, const char **sealer);

#endif
