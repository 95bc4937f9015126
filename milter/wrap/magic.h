/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_MAGIC_H
#define WRAP_MAGIC_H

/* True types of files by libmagic. One handle is used by one thread; it knows
 * again what it has seen. */

#include "base/err.h"
#include "base/str.h"

struct filetype;

/* database may be NULL: libmagic's own. */
struct filetype *filetype_open(void *mem, const char *database,
			       struct err *err);
/* "application/x-dosexec"; below mem. NULL with err set if libmagic fails. */
char *filetype_of(void *mem, struct filetype *filetype, struct slice bytes,
		  struct err *err);

int filetype_version(void); /* of the library: 544 is 5.44 */

#endif
