/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

/*
 * Processes that we start. A child is this same program run anew, so that it
 * begins with an address space that never held a mail or a password, whatever
 * threads its parent has.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define CHILD_SOCKET 3 /* the child's end of the pair of sockets */

struct child {
	pid_t pid; /* 0: none */
	int sock;  /* our end; -1: none */
};

#define CHILD_NONE ((struct child){ 0, -1 })

/*
 * Runs this program with argv, which ends with NULL. It inherits standard
 * input, output and error and CHILD_SOCKET, nothing else, and has all signals
 * in their default state. To be called from a thread that lives as long as the
 * child may: child_follow() watches the thread.
 */
int child_spawn(const char *const *argv, struct child *child, struct err *err);
/* In a child: be killed when the parent dies. False if it has already. */
bool child_follow(pid_t parent);
/* "exit status 1", "signal 9 (Killed)" for a status of waitpid(2). */
char *child_status(void *mem, int status);
/* Kills the child if need be, waits for it, and closes our end. */
void child_end(struct child *child);

#endif
