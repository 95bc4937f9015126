/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_FILES_H
#define MAIL_FILES_H

/*
 * The files that a message carries, wherever they are hidden: decoded parts,
 * blocks of uuencode in texts. What scanners and attachment rules look at is
 * decided here, once for both.
 */

#include <stddef.h>

#include "base/str.h"
#include "mail/message.h"

struct files_entry {
	const struct part *part;
	const char *const *names; /* in UTF-8; NULL-terminated, may be empty */
	struct slice bytes;
	const char *folder; /* "outer.eml/" for a part of an attached message */
	bool embedded;	    /* found inside the part's text */
};

/*
 * Calls visit for each file in turn; what the entry points to goes when visit
 * returns. mem is for that only. A visit that returns other than 0 ends it, and
 * its value is returned.
 */
int files_each(void *mem, struct message *message,
	       int (*visit)(void *context, const struct files_entry *entry),
	       void *context);

/* What was not looked into because a bound was reached, in words; NULL if all
 * was. To be asked after files_each. */
const char *files_missed(const struct message *message);

#endif
