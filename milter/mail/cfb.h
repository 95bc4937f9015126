/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_CFB_H
#define MAIL_CFB_H

/*
 * Compound files: the file system within old office documents, Outlook
 * messages and installers ([MS-CFB]). A reader for hostile ones: every chain
 * ends after as many steps as the file has sectors, every entry of the
 * directory counts whether or not its tree leads there.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

#define CFB_NO_PARENT ((size_t)-1)

struct cfb;

struct cfb_entry {
	const char *name; /* in UTF-8, with the control bytes that it has */
	bool stream;	  /* else a storage, which is a folder */
	size_t parent;	  /* its storage, or CFB_NO_PARENT */
	struct slice clsid; /* 16 bytes */
	/* private */
	unsigned kind;
	size_t first, size, left, right, child;
};

bool cfb_is(struct slice bytes);
/* NULL if there is no directory in it that can be read. bytes must outlive it;
 * what it allocates is below mem. */
struct cfb *cfb_open(void *mem, struct slice bytes);
const struct cfb_entry *cfb_entries(const struct cfb *cfb, size_t *count);
/* A stream's bytes, at most max; *whole is cleared if that is not all of it, or
 * if its chain is broken. */
struct slice cfb_read(void *mem, const struct cfb *cfb,
		      const struct cfb_entry *entry, size_t max, bool *whole);

#endif
