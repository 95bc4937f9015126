/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INPUTS_H
#define INPUTS_H

/* Files with mail, for the commands that are given paths. */

#include "base/err.h"
#include "base/str.h"

struct inputs_visitor {
	void (*file)(void *arg, const char *path);
	void (*unreadable)(void *arg, const char *path, const char *why);
	void *arg;
};

/* Calls for the file, or for every file below the folder in sorted order. */
void inputs_visit(const struct inputs_visitor *visitor, const char *path);
/* The file, open for reading; or -1. */
int inputs_open(const char *path, struct err *err);
/* The bytes of an open file, until inputs_unmap(). A copy: what is written to
 * the file meanwhile does not show. */
int inputs_map_open(int fd, struct slice *bytes, struct err *err);
/* Both at once. */
int inputs_map(const char *path, struct slice *bytes, struct err *err);
void inputs_unmap(struct slice bytes);

#endif
