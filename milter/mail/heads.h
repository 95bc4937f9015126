/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HEADS_H
#define MAIL_HEADS_H

/*
 * Where parts may stand in a mail, whatever its structure says: everywhere that
 * a Content- field begins a line, behind a boundary or not, indented or not,
 * after a bare CR or not. The tree of mime.c is one reading of a mail; no
 * client can read a part with an encoding or a file name of which no head is
 * found here.
 */

#include <stdbool.h>

#include "base/str.h"

struct head {
	size_t begin; /* offset of the boundary line in front, or of start */
	size_t start; /* of its first Content- field */
	size_t body;  /* behind it and its empty line */
	size_t line;  /* number of the line at start, from 1 */
	/* Its Content- fields, cleaned: one a line, no control characters; with
	 * those of a head that ends just above. */
	struct slice fields;
};

struct heads {
	struct head *items; /* in order */
	size_t count;
	bool cut;      /* there are more than max */
	bool embedded; /* a line at which uuencode or the like may begin */
};

/* Linear in source. */
struct heads heads_find(void *mem, struct slice source, size_t max);
/* Where the body ends: at the next line that begins with "--", or at end. */
size_t head_first_end(const struct head *head, struct slice source, size_t end);

#endif
