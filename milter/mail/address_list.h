/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_ADDRESS_LIST_H
#define MAIL_ADDRESS_LIST_H

/* Addresses in header fields, taken apart as SpamAssassin's
 * Util::parse_header_addresses does. */

#include <stddef.h>

#include "base/str.h"

#define ADDRESS_LIST_MAX 20000 /* addresses of one field */
/* Of a field; what follows is not read. */
#define ADDRESS_LIST_BYTES (256 << 10)

struct header_address {
	struct slice address; /* "user@host"; data NULL if there is none */
	struct slice name;    /* phrase or comment, undecoded; or data NULL */
};

/*
 * value: the raw field (Util::_parse_header_addresses). Returns the count. All
 * hangs below mem.
 */
size_t address_list(void *mem, struct slice value,
		    struct header_address **addresses);
/* The same without its short cut for plain entries, for tests. */
size_t address_list_by_pattern(void *mem, struct slice value,
			       struct header_address **addresses);
/* Compiles what the first call would compile. */
void address_list_preload(void);
/* Whether host could be a name in DNS with at least two labels
 * (Util::is_fqdn_valid). Bytes beyond ASCII count as letters. */
bool address_host_is_valid(struct slice host);

#endif
