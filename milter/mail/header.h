/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

/*
 * Values of header fields as SpamAssassin's get() returns them
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
/* All fields of that name in order, decoded, each with a LF behind it. */
struct slice header_all_decoded(void *mem, const struct headers *headers,
				const char *name);
/* The same, raw: folding and leading blank kept. */
struct slice header_all_raw(void *mem, const struct headers *headers,
			    const char *name);
/* The last field of that name alone, decoded, without LF. */
struct slice header_last_decoded(const struct headers *headers,
				 const char *name);
/* get("ALL"): "Name: value\n" of all fields, decoded; beyond 65,536 bytes the
 * rest is left out as SpamAssassin does, and *truncated set (it may be
 * NULL). */
struct slice header_everything(void *mem, const struct headers *headers,
			       bool *truncated);
/* get("ALL:raw"): the pristine head with the fields as they stand. */
struct slice header_everything_raw(const struct message *message);
/* get("ToCc") and get("MESSAGEID"), decoded or :raw. ToCc:addr and ToCc:name
 * work on the decoded one, unlike :addr and :name of plain fields (PMS
 * 2301). */
struct slice header_to_cc(void *mem, const struct headers *headers, bool raw);
struct slice header_message_ids(void *mem, const struct headers *headers,
				bool raw);

/*
 * A structured field's parameter (RFC 2045, with RFC 2231 continuations and
 * charsets decoded to UTF-8): `name` of "text/plain; name=x". NULL if absent.
 */
const char *header_parameter(void *mem, struct slice value, const char *name);
/* RFC 2047 words wherever they stand, decoded to UTF-8, as mail clients do with
 * file names. */
const char *header_decode_words(void *mem, const char *value);

#endif
