/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control thread's half of a crew: starts the nursery, takes in the
 * inspectors that it bears, and sees both to their end.
 */
#include "crew_private.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/mem.h"
#include "inspector.h"

#define CREW_FAREWELL_MS 2000 /* for a nursery to tidy up */

int
crew_socket(const struct crew *crew)
{
	return crew->nursery.sock;
}

int
crew_start(struct crew *crew, struct err *err)
{
	char parent[24];
	const char *const argv[] = { "ispfilter", "nursery", parent, NULL };
	char *text = config_text(NULL, policy_config(crew->policy));
	struct child nursery;
	int result;

	snprintf(parent, sizeof(parent), "%ld", (long)getpid());
	result = child_spawn(argv, &nursery, err);
	if (result == 0)
		result = frame_send(nursery.sock, NURSERY_SETTINGS,
				    slice_of(text), -1,
				    clock_ms() + INSPECTOR_PATIENCE_MS, err);
	mem_free(text);
	if (result < 0) {
		child_end(&nursery);
		return -1;
	}
	pthread_mutex_lock(&crew->lock);
	crew->nursery = nursery;
	pthread_mutex_unlock(&crew->lock);
	return 0;
}

/* Forgets the idle inspectors of a nursery that has gone, and its socket. */
static void
crew_forget(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	for (size_t i = 0; i < crew->idle_count; i++)
		close(crew->idle[i].sock);
	crew->idle_count = crew->members = 0;
	if (crew->nursery.sock >= 0)
		close(crew->nursery.sock);
	crew->nursery.sock = -1;
	pthread_mutex_unlock(&crew->lock);
}

bool
crew_is_lacking(const struct crew *crew)
{
	return crew->is_lacking;
}

/* Closing the socket tells the nursery; it has a moment to tidy up. */
void
crew_stop(struct crew *crew)
{
	int64_t deadline = clock_ms() + CREW_FAREWELL_MS;
	struct child nursery = { crew->nursery.pid, -1 };

	crew_forget(crew);
	crew->nursery.pid = 0;
	while (nursery.pid > 0 && clock_ms() < deadline) {
		if (waitpid(nursery.pid, NULL, WNOHANG) != 0)
			return;
		usleep(2000);
	}
	child_end(&nursery);
}

void
crew_dismiss(struct crew *crew)
{
	crew_stop(crew);
	mem_free(crew);
}

static enum crew_event
crew_lose(struct crew *crew, const char *how)
{
	log_error("nursery %ld %s", (long)crew->nursery.pid, how);
	crew_stop(crew);
	return CREW_LOST;
}

/* "pid how": one has ended, idle or with a mail in its hands. */
static void
crew_bury(struct crew *crew, struct slice text)
{
	struct slice word;
	int64_t pid = 0;
	char *number;

	if (!slice_word(&text, " ", &word))
		return;
	number = slice_string(NULL, word);
	str_int64(number, &pid);
	mem_free(number);
	pthread_mutex_lock(&crew->lock);
	crew->ended[crew->ended_count++ % CREW_ENDED_MAX] = (struct crew_ended){
		(pid_t)pid, ending_by_name(slice_trim(text))
	};
	pthread_cond_broadcast(&crew->mourned);
	crew->members -= crew->members > 0;
	for (size_t i = 0; i < crew->idle_count; i++) {
		if (crew->idle[i].pid != pid)
			continue;
		close(crew->idle[i].sock);
		crew->idle[i] = crew->idle[--crew->idle_count];
		break;
	}
	pthread_mutex_unlock(&crew->lock);
}

/* A new inspector. Its process id may be that of one that ended. */
static void
crew_welcome(struct crew *crew, pid_t pid)
{
	pthread_mutex_lock(&crew->lock);
	for (size_t i = 0; i < CREW_ENDED_MAX; i++)
		if (crew->ended[i].pid == pid)
			crew->ended[i].pid = 0;
	crew->members++;
	pthread_mutex_unlock(&crew->lock);
}

static enum crew_event
crew_failed(struct crew *crew, struct slice lines)
{
	struct slice line;

	while (slice_line(&lines, &line)) {
		line = slice_trim(line);
		log_error("%.*s", (int)line.len, line.data);
	}
	crew_lose(crew, "could not load the policy");
	return CREW_REFUSED;
}

/* A nursery that follows one that died says the same once more. */
static void
crew_watch_lists(struct crew *crew, struct slice zones)
{
	struct dns_lists *lists = policy_lists(crew->policy);
	struct err err = { .kind = ERR_NONE };
	char *file;

	if (lists == NULL || crew->knows_lists)
		return;
	crew->knows_lists = true;
	dns_lists_know(lists, zones);
	file = mem_printf(NULL, "%s/lists",
			  config_string(policy_config(crew->policy),
					"state_directory"));
	if (dns_lists_watch(lists, file, &err) < 0)
		log_warning("dns lists: %s", err.text);
	mem_free(file);
}

static enum crew_event
crew_act(struct crew *crew, const struct frame *frame)
{
	int64_t pid = 0;

	switch (frame->kind) {
	case NURSERY_BORN:
		if (frame->fd < 0 || !str_int64(frame->data.data, &pid))
			return crew_lose(crew, "talks nonsense");
		crew_welcome(crew, (pid_t)pid);
		crew_put(crew, (struct crew_member){ (pid_t)pid, frame->fd },
			 true);
		return CREW_NOTHING;
	case NURSERY_GONE:
		crew_bury(crew, frame->data);
		return CREW_NOTHING;
	case NURSERY_LISTS:
		crew_watch_lists(crew, frame->data);
		return CREW_NOTHING;
	case NURSERY_READY:
		crew->is_lacking = frame->data.len > 0;
		return CREW_READY;
	case NURSERY_FAILED:
		return crew_failed(crew, frame->data);
	default:
		return crew_lose(crew, "talks nonsense");
	}
}

enum crew_event
crew_listen(struct crew *crew)
{
	void *mem = mem_context(NULL, "frame");
	struct frame frame;
	struct err err;
	enum crew_event event;
	int got = frame_receive(crew->nursery.sock, mem, NURSERY_FRAME_MAX,
				true, clock_ms() + INSPECTOR_PATIENCE_MS,
				&frame, &err);

	if (got < 0)
		event = crew_lose(crew, err.text);
	else if (got == 0)
		event = crew_lose(crew, "ended unexpectedly");
	else
		event = crew_act(crew, &frame);
	if (got == 1 && frame.fd >= 0 && frame.kind != NURSERY_BORN)
		close(frame.fd);
	mem_free(mem);
	return event;
}
