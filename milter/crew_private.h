/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CREW_PRIVATE_H
#define CREW_PRIVATE_H

/* The inside of a crew, for crew.c (any thread) and crew_nursery.c (control
 * thread) alone. */

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/child.h"
#include "crew.h"

struct crew_member { /* an inspector that waits for a mail */
	pid_t pid;
	int sock;
};

/* Inspectors that have ended lately, for the thread that waits for one. */
#define CREW_ENDED_MAX 64

struct crew_ended {
	pid_t pid;
	enum ending ending;
};

struct crew {
	struct policy *policy;
	struct child nursery;
	bool is_lacking; /* of the control thread */
	bool knows_lists; /* likewise */
	int wake;
	int64_t queue_time, time_limit;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* an inspector became idle */
	pthread_cond_t mourned; /* one has ended */
	/* Under the lock: */
	struct crew_member *idle; /* a stack: the last one used has warm
				   * caches */
	size_t idle_count, idle_room;
	struct crew_ended ended[CREW_ENDED_MAX]; /* a ring */
	size_t ended_count;
	unsigned uses;
	unsigned members; /* inspectors, idle or not */
	unsigned waiting; /* mails */
	double usual_time; /* of an inspection, in milliseconds */
};

/* Waits on a condition of the crew's, whose lock is held, until then. */
void crew_wait(struct crew *crew, pthread_cond_t *what, int64_t until);

/* --- crew_queue.c --- */

/* An inspector is free: lets one of those who wait have it. */
void crew_put(struct crew *crew, struct crew_member member);
/* An idle inspector; -1: there is none in time, or there would not be. */
int crew_take(struct crew *crew, struct crew_member *member,
	      void (*progress)(void *arg), void *arg, struct err *err);
/* An inspection has taken so long. */
void crew_note_time(struct crew *crew, int64_t ms);

#endif
