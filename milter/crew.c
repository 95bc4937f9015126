/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crew_private.h"

#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/mem.h"
#include "inspector.h"

#define CREW_TRIES 3 /* inspectors that may be gone before they see a mail */
#define CREW_MOURN_MS 1000 /* for the nursery to say how one has ended */

static void
crew_free(void *ptr)
{
	struct crew *crew = ptr;

	policy_free(crew->policy);
	pthread_cond_destroy(&crew->mourned);
	pthread_mutex_destroy(&crew->lock);
}

void
crew_condition(pthread_cond_t *what)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(what, &attributes);
	pthread_condattr_destroy(&attributes);
}

/* Neither one client's mails nor large ones take all inspectors. */
static void
crew_share(struct crew *crew, const struct config *config)
{
	unsigned count = inspector_count(config);

	crew->large_limit = count > 2 ? count - 1 : count;
	crew->client_limit = (unsigned)config_int(config, "client_inspectors");
	if (crew->client_limit == 0)
		crew->client_limit = crew->large_limit;
}

struct crew *
crew_new(struct policy *policy, int wake)
{
	const struct config *config = policy_config(policy);
	struct crew *crew = mem_new(NULL, struct crew);

	crew->policy = policy;
	crew->nursery = CHILD_NONE;
	crew->wake = wake;
	crew->uses = 1;
	crew->queue_time = config_time(config, "inspect_queue_time");
	crew->time_limit = config_time(config, "inspect_time_limit");
	crew_share(crew, config);
	pthread_mutex_init(&crew->lock, NULL);
	crew_condition(&crew->mourned);
	mem_on_free(crew, crew_free);
	return crew;
}

struct crew *
crew_hold(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	crew->uses++;
	pthread_mutex_unlock(&crew->lock);
	return crew;
}

void
crew_release(struct crew *crew)
{
	int wake = crew->wake;
	bool last;

	pthread_mutex_lock(&crew->lock);
	last = --crew->uses == 0;
	pthread_mutex_unlock(&crew->lock);
	/* From here on the control thread may free the crew. */
	if (last)
		eventfd_write(wake, 1);
}

bool
crew_is_unused(struct crew *crew)
{
	bool unused;

	pthread_mutex_lock(&crew->lock);
	unused = crew->uses == 0;
	pthread_mutex_unlock(&crew->lock);
	return unused;
}

const struct policy *
crew_policy(const struct crew *crew)
{
	return crew->policy;
}

const struct config *
crew_config(const struct crew *crew)
{
	return policy_config(crew->policy);
}

void
crew_tell(struct crew *crew, unsigned kind, pid_t pid)
{
	char text[24];
	struct err err = { .kind = ERR_NONE };

	snprintf(text, sizeof(text), "%ld", (long)pid);
	pthread_mutex_lock(&crew->lock);
	if (crew->nursery.sock >= 0 &&
	    frame_send(crew->nursery.sock, kind, slice_of(text), -1,
		       clock_ms() + INSPECTOR_PATIENCE_MS, &err) < 0)
		log_error("the nursery of inspector %ld does not listen: %s",
			  (long)pid, err.text);
	pthread_mutex_unlock(&crew->lock);
}

static const struct crew_ended *
crew_find_ended(const struct crew *crew, pid_t pid)
{
	for (size_t i = 0; i < crew->ended_count && i < CREW_ENDED_MAX; i++)
		if (crew->ended[i].pid == pid)
			return &crew->ended[i];
	return NULL;
}

/* How an inspector whose socket has closed came to its end. */
static enum ending
crew_mourn(struct crew *crew, pid_t pid)
{
	int64_t deadline = clock_ms() + CREW_MOURN_MS;
	const struct crew_ended *ended;
	enum ending ending;

	pthread_mutex_lock(&crew->lock);
	while ((ended = crew_find_ended(crew, pid)) == NULL &&
	       clock_ms() < deadline)
		crew_wait(crew, &crew->mourned, deadline);
	/* The nursery may have died first, and its children with it. */
	ending = ended == NULL ? ENDING_KILLED : ended->ending;
	pthread_mutex_unlock(&crew->lock);
	return ending;
}

enum crew_try {
	TRY_DONE,
	TRY_LAST,
	TRY_UNREAD,
	TRY_STARVED,
	TRY_FAILED,
	TRY_MORE,
};

/* What an inspector says: its verdict, or a question that it cannot ask
 * itself. */
static enum crew_try
crew_act_on(const struct crew_member *member, struct dns *dns, void *mem,
	    const struct frame *frame, struct verdict **verdict,
	    struct err *err)
{
	switch (frame->kind) {
	case INSPECTOR_VERDICT:
	case INSPECTOR_LAST:
		*verdict = verdict_decode(mem, frame->data, err);
		if (*verdict == NULL)
			return TRY_FAILED;
		return frame->kind == INSPECTOR_LAST ? TRY_LAST : TRY_DONE;
	case DNS_FRAME_ASK:
	case DNS_FRAME_WAIT:
		return dns_serve(dns, member->sock, frame, err) == 0
			       ? TRY_MORE
			       : TRY_FAILED;
	default:
		err_permanent(err, "inspector %ld sent a frame of kind %u",
			      (long)member->pid, frame->kind);
		return TRY_FAILED;
	}
}

static enum crew_try
crew_read(const struct crew_member *member, struct dns *dns, void *mem,
	  struct verdict **verdict, struct err *err)
{
	struct frame frame;
	enum crew_try result = TRY_FAILED;
	int got = frame_receive(member->sock, mem, INSPECTOR_VERDICT_MAX, false,
				clock_ms() + INSPECTOR_PATIENCE_MS, &frame,
				err);

	if (got > 0) {
		result = crew_act_on(member, dns, mem, &frame, verdict, err);
		mem_free((void *)(uintptr_t)frame.data.data);
	} else if (got == 0) {
		err_temporary(err, "inspector %ld died over this mail",
			      (long)member->pid);
	}
	return result;
}

/*
 * True if the inspector ended without having read what we sent: it was not the
 * mail that killed it. The kernel says so once, by a reset.
 */
static bool
crew_is_unread(const struct crew_member *member)
{
	char byte;

	return recv(member->sock, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	       errno == ECONNRESET;
}

/* Nothing came in time. One that has computed all along would do it again. */
static enum crew_try
crew_late(const struct crew *crew, const struct crew_turn *turn,
	  int64_t computed, struct crew_failure *failure)
{
	const struct crew_member *member = &turn->member;

	computed = crew_computed(member->pid) - computed;
	failure->ending = computed >= crew->time_limit / 2 ? ENDING_LOOP
							   : ENDING_HANG;
	/* Others came first: the machine is to blame. */
	if (failure->ending == ENDING_HANG &&
	    crew_held_up(member->pid) - turn->held_up >= crew->time_limit / 2)
		failure->ending = ENDING_KILLED;
	err_temporary(&failure->err,
		      "inspector %ld needed more than %lld ms (and computed "
		      "for %lld)", (long)member->pid,
		      (long long)crew->time_limit, (long long)computed);
	return TRY_FAILED;
}

/* A mail for an inspector, and what becomes of it. */
struct crew_job {
	void *mem;
	struct slice session;
	struct dns *dns;
	int message; /* a sealed file, which may be read anew */
	void (*progress)(void *arg);
	void *arg;
	struct verdict **verdict;
	struct crew_failure *failure;
};

/* Questions and the verdict of an inspector that has a mail. */
static enum crew_try
crew_hear(struct crew *crew, struct crew_turn *turn, const struct crew_job *job)
{
	const struct crew_member *member = &turn->member;
	struct crew_failure *failure = job->failure;
	int64_t computed = crew_computed(member->pid);
	int64_t deadline = clock_ms() + crew->time_limit;
	enum crew_try result = TRY_MORE;

	for (bool first = true; result == TRY_MORE; first = false) {
		enum crew_awaited awaited =
			crew_await(crew, turn, computed, deadline,
				   job->progress, job->arg);

		if (awaited == CREW_STARVED)
			return TRY_STARVED;
		if (awaited == CREW_LATE)
			return crew_late(crew, turn, computed, failure);
		if (first && crew_is_unread(member)) {
			err_temporary(&failure->err, "inspector %ld died",
				      (long)member->pid);
			return TRY_UNREAD;
		}
		result = crew_read(member, job->dns, job->mem, job->verdict,
				   &failure->err);
	}
	/* An answer that makes no sense comes from one that was taken over. */
	failure->ending = ENDING_CRASH;
	if (result == TRY_FAILED && failure->err.kind == ERR_TEMPORARY)
		failure->ending = crew_mourn(crew, member->pid);
	return result;
}

/* By the inspector that it has. */
static enum crew_try
crew_try(struct crew *crew, struct crew_turn *turn, const struct crew_job *job)
{
	enum crew_try result = TRY_UNREAD;
	int64_t began = clock_ms();

	if (frame_send(turn->member.sock, INSPECTOR_MAIL, job->session,
		       job->message, began + INSPECTOR_PATIENCE_MS,
		       &job->failure->err) == 0) {
		dns_begin(job->dns);
		result = crew_hear(crew, turn, job);
	}
	if (result == TRY_DONE && !turn->is_slow)
		crew_put(crew, turn->member, false);
	else
		close(turn->member.sock);
	crew_end_turn(crew, turn, clock_ms() - began);
	if (result != TRY_DONE && result != TRY_LAST)
		crew_tell(crew, NURSERY_KILL, turn->member.pid);
	return result;
}

enum crew_result
crew_inspect(struct crew *crew, void *mem, const struct session *session,
	     int message, void (*progress)(void *arg), void *arg,
	     struct verdict **verdict, struct crew_failure *failure)
{
	struct buf out = BUF(mem);
	struct crew_turn turn = {
		.client = crew_client(session->client_addr),
		.size = session->mail->size,
	};
	struct crew_job job = { mem, { 0 }, session->mail->dns, message,
				progress, arg, verdict, failure };
	enum crew_try result = TRY_UNREAD;
	bool is_busy = false;

	session_encode(session, &out);
	job.session = buf_view(&out);
	for (int i = 0; i < CREW_TRIES + turn.is_hurried && !is_busy &&
			(result == TRY_UNREAD || result == TRY_STARVED); i++) {
		is_busy = crew_take(crew, &turn, progress, arg,
				    &failure->err) < 0;
		if (!is_busy)
			result = crew_try(crew, &turn, &job);
	}
	if (turn.is_hurried)
		crew_end_hurry(crew);
	if (is_busy)
		return CREW_BUSY;
	if (result == TRY_DONE || result == TRY_LAST)
		return CREW_VERDICT;
	if (result == TRY_UNREAD)
		failure->ending = ENDING_KILLED;
	return CREW_FAILED;
}
