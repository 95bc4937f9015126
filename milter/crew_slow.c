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
#define CREW_LOOKS 6	       /* at a slow one, in the time it may take */
#define CREW_STARVED_SHARE 20  /* less than such a part of a processor */

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

/* What the kernel says of a process, or NULL. */
static FILE *
crew_open_proc(pid_t pid, const char *name)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	return fopen(path, "re");
}

int64_t
crew_held_up(pid_t pid)
{
	unsigned long long nanoseconds = 0;
	FILE *file = crew_open_proc(pid, "schedstat");

	if (file == NULL)
		return 0;
	if (fscanf(file, "%*u %llu", &nanoseconds) != 1)
		nanoseconds = 0;
	fclose(file);
	return (int64_t)(nanoseconds / 1000000);
}

static struct crew_pace
crew_pace(pid_t pid)
{
	return (struct crew_pace){ clock_ms(), crew_computed(pid) };
}

/* Whether it computes, or waits for nothing but its turn to. Time that it
 * waited is not reckoned before that turn comes, proc(5). */
static bool
crew_is_ready(pid_t pid)
{
	char state = '\0';
	FILE *file = crew_open_proc(pid, "stat");

	if (file == NULL)
		return false;
	/* The second field is the program's name, which is ours. */
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = '\0';
	fclose(file);
	return state == 'R';
}

/*
 * From now on it computes where nobody else wants to: beside twenty bombs, a
 * low priority (nice 10) made others wait longer than SCHED_IDLE does.
 * Time that it was kept waiting is not held against the mail (crew.c).
 */
static void
crew_slow_down(struct crew *crew, struct crew_turn *turn)
{
	pid_t pid = turn->member.pid;
	const struct sched_param none = { 0 };

	turn->pace = crew_pace(pid);
	turn->held_up = crew_held_up(pid);
	pthread_mutex_lock(&crew->lock);
	turn->is_slow = true;
	pthread_mutex_unlock(&crew->lock);
	if (!turn->is_hurried &&
	    sched_setscheduler(pid, SCHED_IDLE, &none) < 0 && errno != ESRCH)
		log_warning("inspector %ld keeps its priority: %s", (long)pid,
			    strerror(errno));
	crew_tell(crew, NURSERY_SLOW, pid);
}

/*
 * A machine may be busy with other things for as long as a mail may take, and
 * so at each of its attempts: that would be its end. So one mail at a time that
 * got next to nothing may do without standing back, from the beginning, since
 * only root can take back what its inspector was told.
 */
static void
crew_look_again(struct crew *crew, struct crew_turn *turn)
{
	struct crew_pace last = turn->pace, now = crew_pace(turn->member.pid);
	int64_t took = now.at - last.at;
	bool starves =
		now.computed - last.computed < took / CREW_STARVED_SHARE &&
		crew_is_ready(turn->member.pid);

	turn->pace = now;
	pthread_mutex_lock(&crew->lock);
	turn->is_hurried = starves && !crew->hurries;
	crew->hurries = crew->hurries || turn->is_hurried;
	pthread_mutex_unlock(&crew->lock);
	if (turn->is_hurried)
		log_info("inspector %ld got %lld ms of a processor within %lld; "
			 "its mail goes to another one, which stands back for "
			 "nobody", (long)turn->member.pid,
			 (long long)(now.computed - last.computed),
			 (long long)took);
}

void
crew_end_hurry(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	crew->hurries = false;
	pthread_mutex_unlock(&crew->lock);
}

/* When it is to be looked at the next time, by what it has got. */
static int64_t
crew_next_look(const struct crew *crew, const struct crew_turn *turn)
{
	if (!turn->is_slow)
		return clock_ms() + CREW_LOOK_MS;
	return turn->is_hurried ? INT64_MAX
				: turn->pace.at + crew->time_limit / CREW_LOOKS;
}

enum crew_awaited
crew_await(struct crew *crew, struct crew_turn *turn, int64_t computed,
	   int64_t deadline, void (*progress)(void *arg), void *arg)
{
	int64_t now = clock_ms(), began = now;
	int64_t next = now + CREW_PROGRESS_MS;

	for (; now < deadline; now = clock_ms()) {
		int64_t until = next < deadline ? next : deadline;
		int64_t look = crew_next_look(crew, turn);

		if (look < until)
			until = look;
		if (frame_wait(turn->member.sock, until))
			return CREW_HEARD;
		if (clock_ms() >= next) {
			progress(arg);
			next = clock_ms() + CREW_PROGRESS_MS;
		}
		if (turn->is_slow && clock_ms() >= look) {
			crew_look_again(crew, turn);
			if (turn->is_hurried)
				return CREW_STARVED;
		}
		if (!turn->is_slow &&
		    (clock_ms() - began >= CREW_STANDS_MS ||
		     crew_computed(turn->member.pid) - computed >=
			     CREW_COMPUTES_MS))
			crew_slow_down(crew, turn);
	}
	return CREW_LATE;
}
