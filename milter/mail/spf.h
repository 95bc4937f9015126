/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_SPF_H
#define MAIL_SPF_H

/*
 * Whether a client may send for a domain (RFC 7208). Records are chosen, taken
 * apart and filled in here, and the limits are kept here: libspf2 walks through
 * them (wrap/spf.h) without seeing a byte of their text.
 */

#include "mail/auth.h"
#include "wrap/dns.h"

#define SPF_LOOKUPS_MAX 10 /* include, a, mx, ptr, exists, redirect */
#define SPF_VOIDS_MAX 2	   /* of them without any answer */
#define SPF_NAMES_MAX 10   /* hosts of one mx, names of a client */

struct spf_question {
	const char *client; /* address */
	const char *helo;
	const char *sender; /* "local@domain"; "": postmaster at the HELO */
};

/* Never fails: what goes wrong is a result. The texts of result hang below
 * mem. */
void spf_check(void *mem, struct dns *dns, const struct spf_question *question,
	       struct auth_spf *result);

#endif
