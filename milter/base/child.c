/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/child.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/mem.h"

/*
 * The path of the running program: a file that an upgrade has replaced in the
 * meantime would not fit us.
 */
#define CHILD_PROGRAM "/proc/self/exe"

static int
child_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(attributes);
	posix_spawnattr_setsigmask(attributes, &none);
	posix_spawnattr_setsigdefault(attributes, &all);
	return posix_spawnattr_setflags(attributes,
					POSIX_SPAWN_SETSIGMASK |
						POSIX_SPAWN_SETSIGDEF);
}

int
child_spawn(const char *const *argv, struct child *child, struct err *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int pair[2], failure;

	*child = CHILD_NONE;
	if (frame_pair(pair, err) < 0)
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pair[1], CHILD_SOCKET);
	posix_spawn_file_actions_addclosefrom_np(&actions, CHILD_SOCKET + 1);
	child_attributes(&attributes);
	failure = posix_spawn(&child->pid, CHILD_PROGRAM, &actions, &attributes,
			      (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	close(pair[1]);
	if (failure != 0) {
		close(pair[0]);
		child->pid = 0;
		errno = failure;
		return err_errno(err, "cannot start a process");
	}
	child->sock = pair[0];
	return 0;
}

bool
child_follow(pid_t parent)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

char *
child_status(void *mem, int status)
{
	if (WIFSIGNALED(status))
		return mem_printf(mem, "signal %d (%s)", WTERMSIG(status),
				  strsignal(WTERMSIG(status)));
	return mem_printf(mem, "exit status %d", WEXITSTATUS(status));
}

void
child_end(struct child *child)
{
	if (child->sock >= 0)
		close(child->sock);
	if (child->pid > 0) {
		kill(child->pid, SIGKILL);
		while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	*child = CHILD_NONE;
}
