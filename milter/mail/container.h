/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_CONTAINER_H
#define MAIL_CONTAINER_H

/*
 * What kinds of archive a file is, by its bytes alone. A file may be several at
 * once: a picture in front, a ZIP directory at the end.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "wrap/archive.h"

#define CONTAINERS_MAX 4

struct container {
	enum archive_kind kind;
	struct slice bytes; /* from where it begins */
	/* Not to be mistaken: if it cannot be read, it is damaged. Otherwise it
	 * may just be no archive. */
	bool certain;
};

/* How many were found. */
size_t container_find(struct slice bytes,
		      struct container found[CONTAINERS_MAX]);

#endif
