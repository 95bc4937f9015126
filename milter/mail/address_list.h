/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_ADDRESS_LIST_H
#define MAIL_ADDRESS_LIST_H

/* Addresses in header fields, taken apart as SpamAssassin's
 * Util::parse_header_addresses does. */

#include <stddef.h>

#include "base/str.h"

struct header_address {
	struct slice address; /* "user@host"; may be empty */
	struct slice name;    /* phrase or comment, undecoded; may be empty */
};

/* value: the raw field (Util::_parse_header_addresses). Returns the count. */
size_t address_list(void *mem, struct slice value,
		    struct header_address **addresses);

#endif
