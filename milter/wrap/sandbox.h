/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_SANDBOX_H
#define WRAP_SANDBOX_H

/*
 * The cage of a process that looks into mail: system calls by seccomp, files by
 * Landlock, no way to more rights. A call that no library of ours has a use for
 * kills the process (SIGSYS); one that libraries try and can do without fails.
 * milter/README.privsep.md says what remains. For processes with one thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum sandbox_role {
	/* Forks and ends inspectors, and no more. Code is final: memory that is
	 * executable cannot be written to from now on. */
	SANDBOX_NURSERY,
	/* A child of the nursery that reads mail. */
	SANDBOX_INSPECTOR,
	/* A child of a command: the same, and it closes in after loading as the
	 * nursery does. */
	SANDBOX_COMMAND,
};

struct sandbox {
	enum sandbox_role role;
	const char *scratch;	     /* the one folder that may be written to */
	bool no_landlock;	     /* as on a kernel without it; for tests */
};

/* Whether there is a sandbox in this build: sanitizers do not bear one. */
bool sandbox_is_built(void);
/*
 * Makes what the C library would otherwise look up in files at some time
 * later, such as the time zone. To be called while it still can.
 */
void sandbox_prepare(void);
/*
 * Closes the cage around the calling process and all its children to come. On
 * -1 it may be half closed: the process has to end. Without Landlock in the
 * kernel the rest holds; sandbox_is_full() tells.
 */
int sandbox_enter(const struct sandbox *sandbox, struct err *err);
bool sandbox_is_full(void);

#endif
