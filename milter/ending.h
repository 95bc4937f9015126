/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENDING_H
#define ENDING_H

/* How an inspector came to its end, and whether the mail in its hands is to
 * blame. */

#include <stdbool.h>

#include "base/str.h"

enum ending {
	ENDING_LEFT,	/* of its own will */
	ENDING_CRASH,	/* by a signal that a fault of its own raises */
	ENDING_MEMORY,	/* it wanted more than it may have */
	ENDING_LOOP,	/* it computed for longer than a mail may take */
	ENDING_SCRATCH, /* its temporary files took more than they may */
	ENDING_HANG,	/* it took too long without computing: perhaps the
			 * machine was busy, or stood still */
	ENDING_KILLED,	/* by somebody, or by the kernel for want of memory */
};

/* A word for logs and files; the other way, ENDING_KILLED for a strange one. */
const char *ending_name(enum ending ending);
enum ending ending_by_name(struct slice name);
/* Of a status of waitpid(2). */
enum ending ending_of_status(int status);
/* The mail did it: it would do it again. False: there may be other reasons. */
bool ending_is_sure(enum ending ending);

#endif
