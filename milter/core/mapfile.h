/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MAPFILE_H
#define CORE_MAPFILE_H

/*
 * Files that Postfix's tables are described in. All have the line structure of
 * main.cf: lines that begin with white space continue the one before; empty
 * ones and those whose first mark is # are skipped, also within.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/problem.h"
#include "base/str.h"

#define MAPFILE_SIZE_MAX (64 * 1024 * 1024)

struct mapfile_setting {
	const char *key, *value;
	unsigned line;
	bool asked; /* some reader knows this key */
};

/* The settings of a mysql_table(5) or sqlite_table(5) file. */
struct mapfile {
	const char *path;
	struct mapfile_setting *settings;
	size_t count;
	struct problems *problems;
	const char **known; /* keys that were asked for */
	size_t known_count;
};

/* All bytes of a regular file below mem. Errors: configuration. */
int mapfile_load(void *mem, const char *path, struct slice *bytes,
		 struct err *err);
/* Takes the next logical line off rest into line; *number counts physical
 * lines, *first says where the line began. False at the end. */
bool mapfile_line(struct slice *rest, struct buf *line, unsigned *number,
		  unsigned *first);

/* Errors of single lines go to problems (may be NULL); -1 if there are any, or
 * the file cannot be read. */
struct mapfile *mapfile_read(void *mem, const char *path,
			     struct problems *problems, struct err *err);
struct mapfile *mapfile_parse(void *mem, const char *path, struct slice text,
			      struct problems *problems, struct err *err);
/* The last value given, or the default. */
const char *mapfile_text(struct mapfile *file, const char *key,
			 const char *value);
/* A number not below 0; -1 with err set if the text is none. */
int mapfile_count(struct mapfile *file, const char *key, size_t value,
		  size_t *count, struct err *err);
int mapfile_bool(struct mapfile *file, const char *key, bool value,
		 bool *result, struct err *err);
/* The line that set key, or 0. */
unsigned mapfile_where(const struct mapfile *file, const char *key);
/* Warns of keys that nobody asked for: Postfix does not say that they are
 * misspelled. */
void mapfile_check(const struct mapfile *file);

#endif
