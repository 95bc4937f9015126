/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inspectors of a nursery: born, watched, and replaced when they end. */
#include "nursery_private.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/folder.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/mem.h"
#include "ending.h"
#include "inspector.h"

/* One inspector after the other that dies younger than this is replaced a
 * little later each time; not later than this. */
#define NURSERY_YOUNG_MS 1000
#define NURSERY_PAUSE_MS 10
#define NURSERY_PAUSE_MAX_MS 100

static int
nursery_tell_born(pid_t pid, int fd)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", (long)pid);
	return nursery_tell(NURSERY_BORN, text, fd);
}

static int
nursery_tell_gone(pid_t pid, enum ending ending)
{
	char text[40];

	snprintf(text, sizeof(text), "%ld %s", (long)pid, ending_name(ending));
	return nursery_tell(NURSERY_GONE, text, -1);
}

_Noreturn static void
nursery_child_run(struct nursery *nursery, struct nursery_child *child,
		  int sock, pid_t parent)
{
	const struct inspector_birth birth = {
		.policy = nursery->policy,
		.sock = sock,
		.scratch = child->scratch,
		.nursery = parent,
		.data = nursery->data,
	};

	close(CHILD_SOCKET);
	close(nursery->signals);
	inspector_run(&birth);
}

static int
nursery_bear(struct nursery *nursery, struct nursery_child *child)
{
	struct err err;
	pid_t parent = getpid(), pid;
	int pair[2], result;

	child->born = clock_ms();
	child->not_before = child->born + NURSERY_PAUSE_MAX_MS;
	child->is_full = child->is_slow = false;
	if (frame_pair(pair, &err) < 0) {
		log_error("nursery: %s", err.text);
		return 0;
	}
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		nursery_child_run(nursery, child, pair[1], parent);
	}
	close(pair[1]);
	if (pid < 0) {
		log_error("nursery: cannot fork: %s", strerror(errno));
		close(pair[0]);
		return 0;
	}
	child->pid = pid;
	result = nursery_tell_born(pid, pair[0]);
	close(pair[0]);
	return result;
}

/* A mail may be the death of its inspector at once; but if it is not the mails,
 * forks must not take all there is. */
static void
nursery_pause(struct nursery_child *child)
{
	int64_t now = clock_ms();
	int64_t pause;

	child->young = now - child->born < NURSERY_YOUNG_MS ? child->young + 1
							    : 0;
	pause = child->young * NURSERY_PAUSE_MS;
	child->not_before = now + (pause < NURSERY_PAUSE_MAX_MS
					   ? pause
					   : NURSERY_PAUSE_MAX_MS);
}

static void
nursery_bury(struct nursery *nursery, pid_t pid, int status)
{
	char *how = child_status(NULL, status);

	for (size_t i = 0; i < nursery->count; i++) {
		struct nursery_child *child = &nursery->children[i];

		if (child->pid != pid)
			continue;
		/* First, so that the log has the cause before the answer. */
		if (status == 0)
			log_debug("inspector %ld leaves", (long)pid);
		else
			log_warning("inspector %ld ended: %s", (long)pid, how);
		nursery_tell_gone(pid, child->is_full
					       ? ENDING_SCRATCH
					       : ending_of_status(status));
		child->pid = 0;
		nursery_pause(child);
		folder_clear(child->scratch, NULL);
	}
	mem_free(how);
}

void
nursery_reap(struct nursery *nursery)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(nursery->signals, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		nursery_bury(nursery, pid, status);
}

/* Inspectors for mails to come. */
static size_t
nursery_quick(const struct nursery *nursery)
{
	size_t quick = 0;

	for (size_t i = 0; i < nursery->count; i++)
		quick += nursery->children[i].pid != 0 &&
			 !nursery->children[i].is_slow;
	return quick;
}

int64_t
nursery_fill(struct nursery *nursery)
{
	int64_t next = FRAME_NEVER, now = clock_ms();
	size_t quick = nursery_quick(nursery);

	for (size_t i = 0; i < nursery->count && quick < nursery->wanted;
	     i++) {
		struct nursery_child *child = &nursery->children[i];

		if (child->pid != 0)
			continue;
		if (child->not_before <= now &&
		    nursery_bear(nursery, child) < 0)
			return -1;
		quick += child->pid != 0;
		if (child->pid == 0 && child->not_before < next)
			next = child->not_before;
	}
	return quick < nursery->wanted ? next : FRAME_NEVER;
}

void
nursery_watch_scratch(const struct nursery *nursery)
{
	for (size_t i = 0; i < nursery->count; i++) {
		const struct nursery_child *child = &nursery->children[i];

		if (child->pid == 0 ||
		    folder_size(child->scratch, nursery->scratch_limit) <=
			    nursery->scratch_limit)
			continue;
		log_warning("inspector %ld has put more than "
			    "scratch_size_limit into its folder",
			    (long)child->pid);
		nursery->children[i].is_full = true;
		kill(child->pid, SIGKILL);
	}
}
