/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_MIME_PRIVATE_H
#define MAIL_MIME_PRIVATE_H

/* What mime.c and multipart.c share: the queue of parts to be looked into. */

#include "mail/mime.h"

struct mime_entry {
	struct part *part;
	struct lines lines;
	struct slice boundary; /* own or inherited, or SLICE_NONE */
	size_t levels;        /* how many more may be opened */
	bool blank_first;     /* a blank line is to be thought in front */
};

/* Was a boundary opened and closed? For MESSAGE_MIME_BOUNDARY_OPEN. */
struct mime_boundary {
	struct slice text;
	uint32_t hash;
	int state;
};

struct mime {
	struct message *message;
	void *scratch;
	struct mime_entry *queue;
	size_t queued, taken;
	struct mime_boundary *boundaries;
	size_t boundary_count;
	size_t part_count;
};

struct part *mime_part_new(struct mime *mime, struct part *parent);
/* Takes from the fields what they say of the part; returns its boundary, which
 * may hold NUL. */
struct slice mime_part_describe(struct part *part);
void mime_enqueue(struct mime *mime, struct part *part, struct lines lines,
		  struct slice boundary, size_t levels, bool blank_first);

/* multipart.c: finds the children of a multipart and queues them. */
void mime_parse_multipart(struct mime *mime, const struct mime_entry *entry);

#endif
