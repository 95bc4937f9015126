/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_DISK_H
#define MAIL_DISK_H

/* Images of disks, by their marks. Of these only ISO 9660 is read here. */

#include <stdbool.h>

#include "base/str.h"

bool disk_is(struct slice bytes);
/* Whether there is something in it that a reader of ISO 9660 does not see: it
 * is no such image, or one of UDF as well. */
bool disk_is_unread(struct slice bytes);

#endif
