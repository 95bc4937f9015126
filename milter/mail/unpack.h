/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_UNPACK_H
#define MAIL_UNPACK_H

/*
 * The way into archives, for files.c: opens what container.h recognizes, visits
 * each member, opens members that are archives, and keeps to the limits. Where
 * one is reached, or something cannot be read, the outcome says so.
 */

#include "mail/files.h"

struct unpack {
	const struct files_limits *limits;
	int (*visit)(void *context, const struct files_entry *entry);
	void *context;
	struct files_outcome *outcome;
	int64_t deadline; /* clock_ms() */
	size_t bytes;	  /* unpacked so far */
	size_t decoded;	  /* of the parts themselves */
	bool full;	  /* a bound of the whole message is reached */
};

/* Visits the members of the file, however deep, and then the file itself. */
int unpack_file(struct unpack *unpack, void *mem, struct files_entry *entry);

#endif
