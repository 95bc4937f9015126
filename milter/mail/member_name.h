/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_MEMBER_NAME_H
#define MAIL_MEMBER_NAME_H

/* Names of archives' members: as text for rules and reports, never as paths. */

#include <stdbool.h>

#include "base/str.h"
#include "mail/container.h"
#include "mail/files.h"

struct member_name {
	const char *folder; /* "docs/", or "" */
	const char *last;   /* what a file manager shows */
	bool cut;	    /* it was too long */
};

/* Both in UTF-8; / and \ separate folders. */
struct member_name member_name(void *mem, struct slice raw);
/* Of a compressed file's content: what gzip noted, or the file's own name
 * without its ending. */
struct slice member_name_single(void *mem, const struct files_entry *file,
				const struct container *container);
/* Does one of the names say that the file is an archive of that kind? */
bool member_name_says(const char *const *names, enum archive_kind kind);
/* Do all these names say office document or e-book? */
bool member_name_is_document(const char *const *names);

#endif
