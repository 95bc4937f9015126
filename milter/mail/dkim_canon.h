/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_DKIM_CANON_H
#define MAIL_DKIM_CANON_H

/*
 * DKIM's canonical forms of header fields and body (RFC 6376, 3.4). Lines may
 * end with LF or CRLF; the forms have CRLF. Stateless.
 */

#include "base/str.h"
#include "mail/message.h"
#include "wrap/crypto.h"

/* The field with its CRLF. line: as it arrived, name and all. */
void dkim_canon_field(struct buf *buf, struct slice line, bool relaxed);

#define DKIM_WHOLE_BODY UINT64_MAX

/* Feeds the body's first `length` bytes in canonical form to the hasher.
 * Returns how many bytes the whole canonical body has. */
uint64_t dkim_canon_body(struct crypto_hasher *hasher, struct slice body,
			 bool relaxed, uint64_t length);

#endif
