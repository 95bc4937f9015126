/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_DECODE_H
#define MAIL_DECODE_H

/* Transfer encodings. Each takes any bytes and never fails; results below
 * mem. */

#include "base/str.h"

/* Util::base64_decode */
struct slice decode_base64(void *mem, struct slice in);
/* As lenient clients do: foreign bytes skipped, '=' ends a group and decoding
 * goes on behind it. */
struct slice decode_base64_pieces(void *mem, struct slice in);
struct slice decode_qp(void *mem, struct slice in);     /* Util::qp_decode */

/* Two hex digits at that place, or -1. */
int decode_hex(struct slice in, size_t at);

#endif
