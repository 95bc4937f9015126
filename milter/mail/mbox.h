/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_MBOX_H
#define MAIL_MBOX_H

/*
 * Files that hold many messages, each behind a line "From SENDER DATE". Such a
 * line counts at the start of the file and after an empty line, if a time of
 * day is in it; other lines that begin with "From " are text.
 */

#include <stdbool.h>

#include "base/str.h"

/* True if the file begins as an mbox; it may still hold one message only. */
bool mbox_is(struct slice file);
/* Takes the next message, with its "From " line, off the front. */
bool mbox_next(struct slice *rest, struct slice *message);

#endif
