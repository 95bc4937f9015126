/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

/* Folders of our own: made when missing, emptied when done. */

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* Makes the folder if it is missing; as root also gives it to uid and gid. */
int folder_make(const char *path, mode_t mode, uid_t uid, gid_t gid,
		struct err *err);
/*
 * Removes what lies in the folder; with prefix, only names that begin so.
 * Symbolic links are removed, never followed. Mistakes are left for the next
 * time; -1 says that something stayed.
 */
int folder_clear(const char *path, const char *prefix);
/* The same, and the folder itself. */
int folder_remove(const char *path);
/*
 * Bytes on disk of all that lies in the folder, each name counting for a block
 * at least. Counting ends beyond enough.
 */
int64_t folder_size(const char *path, int64_t enough);

#endif
