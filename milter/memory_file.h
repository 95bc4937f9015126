/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MEMORY_FILE_H
#define MEMORY_FILE_H

/*
 * The file of a memory, for memory.c alone: a first line with version and key,
 * then a line for each change, the last of which holds. Others may append to
 * it, too. The caller keeps threads apart.
 */

#include <sys/types.h>

#include "memory.h"

struct memory_file {
	char *path;
	int fd;	      /* -1: it cannot be written */
	off_t offset; /* what has been read up to here */
	size_t lines;
	bool is_told; /* that it cannot be written */
};

enum memory_load {
	MEMORY_LOADED,
	MEMORY_MISSING,
	MEMORY_OTHER, /* written by another version of the program */
	MEMORY_BAD,
};

/* Reads all of it; each entry goes to take(). key is set unless there is
 * none. */
enum memory_load memory_file_load(struct memory_file *file,
				  struct digest_key *key,
				  void (*take)(void *arg,
					       const struct memory_entry *),
				  void *arg, struct err *err);
/* Reads what others have appended since. */
void memory_file_refresh(struct memory_file *file,
			 void (*take)(void *arg, const struct memory_entry *),
			 void *arg);
/* Writes it anew with these entries; logs what goes wrong, once. */
void memory_file_write(struct memory_file *file, const struct digest_key *key,
		       const struct memory_entry *entries, size_t count);
/* True if it was appended; false: it has to be written anew. */
bool memory_file_append(struct memory_file *file,
			const struct memory_entry *entry);
/* Puts a bad file out of the way. */
void memory_file_put_aside(const struct memory_file *file);
void memory_file_close(struct memory_file *file);

#endif
