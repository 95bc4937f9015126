/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mails that take long, such as bombs. Another inspector stands in for the one
 * that is busy with it, which goes on with less of the processor, so that
 * others' mail is inspected as if it were not there.
 */
#include "crew_private.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/log.h"
#include "inspector.h"

#define CREW_PROGRESS_MS 10000 /* Postfix gives up after 300 s of silence */
#define CREW_LOOK_MS 10	       /* between looks at what a mail has cost */
#define CREW_COMPUTES_MS 30    /* of the processor: that is slow */
#define CREW_STANDS_MS 1000    /* without an answer: so is that */

int64_t
crew_computed(pid_t pid)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 ||
	    clock_gettime(clock, &used) < 0)
		return 0;
	return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

int64_t
crew_held_up(pid_t pid)
{
	char path[48];
	unsigned long long nanoseconds = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/schedstat", (long)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%*u %llu", &nanoseconds) != 1)
		nanoseconds = 0;
	fclose(file);
	return (int64_t)(nanoseconds / 1000000);
}

/*
 * From now on it computes where nobody else wants to: beside twenty bombs, a
 * low priority (nice 10) made others wait longer than SCHED_IDLE does.
 * Time that it was kept waiting is not held against the mail (crew.c). It
 * cannot become quick again, not being root: it leaves with this mail.
 */
static void
crew_slow_down(struct crew *crew, struct crew_turn *turn)
{
	pid_t pid = turn->member.pid;
	const struct sched_param none = { 0 };

	pthread_mutex_lock(&crew->lock);
	turn->is_slow = true;
	turn->held_up = crew_held_up(pid);
	pthread_mutex_unlock(&crew->lock);
	if (sched_setscheduler(pid, SCHED_IDLE, &none) < 0 && errno != ESRCH)
		log_warning("inspector %ld keeps its priority: %s", (long)pid,
			    strerror(errno));
	crew_tell(crew, NURSERY_SLOW, pid);
}

bool
crew_await(struct crew *crew, struct crew_turn *turn, int64_t computed,
	   int64_t deadline, void (*progress)(void *arg), void *arg)
{
	int64_t now = clock_ms(), began = now;
	int64_t next = now + CREW_PROGRESS_MS;

	for (; now < deadline; now = clock_ms()) {
		int64_t until = next < deadline ? next : deadline;

		if (!turn->is_slow && now + CREW_LOOK_MS < until)
			until = now + CREW_LOOK_MS;
		if (frame_wait(turn->member.sock, until))
			return true;
		if (clock_ms() >= next) {
			progress(arg);
			next = clock_ms() + CREW_PROGRESS_MS;
		}
		if (!turn->is_slow &&
		    (clock_ms() - began >= CREW_STANDS_MS ||
		     crew_computed(turn->member.pid) - computed >=
			     CREW_COMPUTES_MS))
			crew_slow_down(crew, turn);
	}
	return false;
}
