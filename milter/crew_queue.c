/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mails that wait for an inspector. Whoever has fewest mails being inspected
 * comes first, and nobody has so many that there is none left for others: a
 * flood of mails that take long keeps its sender waiting. Small mails come
 * before large ones, which wait a little longer, but not for ever. Who would
 * wait in vain is told at once, so that more mail than can be inspected costs
 * nobody but itself.
 */
#include "crew_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define CREW_PROGRESS_MS 10000 /* Postfix gives up after 300 s of silence */
#define CREW_LARGE 65536       /* bytes */
#define CREW_BYTES_MS 1024     /* bytes of a mail that are worth 1 ms of wait */
#define CREW_TIME_WEIGHT 16    /* inspections that the average looks back on */

uint64_t
crew_client(const char *address)
{
	struct in6_addr six;
	struct in_addr four;
	uint64_t client = 0;

	if (inet_pton(AF_INET, address, &four) == 1)
		return four.s_addr;
	if (inet_pton(AF_INET6, address, &six) == 1)
		memcpy(&client, &six, sizeof(client)); /* its /64 */
	return client;
}

static void
crew_unlink(struct crew_turn **list, const struct crew_turn *turn)
{
	while (*list != turn)
		list = &(*list)->next;
	*list = turn->next;
}

static void
crew_append(struct crew_turn **list, struct crew_turn *turn)
{
	while (*list != NULL)
		list = &(*list)->next;
	turn->next = NULL;
	*list = turn;
}

/* Mails of a client that have an inspector. */
static unsigned
crew_held(const struct crew *crew, uint64_t client)
{
	unsigned held = 0;

	for (const struct crew_turn *turn = crew->served; turn != NULL;
	     turn = turn->next)
		held += turn->client == client;
	return held;
}

static bool
crew_takes_large(const struct crew *crew)
{
	unsigned large = 0;

	for (const struct crew_turn *turn = crew->served; turn != NULL;
	     turn = turn->next)
		large += turn->size > CREW_LARGE && !turn->is_slow;
	return large < crew->large_limit;
}

/* Whose turn it is, or NULL. */
static struct crew_turn *
crew_next(const struct crew *crew)
{
	bool takes_large = crew_takes_large(crew);
	struct crew_turn *next = NULL;
	unsigned least = crew->client_limit;

	for (struct crew_turn *turn = crew->waiting; turn != NULL;
	     turn = turn->next) {
		unsigned held = crew_held(crew, turn->client);

		if (held > least || held >= crew->client_limit ||
		    (turn->size > CREW_LARGE && !takes_large) ||
		    (next != NULL && held == least && turn->due >= next->due))
			continue;
		least = held;
		next = turn;
	}
	return next;
}

/* To be called when an inspector or a client's share has become free. */
static void
crew_call(struct crew *crew)
{
	struct crew_turn *next = crew->idle_count > 0 ? crew_next(crew) : NULL;

	if (next != NULL)
		pthread_cond_signal(&next->called);
}

void
crew_put(struct crew *crew, struct crew_member member, bool is_new)
{
	size_t place;

	pthread_mutex_lock(&crew->lock);
	if (crew->idle_count == crew->idle_room) {
		crew->idle_room = crew->idle_room * 2 + 8;
		crew->idle = mem_resize(crew, crew->idle, crew->idle_room);
	}
	place = is_new ? 0 : crew->idle_count;
	memmove(crew->idle + place + 1, crew->idle + place,
		(crew->idle_count - place) * sizeof(member));
	crew->idle[place] = member;
	crew->idle_count++;
	crew_call(crew);
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

/* True if so many wait already that the last one would not have its turn. */
static bool
crew_is_full(const struct crew *crew)
{
	return crew->members > 0 &&
	       (double)crew->waiting_count * crew->usual_time /
			       (double)crew->members >
		       (double)crew->queue_time;
}

/* Under the lock; -1: nobody is free before the deadline. */
static int
crew_take_idle(struct crew *crew, struct crew_turn *turn, int64_t deadline,
	       void (*progress)(void *arg), void *arg)
{
	int64_t next = clock_ms() + CREW_PROGRESS_MS;

	for (;;) {
		int64_t now = clock_ms();

		if (crew->idle_count > 0 && crew_next(crew) == turn) {
			turn->member = crew->idle[--crew->idle_count];
			if (crew_is_alive(&turn->member))
				return 0;
			close(turn->member.sock);
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
		crew_wait(crew, &turn->called,
			  next < deadline ? next : deadline);
	}
}

/* Stands in line, under the lock. */
static int
crew_queue(struct crew *crew, struct crew_turn *turn,
	   void (*progress)(void *arg), void *arg)
{
	int result;

	turn->due = clock_ms() + (int64_t)(turn->size / CREW_BYTES_MS);
	turn->is_slow = false;
	crew_condition(&turn->called);
	crew_append(&crew->waiting, turn);
	crew->waiting_count++;
	result = crew_take_idle(crew, turn, clock_ms() + crew->queue_time,
				progress, arg);
	crew_unlink(&crew->waiting, turn);
	crew->waiting_count--;
	if (result == 0)
		crew_append(&crew->served, turn);
	/* There may be one for the next as well, or this one was called in
	 * vain. */
	crew_call(crew);
	pthread_cond_destroy(&turn->called);
	return result;
}

int
crew_take(struct crew *crew, struct crew_turn *turn,
	  void (*progress)(void *arg), void *arg, struct err *err)
{
	int result;

	pthread_mutex_lock(&crew->lock);
	if (crew->idle_count == 0 && crew_is_full(crew)) {
		result = err_temporary(err, "%u mails wait for %u inspectors; "
				       "another one would wait for more than "
				       "%lld ms", crew->waiting_count,
				       crew->members,
				       (long long)crew->queue_time);
	} else {
		result = crew_queue(crew, turn, progress, arg);
		if (result < 0)
			err_temporary(err, "no inspector was free within %lld "
				      "ms", (long long)crew->queue_time);
	}
	pthread_mutex_unlock(&crew->lock);
	return result;
}

void
crew_end_turn(struct crew *crew, struct crew_turn *turn, int64_t ms)
{
	pthread_mutex_lock(&crew->lock);
	crew_unlink(&crew->served, turn);
	/* A slow one has made room for others before. */
	if (!turn->is_slow)
		crew->usual_time += (double)(ms - crew->usual_time) /
				    CREW_TIME_WEIGHT;
	crew_call(crew);
	pthread_mutex_unlock(&crew->lock);
}
