/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_URI_HOST_H
#define MAIL_URI_HOST_H

/* A web URI taken apart, and the notations of addresses as hosts. */

#include <stdbool.h>

#include "base/str.h"

struct uri_parts {
	struct slice scheme; /* "http://" or "https://", as written */
	struct slice auth;   /* "user:password@", or empty */
	struct slice host;
	struct slice rest; /* with the port */
	struct slice port; /* digits, or empty */
};

/* False if uri is not of that shape. */
bool uri_split(struct slice uri, struct uri_parts *parts);
/* The dotted form of "0x7f.1.02.3", "0x7f000001" or "2130706433", as
 * SpamAssassin computes it; data NULL if host is none. */
struct slice uri_host_address(void *mem, struct slice host);
/* Offset of the first of the bytes in stop, from at on; s.len if none. */
size_t uri_span(struct slice s, size_t at, const char *stop);
/* The hexadecimal digit at s.data[at], or -1. */
int uri_hex(struct slice s, size_t at);
/* The value of the two digits there, or -1. */
int uri_hex_pair(struct slice s, size_t at);

#endif
