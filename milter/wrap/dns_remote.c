/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNS for a process that may not have any: an inspector writes its questions to
 * the daemon and goes on; when it needs an answer it says so, and gets all that
 * have come by then. The daemon writes only while the inspector reads, so that
 * neither can block the other.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "wrap/dns_source.h"

/* For a peer that should be there; the daemon's own time ends a wait. */
#define DNS_PATIENCE_MS 5000
/* A question and a wait each, and as many polls. */
#define DNS_FRAMES_MAX (8 * DNS_QUESTIONS_MAX)

struct dns_remote {
	struct dns_source source; /* first */
	int sock;
	uint32_t last_id; /* over all messages: no stale answer fits a new
			   * question */
	bool broken;
};

static void
dns_remote_break(struct dns_remote *remote, struct dns *dns,
		 struct dns_question *question)
{
	remote->broken = true;
	dns_settle(question, DNS_FAILED, "the daemon does not answer");
}

static bool
dns_remote_send(const struct dns_remote *remote, uint32_t kind,
		struct buf *out)
{
	struct err err;
	bool sent = !remote->broken &&
		    frame_send(remote->sock, kind, buf_view(out), -1,
			       clock_ms() + DNS_PATIENCE_MS, &err) == 0;

	mem_free(out->data);
	return sent;
}

static void
dns_remote_ask(struct dns_source *source, struct dns *dns,
	       struct dns_question *question)
{
	struct dns_remote *remote = (struct dns_remote *)source;
	struct buf out = BUF(NULL);

	question->id = ++remote->last_id;
	dns_wire_put_ask(&out, &(struct dns_wire_ask){ question->id,
						       question->type,
						       question->name });
	if (!dns_remote_send(remote, DNS_FRAME_ASK, &out))
		dns_remote_break(remote, dns, question);
}

/* One frame of answers; false if it is not that. */
static bool
dns_remote_read(struct dns_remote *remote, struct dns *dns, int64_t deadline)
{
	void *mem = mem_context(NULL, "answers");
	struct frame frame;
	struct err err;
	bool ok = frame_receive(remote->sock, mem, DNS_WIRE_MAX, false,
				deadline, &frame, &err) == 1 &&
		  frame.kind == DNS_FRAME_ANSWER;

	while (ok && frame.data.len > 0)
		ok = dns_wire_answer(dns, &frame.data);
	mem_free(mem);
	return ok;
}

static void
dns_remote_wait(struct dns_source *source, struct dns *dns,
		struct dns_question *question, int64_t deadline)
{
	struct dns_remote *remote = (struct dns_remote *)source;
	int64_t until = clock_ms() + DNS_PATIENCE_MS;
	struct buf out = BUF(NULL);

	dns_wire_put_wait(&out, &(struct dns_wire_wait){ question->id,
							 deadline > 0 });
	if (until < deadline + DNS_PATIENCE_MS)
		until = deadline + DNS_PATIENCE_MS;
	if (dns_remote_send(remote, DNS_FRAME_WAIT, &out) &&
	    dns_remote_read(remote, dns, until))
		return;
	if (question->answer == NULL)
		dns_remote_break(remote, dns, question);
}

struct dns_source *
dns_remote(void *mem, int sock)
{
	struct dns_remote *remote = mem_new(mem, struct dns_remote);

	remote->source = (struct dns_source){ dns_remote_ask,
					      dns_remote_wait };
	remote->sock = sock;
	return &remote->source;
}

/* --- the daemon's end --- */

static int
dns_serve_ask(struct dns *dns, void *mem, const struct frame *frame,
	      struct err *err)
{
	struct dns_wire_ask ask;

	if (!dns_wire_ask(mem, frame->data, &ask))
		return err_permanent(err, "a malformed DNS question");
	dns_ask(dns, ask.name, ask.type)->id = ask.id;
	return 0;
}

/* All answers that are there and were not told yet, as far as they fit. */
static void
dns_serve_collect(struct dns *dns, struct dns_question *first,
		  struct buf *out)
{
	dns_wire_put_answer(out, first->id, first->answer);
	first->told = true;
	for (size_t i = 0; i < dns->count; i++) {
		struct dns_question *question = dns->questions[i];

		if (question->id == 0 || question->told ||
		    dns_poll(dns, question) == NULL)
			continue;
		if (out->len > DNS_WIRE_MAX / 2)
			return;
		dns_wire_put_answer(out, question->id, question->answer);
		question->told = true;
	}
}

static int
dns_serve_wait(struct dns *dns, int sock, void *mem, const struct frame *frame,
	       struct err *err)
{
	static const struct dns_answer unknown = {
		.status = DNS_FAILED,
		.why = "too many questions for one message",
	};
	struct buf out = BUF(mem);
	struct dns_question *question;
	struct dns_wire_wait wait;

	if (!dns_wire_wait(frame->data, &wait))
		return err_permanent(err, "a malformed wish for an answer");
	question = dns_by_id(dns, wait.id);
	if (question == NULL)
		dns_wire_put_answer(&out, wait.id, &unknown);
	else if ((wait.block ? dns_wait(dns, question)
			     : dns_poll(dns, question)) != NULL)
		dns_serve_collect(dns, question, &out);
	return frame_send(sock, DNS_FRAME_ANSWER, buf_view(&out), -1,
			  clock_ms() + DNS_PATIENCE_MS, err);
}

int
dns_serve(struct dns *dns, int sock, const struct frame *frame,
	  struct err *err)
{
	void *mem;
	int result;

	if (++dns->frames > DNS_FRAMES_MAX)
		return err_permanent(err, "too many DNS questions");
	mem = mem_context(NULL, "frame");
	if (frame->kind == DNS_FRAME_ASK)
		result = dns_serve_ask(dns, mem, frame, err);
	else if (frame->kind == DNS_FRAME_WAIT)
		result = dns_serve_wait(dns, sock, mem, frame, err);
	else
		result = err_permanent(err, "a frame of kind %u", frame->kind);
	mem_free(mem);
	return result;
}
