/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_FIELDS_H
#define MAIL_FIELDS_H

/* Fills struct headers, for message.c and mime.c. */

#include "mail/lines.h"
#include "mail/message.h"

#define FIELDS_VALUE_MAX 8192 /* MAX_HEADER_VALUE_LENGTH */

/* One field: its lines, without the empty one. of_part: how SpamAssassin takes
 * apart the fields of a MIME part, which differs from those of a message. */
void fields_add(void *mem, struct headers *headers,
		const struct message_limits *limits, const struct lines *lines,
		bool of_part, unsigned *flags);
/* Call once all are there; hide: pass over X-Spam-* from now on. */
void fields_index(void *mem, struct headers *headers, bool hide);
/* Reads a message's head from the first lines. Returns how many lines belong
 * to it, the separating one included; flags as of a root message. */
size_t fields_read(void *mem, struct headers *headers,
		   const struct message_limits *limits,
		   const struct lines *lines, unsigned *flags);
/* "Name:" with nothing but printable ASCII before the colon; blanks: also
 * accept those between name and colon. */
bool fields_starts(struct slice line, bool blanks);

#endif
