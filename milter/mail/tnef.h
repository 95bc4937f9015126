/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_TNEF_H
#define MAIL_TNEF_H

/*
 * The files inside Outlook's winmail.dat (MS-OXTNEF): attachments with all
 * their names, attached messages, which are such streams again, and HTML
 * and RTF bodies. Every number in it is the sender's; what cannot be read ends
 * the reading, and is said.
 */

#include <stdbool.h>

#include "base/str.h"

#define TNEF_NAMES_MAX 6

struct tnef_file {
	const char *names[TNEF_NAMES_MAX + 1]; /* UTF-8; NULL-terminated */
	struct slice bytes;
};

struct tnef {
	struct tnef_file *files; /* in order, those of attached messages too */
	size_t count;
	const char *problem; /* what could not be read, in words, or NULL */
	bool limited;	     /* it is that there is too much */
};

/* By its first four bytes. */
bool tnef_is(struct slice bytes);
/* Linear in bytes. Names and the list hang below mem; bytes are slices,
 * or hang there too. */
struct tnef tnef_read(void *mem, struct slice bytes);

#endif
