/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_ARCHIVE_H
#define WRAP_ARCHIVE_H

/*
 * Archives and compressed files by libarchive, from memory to memory: nothing
 * touches the disk, no name is used as a path, and no other program is run for
 * a method that the library lacks. What a file is has been decided before
 * (mail/container.h); exactly that reader is used. One reader belongs to one
 * thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum archive_kind {
	ARCHIVE_KIND_ZIP,	 /* by its central directory */
	ARCHIVE_KIND_ZIP_STREAM, /* by its local headers */
	ARCHIVE_KIND_7Z,
	ARCHIVE_KIND_RAR, /* both generations */
	ARCHIVE_KIND_TAR,
	ARCHIVE_KIND_CPIO,
	ARCHIVE_KIND_AR,
	ARCHIVE_KIND_CAB,
	ARCHIVE_KIND_ISO,
	ARCHIVE_KIND_LHA,
	ARCHIVE_KIND_XAR,
	/* One compressed file; its member is given no name. */
	ARCHIVE_KIND_GZIP,
	ARCHIVE_KIND_BZIP2,
	ARCHIVE_KIND_XZ,
	ARCHIVE_KIND_LZMA,
	ARCHIVE_KIND_LZIP,
	ARCHIVE_KIND_ZSTD,
	ARCHIVE_KIND_LZ4,
	ARCHIVE_KIND_COMPRESS,
	ARCHIVE_KIND_RPM,
	ARCHIVE_KIND_UNKNOWN, /* an archive, but of a kind no one reads here */
};

static inline bool
archive_kind_is_single(enum archive_kind kind)
{
	return kind >= ARCHIVE_KIND_GZIP && kind <= ARCHIVE_KIND_RPM;
}

struct archive_reader;

struct archive_member {
	const char *name; /* in UTF-8 or as it stands there; NULL: not told */
	bool folder;
	bool encrypted; /* its data cannot be read */
};

/* Loads what the library would load late from files. */
void archive_preload(void);
/* bytes must outlive the reader. NULL: not an archive of that kind, or a
 * damaged one. */
struct archive_reader *archive_reader_open(void *mem, struct slice bytes,
					   enum archive_kind kind,
					   struct err *err);
/* 1: the next member, which lives until the next call; 0: that was all; -1:
 * what follows cannot be read. */
int archive_reader_next(struct archive_reader *reader,
			struct archive_member *member, struct err *err);
/* Whether -1 was for want of a password. */
bool archive_reader_locked(const struct archive_reader *reader);

enum archive_data {
	ARCHIVE_DATA_ALL,
	ARCHIVE_DATA_MORE,   /* there is more than max bytes */
	ARCHIVE_DATA_LATE,   /* the deadline has passed */
	ARCHIVE_DATA_BROKEN, /* damaged, or an unknown method; err is set */
	ARCHIVE_DATA_LOCKED, /* encrypted */
};

/* The member's data, below mem; also as far as it could be read. */
enum archive_data archive_reader_data(struct archive_reader *reader, void *mem,
				      size_t max, int64_t deadline,
				      struct slice *data, struct err *err);

#endif
