/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_HEADER_PRIVATE_H
#define RULE_HEADER_PRIVATE_H

/*
 * Between header_value.c, which keeps values, header_pseudo.c, which makes
 * those that are no field of the message, and header_select.c, which takes
 * addresses, hosts and IPs out of them.
 */

#include "rule/check_private.h"

struct value_list {
	struct slice *items;
	size_t count;
};

/* Of a field, or of what is made under such a name; the text lasts as long as
 * the check. */
struct value_name {
	struct slice text;
	uint32_t hash; /* slice_hash_nocase() */
};

struct value_name value_name(struct slice text);

enum value_form {
	VALUE_DECODED, /* unfolded, decoded, a LF behind it */
	VALUE_RAW,     /* as it stands */
	VALUE_UNFOLDED, /* stripped, not decoded, a LF behind it */
};

/* SLICE_NONE is not added. */
void value_add(struct check *check, struct value_list *list,
	       struct slice value);
void value_add_fields(struct check *check, struct value_list *list,
		      struct value_name name, enum value_form form);

/* ALL, ALL-TRUSTED ...; false if name is none of them. */
bool pseudo_all(struct check *check, struct value_list *list,
		struct slice name, unsigned select);
/* EnvelopeFrom, ToCc, MESSAGEID, X-Spam-Relays-...; false if name is none. */
bool pseudo_field(struct check *check, struct value_list *list,
		  struct slice name, unsigned select);
/* What SpamAssassin notes down about a message by name. */
void pseudo_metadata(struct check *check, struct value_list *list,
		     struct slice name);

/* Each puts what it finds in list in place of what is there. */
void select_addresses(struct check *check, struct value_list *list,
		      unsigned select);
void select_hosts(struct check *check, struct value_list *list,
		  unsigned select);
void select_ips(struct check *check, struct value_list *list,
		unsigned select);

#endif
