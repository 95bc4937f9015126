/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_LANDLOCK_H
#define BASE_LANDLOCK_H

/*
 * The kernel's Landlock (5.13 and later): a process gives up the file system
 * but for some folders, for good and for all its children. It also gives up TCP
 * and signals to others where the kernel knows how. What Landlock does not
 * cover - names, sizes and times, as stat(2) shows them - stays visible.
 */

#include <stdbool.h>

#include "base/err.h"

bool landlock_is_there(void);
/*
 * From now on this process may write and read below the folder writable, and
 * nothing else. Needs no_new_privs.
 */
int landlock_confine(const char *writable, struct err *err);

#endif
