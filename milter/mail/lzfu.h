/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_LZFU_H
#define MAIL_LZFU_H

/*
 * The RTF text of an Outlook message, as winmail.dat holds it (MS-OXRTFCP):
 * compressed, or stored behind the same head.
 */

#include <stdbool.h>

#include "base/str.h"

/* At most nine times as long as the input, whatever its head says. */
struct slice lzfu_read(void *mem, struct slice bytes, bool *unknown);

#endif
