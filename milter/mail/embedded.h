/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_EMBEDDED_H
#define MAIL_EMBEDDED_H

/* Files that stand inside a text, as before MIME and beside it: uuencode, its
 * base64 sister, yEnc, BinHex 4.0. */

#include <stdbool.h>

#include "base/str.h"

struct embedded {
	const char *name; /* "" if it has none */
	struct slice bytes;
	size_t start; /* of its first line */
	bool cut;     /* it is larger than is looked into */
};

/*
 * The next one from *at on, which moves behind it; false if there is none. One
 * without an end reaches to the next beginning of one. Takes any bytes.
 */
bool embedded_next(void *mem, struct slice text, size_t *at,
		   struct embedded *found);
/* May one begin at that line? below: the text behind it. */
bool embedded_begins(struct slice line, struct slice below);
/* Lines of uuencode up to "end"; a "begin" line is passed over. */
struct slice embedded_uu_lines(void *mem, struct slice text);

#endif
