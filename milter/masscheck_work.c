/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Workers are forked after the rules are loaded and share them. Each is given
 * one message at a time, so that the first process knows which message a worker
 * died of; a new worker takes the dead one's place.
 */
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/mem.h"
#include "caged.h"
#include "core/pipeline.h"
#include "core/wire.h"
#include "inputs.h"
#include "masscheck.h"

#define MASS_ANSWER_MAX (16u * 1024 * 1024)
#define MASS_MESSAGE_SECONDS 120 /* then the worker ends itself */
#define MASS_PROGRESS_MS 100
#define MASS_BAR 40

struct mass_worker {
	struct caged caged;
	struct mass_item *item; /* in its hands, or NULL */
};

struct mass_crew {
	struct mass *mass;
	struct mass_worker *workers;
	struct pollfd *pollers;
	size_t next; /* item that nobody has had yet */
	size_t done;
	int64_t shown; /* when the bar was last drawn */
};

/* --- a worker --- */

static struct verdict *
mass_inspect(void *scope, struct policy *policy, const char *scratch,
	     struct slice bytes)
{
	struct session *session = session_new(scope);
	struct verdict *verdict = verdict_new(scope);
	struct message_limits limits;

	policy_message_limits(policy, &limits);
	session->mail = mail_new(session);
	session->mail->size = bytes.len;
	session->mail->scratch = scratch;
	session->mail->message = message_parse(scope, bytes, &limits);
	pipeline_run(policy, PHASE_MESSAGE, session, verdict);
	return verdict;
}

static void
mass_put_hit(const struct mass *mass, const char *name, struct buf *out)
{
	const struct rule *rule = ruleset_find(mass->ruleset, name);

	wire_put_number(out, rule == NULL ? -1 : (int64_t)rule->index);
}

static void
mass_put_verdict(const struct mass *mass, const struct verdict *verdict,
		 struct buf *out)
{
	wire_put_text(out, verdict->error_count > 0 ? verdict->errors[0]
						    : NULL);
	wire_put_number(out, verdict->checked_spam);
	wire_put_number(out, verdict->spam);
	wire_put_double(out, verdict->score);
	wire_put_number(out, (int64_t)(verdict->hit_count +
				       verdict->subtest_count));
	for (size_t i = 0; i < verdict->hit_count; i++)
		mass_put_hit(mass, verdict->hits[i].name, out);
	for (size_t i = 0; i < verdict->subtest_count; i++)
		mass_put_hit(mass, verdict->subtests[i], out);
}

static void
mass_check(void *mem, const struct mass *mass, const struct mass_item *item,
	   int fd, const char *scratch, struct buf *out)
{
	void *scope = mem_context(mem, "mail");
	struct verdict *verdict;
	struct slice file, bytes;
	struct err err;

	if (inputs_map_open(fd, &file, &err) < 0) {
		verdict = verdict_new(scope);
		verdict_error(verdict, "cannot be read: %s", err.text);
		mass_put_verdict(mass, verdict, out);
		mem_free(scope);
		return;
	}
	bytes = item->end == 0 ? file : slice_cut(file, item->start, item->end);
	mass_put_verdict(mass,
			 mass_inspect(scope, mass->policy, scratch, bytes),
			 out);
	if (mass->compared != NULL) {
		verdict = mass_inspect(scope, mass->compared, scratch, bytes);
		wire_put_number(out, verdict->spam);
		wire_put_double(out, verdict->score);
	}
	inputs_unmap(file);
	mem_free(scope);
}

/* The frame's kind is the item's place, its descriptor the item's file. */
static void
mass_worker_run(void *arg, int sock, const char *scratch)
{
	const struct mass *mass = arg;
	void *pool = mem_pool(NULL, PIPELINE_POOL);
	struct buf out = BUF(NULL);
	struct frame frame;
	struct err err;

	while (frame_receive(sock, NULL, 0, true, FRAME_NEVER, &frame, &err) ==
		       1 &&
	       frame.fd >= 0) {
		mem_free((void *)(uintptr_t)frame.data.data);
		caged_alarm(MASS_MESSAGE_SECONDS);
		buf_reset(&out);
		mass_check(pool, mass, &mass->items[frame.kind], frame.fd,
			   scratch, &out);
		caged_alarm(0);
		close(frame.fd);
		if (frame_send(sock, frame.kind, buf_view(&out), -1,
			       FRAME_NEVER, &err) < 0)
			break;
	}
}

/* --- the first process --- */

static void
mass_take_hits(const struct mass *mass, struct wire *wire,
	       struct mass_item *item)
{
	size_t count = wire_count(wire);

	item->hits = mem_array(mass->mem, uint32_t, count);
	for (size_t i = 0; i < count && !wire->bad; i++) {
		int64_t index = wire_number(wire);

		if (index >= 0 && (size_t)index < mass->ruleset->count)
			item->hits[item->hit_count++] = (uint32_t)index;
	}
}

static void
mass_take(const struct mass *mass, struct slice answer, struct mass_item *item)
{
	struct wire wire = { .mem = mass->mem, .rest = answer };

	item->error = wire_text(&wire);
	item->checked = wire_number(&wire) == 1;
	item->spam = wire_number(&wire) == 1;
	item->score = wire_double(&wire);
	mass_take_hits(mass, &wire, item);
	if (mass->compared != NULL && item->checked) {
		item->spam_compared = wire_number(&wire) == 1;
		item->score_compared = wire_double(&wire);
	}
	if (!item->checked && item->error == NULL)
		item->error = "no rules were run";
	if (!wire.bad)
		return;
	item->checked = false;
	item->hit_count = 0;
	item->error = "the worker's answer makes no sense";
}

static void
mass_lose(struct mass_crew *crew, struct mass_worker *worker)
{
	char *how = caged_end(&worker->caged, crew->mass->mem);

	if (worker->item == NULL)
		return;
	worker->item->error = mem_printf(crew->mass->mem,
					 "the worker died of it: %s", how);
	worker->item = NULL;
	crew->done++;
}

static void
mass_hear(struct mass_crew *crew, struct mass_worker *worker)
{
	struct frame frame;
	struct err err;

	if (frame_receive(worker->caged.sock, NULL, MASS_ANSWER_MAX, false,
			  FRAME_NEVER, &frame, &err) != 1) {
		mass_lose(crew, worker);
		return;
	}
	mass_take(crew->mass, frame.data, worker->item);
	mem_free((void *)(uintptr_t)frame.data.data);
	worker->item = NULL;
	crew->done++;
}

/* Gives the next item to an idle worker, of which one may have to be
 * started. */
static void
mass_give(struct mass_crew *crew, struct mass_worker *worker, struct err *err)
{
	struct mass *mass = crew->mass;
	struct mass_item *item = &mass->items[crew->next];
	struct err ignored; /* its end shows as a death */
	int fd;

	if (worker->caged.pid == 0 &&
	    caged_start(&worker->caged, policy_config(mass->policy),
			mass_worker_run, mass, err) < 0)
		return;
	crew->next++;
	fd = inputs_open(item->file, &ignored);
	if (fd < 0) {
		item->error = mem_printf(mass->mem, "cannot be read: %s",
					 ignored.text);
		crew->done++;
		return;
	}
	worker->item = item;
	frame_send(worker->caged.sock, (uint32_t)(item - mass->items),
		   SLICE(""), fd, FRAME_NEVER, &ignored);
	close(fd);
}

/* Gives everybody work; -1 if there is work and nobody to do it. */
static int
mass_assign(struct mass_crew *crew, struct err *err)
{
	struct mass *mass = crew->mass;
	size_t busy = 0;

	for (size_t i = 0; i < mass->workers; i++) {
		struct mass_worker *worker = &crew->workers[i];
		size_t before = crew->next;

		while (worker->item == NULL && crew->next < mass->item_count) {
			mass_give(crew, worker, err);
			if (crew->next == before)
				break;
			before = crew->next;
		}
		busy += worker->item != NULL;
	}
	return busy == 0 && crew->next < mass->item_count ? -1 : 0;
}

static void
mass_show_progress(struct mass_crew *crew, bool last)
{
	size_t all = crew->mass->item_count;
	int64_t now = clock_ms();
	int bar = all > 0 ? (int)(crew->done * MASS_BAR / all) : 0;

	if (!crew->mass->progress ||
	    (!last && now - crew->shown < MASS_PROGRESS_MS))
		return;
	crew->shown = now;
	if (last)
		fprintf(stderr, "\r%*s\r", MASS_BAR + 40, "");
	else
		fprintf(stderr, "\r[%.*s%*s] %zu of %zu", bar,
			"########################################",
			MASS_BAR - bar, "", crew->done, all);
}

static void
mass_listen(struct mass_crew *crew)
{
	struct mass *mass = crew->mass;

	for (size_t i = 0; i < mass->workers; i++)
		crew->pollers[i] = (struct pollfd){
			.fd = crew->workers[i].caged.sock,
			.events = POLLIN,
		};
	if (poll(crew->pollers, mass->workers, -1) <= 0)
		return;
	for (size_t i = 0; i < mass->workers; i++)
		if (crew->pollers[i].revents != 0) {
			if (crew->workers[i].item != NULL)
				mass_hear(crew, &crew->workers[i]);
			else
				mass_lose(crew, &crew->workers[i]);
		}
}

int
mass_work(struct mass *mass, struct err *err)
{
	struct mass_crew crew = { .mass = mass };
	int64_t began = clock_ms();
	int result = 0;

	crew.workers = mem_array(mass->mem, struct mass_worker, mass->workers);
	crew.pollers = mem_array(mass->mem, struct pollfd, mass->workers);
	caged_prepare();
	for (size_t i = 0; i < mass->workers; i++)
		crew.workers[i].caged = CAGED_NONE;
	while (crew.done < mass->item_count) {
		result = mass_assign(&crew, err);
		if (result < 0)
			break;
		if (crew.done < mass->item_count)
			mass_listen(&crew);
		mass_show_progress(&crew, false);
	}
	mass_show_progress(&crew, true);
	for (size_t i = 0; i < mass->workers; i++)
		if (crew.workers[i].caged.pid > 0)
			mem_free(caged_end(&crew.workers[i].caged, NULL));
	mass->seconds = (double)(clock_ms() - began) / 1000;
	return result;
}
