/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NURSERY_PRIVATE_H
#define NURSERY_PRIVATE_H

/* The inside of the nursery's process, which has one thread, for nursery.c and
 * nursery_children.c alone. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/policy.h"

struct nursery_child {
	pid_t pid; /* 0: to be born */
	int64_t born;
	int64_t not_before; /* when a new one may be born here */
	unsigned young;	    /* deaths in a row before NURSERY_YOUNG_MS */
	bool is_full;	    /* its scratch folder was too large */
	bool is_slow;	    /* it leaves after its mail, and does not count */
	char *scratch;
};

struct nursery {
	struct policy *policy;
	struct nursery_child *children;
	size_t count; /* room for the slow ones, too */
	size_t wanted;
	char *scratch; /* folder of this nursery */
	int64_t scratch_limit; /* bytes for each child's */
	int64_t data;	       /* inspector_data() */
	int signals;
};

/* A frame to the daemon, perhaps with a descriptor; -1: it does not listen. */
int nursery_tell(uint32_t kind, const char *text, int fd);

/* --- nursery_children.c --- */

/*
 * Bears those that are missing. Returns the time of the next birth that has to
 * wait, or -1 if the daemon does not listen any more.
 */
int64_t nursery_fill(struct nursery *nursery);
/* Some have ended, perhaps. */
void nursery_reap(struct nursery *nursery);
/*
 * A child's limits bound each of its files; all of them together are for us to
 * watch.
 */
void nursery_watch_scratch(const struct nursery *nursery);

#endif
