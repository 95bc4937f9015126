/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_ZIP_H
#define MAIL_ZIP_H

/*
 * A ZIP file tells its members twice: in a directory at its end, and in a
 * header before each. Some programs believe the one, some the other; a file
 * made to deceive shows a scanner one set of members and the reader another.
 * This looks whether both agree, and at what the directory leaves out.
 * Nothing is unpacked here.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

#define ZIP_HIDDEN_MAX 16

struct zip_look {
	bool found;	/* a directory stands at the end */
	bool exact;	/* and nothing behind it */
	bool document;	/* begins like an office document or an e-book */
	size_t members; /* that the directory tells */
	/* Stretches that hold local headers which the directory does not tell,
	 * or tells otherwise. */
	struct slice hidden[ZIP_HIDDEN_MAX];
	size_t hidden_count;
	/* Names that only the directory tells, as they stand there. */
	struct slice *names;
	size_t name_count;
	const char *problem; /* what is wrong beyond that, in words; or NULL */
	bool bomb;	     /* and it is one that costs other readers much */
};

/* At most max members are looked at; the rest is a problem. */
void zip_look(void *mem, struct slice bytes, size_t max, struct zip_look *look);
/* Where the next local header may begin; bytes.len if nowhere. */
size_t zip_find_local(struct slice bytes, size_t from);

#endif
