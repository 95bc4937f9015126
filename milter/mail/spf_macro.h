/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_SPF_MACRO_H
#define MAIL_SPF_MACRO_H

/* The macros of SPF records, "%{ir}.%{v}._spf.%{d2}" (RFC 7208, section 7). */

#include <stdbool.h>

#include "base/str.h"

/* Whether text is a domain-spec, and a macro-string, by the grammar. Macros
 * that are for explanations only (c, r, t) are not. */
bool spf_macro_is_domain(struct slice text);
bool spf_macro_is_string(struct slice text);
/* Whether it wants the client's validated name, which takes look-ups. */
bool spf_macro_needs_name(struct slice text);

struct spf_macro_values {
	const char *client; /* address */
	const char *local, *sender_domain; /* of the sender */
	const char *domain; /* the current one */
	const char *helo;
	const char *name; /* validated, or "unknown" */
};

/*
 * Text, which is one of the above, with its macros filled in: a name of at most
 * 253 bytes, labels taken off its front where it was longer.
 */
char *spf_macro_expand(void *mem, struct slice text,
		       const struct spf_macro_values *values);

#endif
