/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_MIME_H
#define MAIL_MIME_H

/* The tree of parts, for message.c. */

#include "mail/lines.h"
#include "mail/message.h"

/* What stands before the body, of the message or of one inside it. */
struct opening {
	struct headers headers;
	struct slice mbox_line;
	struct lines lines; /* all but the mbox line */
	size_t body;        /* the first line of the body */
	unsigned flags;
	bool crlf;
};

/* message.c: takes lines apart as Message::new does; its table is changed. */
struct opening message_open(void *mem, const struct message_limits *limits,
			    struct lines lines);
/* mime.c: builds the tree below message->root; lines may be changed. */
void mime_parse(struct message *message, const struct opening *opening);

#endif
