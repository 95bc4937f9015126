/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ending.h"

#include <signal.h>
#include <sys/wait.h>
#include <sysexits.h>

static const char *const ending_names[] = {
	[ENDING_LEFT] = "left",	      [ENDING_CRASH] = "crash",
	[ENDING_MEMORY] = "memory",   [ENDING_LOOP] = "loop",
	[ENDING_SCRATCH] = "scratch", [ENDING_HANG] = "hang",
	[ENDING_KILLED] = "killed",
};

const char *
ending_name(enum ending ending)
{
	return ending_names[ending];
}

enum ending
ending_by_name(struct slice name)
{
	for (int i = 0; i < ENDING_KILLED; i++)
		if (slice_is(name, ending_names[i]))
			return (enum ending)i;
	return ENDING_KILLED;
}

enum ending
ending_of_status(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return ENDING_LEFT;
	/* What base/mem.h does when there is no memory. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == EX_TEMPFAIL)
		return ENDING_MEMORY;
	if (!WIFSIGNALED(status))
		return ENDING_CRASH;
	switch (WTERMSIG(status)) {
	case SIGXCPU:
		return ENDING_LOOP;
	case SIGKILL:
	case SIGTERM:
	case SIGINT:
	case SIGHUP:
	case SIGQUIT:
		return ENDING_KILLED;
	default:
		return ENDING_CRASH;
	}
}

bool
ending_is_sure(enum ending ending)
{
	return ending == ENDING_CRASH || ending == ENDING_MEMORY ||
	       ending == ENDING_LOOP || ending == ENDING_SCRATCH;
}
