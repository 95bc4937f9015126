/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEEPSAKE_H
#define KEEPSAKE_H

/*
 * Copies of messages for the admin, in a folder that is bounded in number and
 * bytes: the oldest go first. Callers keep threads apart.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct keepsake_limits {
	size_t count;
	int64_t bytes;
};

/*
 * Copies the file to folder/name.eml, mode 0600, unless that exists. A message
 * that is larger than all copies may be is an error. The folder is made if it
 * is missing.
 */
int keepsake_store(const char *folder, const char *name, int message,
		   const struct keepsake_limits *limits, struct err *err);

#endif
