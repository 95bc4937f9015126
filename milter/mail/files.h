/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_FILES_H
#define MAIL_FILES_H

/*
 * The files that a message carries, wherever they are hidden: decoded parts,
 * what other programs may read as parts (readings.h), uuencode in texts,
 * members of archives, of archives in these, files in documents, and so on.
 * What scanners and attachment rules look at is decided here, once for both.
 * Nothing is written to disk, and no name is used as a path.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "mail/message.h"

/* For all archives of one message together. */
struct files_limits {
	size_t depth;	/* archives within archives */
	size_t members;
	size_t bytes;	/* of all members, unpacked; below 256 MB */
	size_t ratio;	/* bytes unpacked for one of the archive */
	int64_t time;	/* milliseconds, the visits included */
};

struct files_entry {
	const struct part *part;
	const char *const *names; /* in UTF-8; NULL-terminated, may be empty */
	struct slice bytes;
	const char *folder; /* "outer.eml/" for a part of an attached message,
			     * "a.zip/docs/" for a member */
	bool embedded;	    /* found inside the part's text */
	bool member;	    /* of an archive, or carried by a document */
	bool internal; /* of an office document: nobody is shown its name */
	bool unread;   /* a member of which only the name is known */
	size_t members; /* below it; an archive is visited after its members */
	bool bounded;	/* not opened to its end: a bound was reached */
	unsigned traits; /* of a dangerous document: enum document_trait */
};

/* What the visits did not see. */
struct files_outcome {
	bool encrypted;	    /* a file behind a password */
	bool limited;	    /* a bound was reached */
	bool damaged;	    /* an archive is damaged or of an unknown kind */
	char missed[200];   /* where the first of these was, in words; or "" */
	size_t members;
	/* In words: what programs read differently. All of that was visited. */
	const char *const *ambiguous;
	size_t ambiguous_count;
	unsigned traits; /* of all files together */
};

/*
 * Calls visit for each file in turn; what the entry points to goes when visit
 * returns. mem is for that only. A visit that returns other than 0 ends it, and
 * its value is returned.
 */
int files_each(void *mem, struct message *message,
	       const struct files_limits *limits,
	       int (*visit)(void *context, const struct files_entry *entry),
	       void *context, struct files_outcome *outcome);

#endif
