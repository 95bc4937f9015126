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

/* What an inspector has computed until a time in clock_ms() terms. */
struct crew_pace {
	int64_t at, computed;
};

/* A mail that waits for an inspector, or has one; of the thread that brings
 * it. */
struct crew_turn {
	struct crew_turn *next;
	uint64_t client;	/* crew_client() */
	size_t size;		/* of the mail */
	int64_t due;		/* in clock_ms() terms: who comes first */
	pthread_cond_t called;	/* it may be this one's turn */
	struct crew_member member;
	bool is_slow; /* its inspector is not to be used again; written under
		       * the lock */
	bool is_hurried; /* it has not to stand back */
	int64_t held_up; /* crew_held_up() when it proved to be slow */
	struct crew_pace pace; /* when it was looked at last, if it is slow */
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
	unsigned client_limit; /* mails of one client that have inspectors */
	unsigned large_limit;  /* the same for large mails */
	pthread_mutex_t lock;
	pthread_cond_t mourned; /* one has ended */
	/* Under the lock: */
	struct crew_member *idle; /* a stack: the last one used has warm
				   * caches */
	size_t idle_count, idle_room;
	struct crew_ended ended[CREW_ENDED_MAX]; /* a ring */
	size_t ended_count;
	unsigned uses;
	unsigned members; /* inspectors, idle or not */
	bool hurries;	  /* there is a turn that is_hurried */
	struct crew_turn *waiting; /* the first one has waited for longest */
	struct crew_turn *served;
	unsigned waiting_count;
	double usual_time; /* of an inspection, in milliseconds */
};

/* Waits on a condition of the crew's, whose lock is held, until then. */
void crew_wait(struct crew *crew, pthread_cond_t *what, int64_t until);

/* A condition that crew_wait() can wait for. */
void crew_condition(pthread_cond_t *what);

/* --- crew_queue.c --- */

/* Whose mail it is, for a fair share: an IPv4 address, an IPv6 network. */
uint64_t crew_client(const char *address);
/* An inspector is free: lets one of those who wait have it. A new one, which is
 * still at closing its cage, comes after the others. */
void crew_put(struct crew *crew, struct crew_member member, bool is_new);
/*
 * An idle inspector as turn->member; -1: there is none in time, or there would
 * not be. Afterwards crew_end_turn().
 */
int crew_take(struct crew *crew, struct crew_turn *turn,
	      void (*progress)(void *arg), void *arg, struct err *err);
/* The mail is done with its inspector after so many milliseconds. */
void crew_end_turn(struct crew *crew, struct crew_turn *turn, int64_t ms);

/* --- crew_slow.c --- */

/* Processor time that an inspector has used up to now, in milliseconds. */
int64_t crew_computed(pid_t pid);
/* How long it was ready to compute and had to wait, in its whole life. */
int64_t crew_held_up(pid_t pid);
enum crew_awaited {
	CREW_HEARD,
	CREW_LATE,    /* time is up */
	CREW_STARVED, /* see below */
};

/*
 * Waits for the first byte that an inspector says. Once the mail proves to be
 * slow, others come first: turn->is_slow. If they leave it next to nothing, it
 * is to begin again with another inspector, now turn->is_hurried, and
 * crew_end_hurry() is due once that is over. computed is crew_computed() from
 * before.
 */
enum crew_awaited crew_await(struct crew *crew, struct crew_turn *turn,
			     int64_t computed, int64_t deadline,
			     void (*progress)(void *arg), void *arg);
void crew_end_hurry(struct crew *crew);

/* --- crew.c --- */

/* A frame of a few words to the nursery. */
void crew_tell(struct crew *crew, unsigned kind, pid_t pid);

#endif
