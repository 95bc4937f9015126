/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ARRIVALS_H
#define ARRIVALS_H

/*
 * Notices that files have changed, such as virus signatures that freshclam has
 * brought: by names, sizes and times, looked at now and then. A change counts
 * when two looks in a row see the same, so that nothing is read that is still
 * being written. For one thread.
 */

#include <stdbool.h>
#include <stdint.h>

struct arrivals {
	uint64_t known;	  /* what was loaded */
	uint64_t seen;	  /* at the last look */
	int64_t next;	  /* in clock_ms() terms */
};

/* What lies at paths (files and folders; ends with NULL) is being loaded
 * now. */
void arrivals_note(struct arrivals *arrivals, const char *const *paths,
		   int64_t interval);
/*
 * To be called when arrivals->next has come; interval in milliseconds. True if
 * there is something new, once for each change.
 */
bool arrivals_look(struct arrivals *arrivals, const char *const *paths,
		   int64_t interval);

#endif
