/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mails that wait for an inspector. Who would wait in vain is told at once, so
 * that more mail than can be inspected costs nobody but itself.
 */
#include "crew_private.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define CREW_PROGRESS_MS 10000 /* Postfix gives up after 300 s of silence */
#define CREW_TIME_WEIGHT 16    /* inspections that the average looks back on */

void
crew_put(struct crew *crew, struct crew_member member)
{
	pthread_mutex_lock(&crew->lock);
	if (crew->idle_count == crew->idle_room) {
		crew->idle_room = crew->idle_room * 2 + 8;
		crew->idle = mem_resize(crew, crew->idle, crew->idle_room);
	}
	crew->idle[crew->idle_count++] = member;
	pthread_cond_signal(&crew->changed);
	pthread_mutex_unlock(&crew->lock);
}

/* An idle inspector has nothing to say: whatever can be read is its end. */
static bool
crew_is_alive(const struct crew_member *member)
{
	char byte;

	return recv(member->sock, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	       errno == EAGAIN;
}

void
crew_wait(struct crew *crew, pthread_cond_t *what, int64_t until)
{
	struct timespec when = {
		.tv_sec = until / 1000,
		.tv_nsec = until % 1000 * 1000000,
	};

	pthread_cond_timedwait(what, &crew->lock, &when);
}

void
crew_note_time(struct crew *crew, int64_t ms)
{
	pthread_mutex_lock(&crew->lock);
	crew->usual_time += (double)(ms - crew->usual_time) / CREW_TIME_WEIGHT;
	pthread_mutex_unlock(&crew->lock);
}

/* True if so many wait already that the last one would not have its turn. */
static bool
crew_is_full(const struct crew *crew)
{
	return crew->members > 0 &&
	       (double)crew->waiting * crew->usual_time /
			       (double)crew->members >
		       (double)crew->queue_time;
}

/* Under the lock; -1: nobody is free before the deadline. */
static int
crew_take_idle(struct crew *crew, struct crew_member *member, int64_t deadline,
	       void (*progress)(void *arg), void *arg)
{
	int64_t next = clock_ms() + CREW_PROGRESS_MS;

	for (;;) {
		int64_t now = clock_ms();

		if (crew->idle_count > 0) {
			*member = crew->idle[--crew->idle_count];
			if (crew_is_alive(member))
				return 0;
			close(member->sock);
			continue;
		}
		if (now >= deadline)
			return -1;
		if (now >= next) {
			pthread_mutex_unlock(&crew->lock);
			progress(arg);
			pthread_mutex_lock(&crew->lock);
			next = now + CREW_PROGRESS_MS;
			continue;
		}
		crew_wait(crew, &crew->changed,
			  next < deadline ? next : deadline);
	}
}

int
crew_take(struct crew *crew, struct crew_member *member,
	  void (*progress)(void *arg), void *arg, struct err *err)
{
	int64_t deadline = clock_ms() + crew->queue_time;
	int result;

	pthread_mutex_lock(&crew->lock);
	if (crew->idle_count == 0 && crew_is_full(crew)) {
		result = err_temporary(err, "%u mails wait for %u inspectors; "
				       "another one would wait for more than "
				       "%lld ms", crew->waiting, crew->members,
				       (long long)crew->queue_time);
	} else {
		crew->waiting++;
		result = crew_take_idle(crew, member, deadline, progress, arg);
		crew->waiting--;
		if (result < 0)
			err_temporary(err, "no inspector was free within %lld "
				      "ms", (long long)crew->queue_time);
	}
	pthread_mutex_unlock(&crew->lock);
	return result;
}
