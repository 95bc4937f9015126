/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MEMORY_H
#define MEMORY_H

/*
 * What the daemon remembers of messages over restarts: digests, with a word on
 * why, how often and when. Bounded in number and in time; when it is full, the
 * one that was not seen for longest goes.
 *
 * It lives in a text file (mode 0600) that grows by a line with each change
 * and is written anew, atomically, now and then. A file that makes no sense is
 * said aloud, put aside, and the memory begins empty; one that cannot be
 * written is said aloud, and the memory goes on without it. A power failure may
 * lose the last lines, a killed process none.
 *
 * Digests are made under a key that is kept in the file, so that nobody can
 * make a message that is taken for another. Any thread may call; the memory is
 * a root of its own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"

#define MEMORY_REASON_MAX 31

struct memory;

struct memory_entry {
	struct digest digest;
	size_t size; /* of the message, as its user counts */
	int64_t first, last; /* seconds since 1970 */
	unsigned count; /* how often it was noted */
	char reason[MEMORY_REASON_MAX + 1]; /* the last one; without blanks */
};

/*
 * Never fails: see above. What was noted by another version of the program is
 * forgotten, so that a message which was too much for that one gets its chance.
 */
struct memory *memory_open(const char *path);
void memory_close(struct memory *memory);
/* How much is kept, and for how long after it was last noted. */
void memory_bound(struct memory *memory, size_t entries, int64_t seconds);

const struct digest_key *memory_key(const struct memory *memory);
/* False: no message of this size is remembered, no digest need be made. */
bool memory_has_size(struct memory *memory, size_t size);
/* entry may be NULL. */
bool memory_find(struct memory *memory, const struct digest *digest,
		 struct memory_entry *entry);
/* Returns how often it has been noted, this time included. */
unsigned memory_note(struct memory *memory, const struct digest *digest,
		     size_t size, const char *reason);
void memory_forget(struct memory *memory, const struct digest *digest);

/* --- for an admin's command, beside a daemon that may run --- */

/* Reads the file without changing it; -1 if there is none, or it is bad. */
struct memory *memory_peek(const char *path, struct err *err);
/* All entries, the last noted last; they hang below mem. */
size_t memory_list(struct memory *memory, void *mem,
		   struct memory_entry **entries);
/* Tells the daemon, by the file, to forget it. */
int memory_tell_forget(const char *path, const struct memory_entry *entry,
		       struct err *err);

#endif
