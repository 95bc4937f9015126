/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_UNPACK_PRIVATE_H
#define MAIL_UNPACK_PRIVATE_H

/* The inside of unpack.h, for unpack*.c alone: what is common to archives,
 * documents and mails that hold files. */

#include "mail/container.h"
#include "mail/unpack.h"

/* An archive that is being read, and what came out of it. */
struct unpack_archive {
	const struct unpack_archive *parent;
	const struct files_entry *file;
	const struct container *container;
	size_t depth;
	const char *folder;
	bool package;  /* a document by its content */
	bool document; /* and by its name */
	size_t bytes;	/* unpacked */
	size_t members; /* below it */
	bool bounded;
	unsigned traits;
};

/* Says in the outcome what could not be looked into; only the first is told. */
void unpack_tell(struct unpack *unpack, const struct unpack_archive *archive,
		 const char *what, const char *why);
/* Something cannot be read at all. */
void unpack_missed(struct unpack *unpack, const struct unpack_archive *archive,
		   const char *what, const char *why);
/* The archive is at a bound, and may be a bomb. */
void unpack_bounded(struct unpack *unpack, struct unpack_archive *archive,
		    const char *what);
/* The whole message is at a bound: nothing more is opened. */
void unpack_full(struct unpack *unpack, struct unpack_archive *archive,
		 const char *what);
/* One more member, if the bounds allow it. */
bool unpack_count(struct unpack *unpack, struct unpack_archive *archive);
/* A member: the files in it first, then itself. unread: its bytes are not to be
 * had. */
int unpack_visit_name(struct unpack *unpack, void *mem,
		      struct unpack_archive *archive, struct slice raw,
		      struct slice bytes, bool unread);
const char *unpack_folder(void *mem, const struct files_entry *entry);
size_t unpack_depth(const struct unpack *unpack);
/* Members of the file first, then the file. */
int unpack_nested(struct unpack *unpack, void *mem, struct files_entry *entry,
		  const struct unpack_archive *parent);

/* --- unpack_archive.c --- */

/* The members of archive->container. */
int unpack_archive(struct unpack *unpack, void *mem,
		   struct unpack_archive *archive);

/* --- unpack_mail.c --- */

/* The parts of a file that is a mail, whatever it is called. */
int unpack_mail(struct unpack *unpack, void *mem, struct files_entry *entry,
		const struct unpack_archive *parent);

#endif
