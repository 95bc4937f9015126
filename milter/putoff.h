/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PUTOFF_H
#define PUTOFF_H

/*
 * Mails that were put off once, since a limit was reached on them: known again
 * by their digest when they come again, also after a restart. Any thread may
 * call.
 */

#include "base/config.h"
#include "memory.h"

struct putoff;

/* The file in `state_directory`; never fails, see memory.h. Lasts as long as
 * the process. */
struct putoff *putoff_open(const struct config *config);
/* After a reload. */
void putoff_configure(struct putoff *putoff, const struct config *config);
/*
 * Whether the sealed message has been put off before; from now on it has.
 * prefix and size are what retry_digest() leaves out, and what it counts.
 */
bool putoff_again(struct putoff *putoff, int message, size_t prefix,
		  size_t size, struct err *err);

#endif
