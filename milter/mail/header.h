/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

/*
 * Values of header fields, decoded as SpamAssassin's get() does it
 * (PerMsgStatus::_get, Message/Node.pm header/_decode_header). Results hang
 * below mem or the message. An absent field gives SLICE_NONE (data == NULL).
 */

#include "base/str.h"
#include "mail/message.h"

#define HEADER_ALL_MAX 65536 /* what header_everything() gives at most */

/* Unfolded, RFC 2047 decoded to UTF-8, 8-bit bytes normalised, stripped. */
struct slice header_decode(void *mem, struct slice name, struct slice raw);
/* The same of a field of these; kept with them, since several views ask. */
struct slice header_decoded(const struct headers *headers,
			    const struct header *header);
/* Unfolded and stripped only. */
struct slice header_unfold(void *mem, struct slice raw);
/* The last field of that name alone, decoded, without LF. */
struct slice header_last_decoded(const struct headers *headers,
				 const char *name);
/* get("ALL"): "Name: value\n" of all fields, decoded; beyond 65,536 bytes the
 * rest is left out as SpamAssassin does, and *truncated set (it may be
 * NULL). */
struct slice header_everything(void *mem, const struct headers *headers,
			       bool *truncated);
/* RFC 2047 words wherever they stand, decoded to UTF-8, as mail clients do with
 * file names. */
const char *header_decode_words(void *mem, const char *value);

#endif
