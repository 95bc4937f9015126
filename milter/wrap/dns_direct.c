/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libunbound: one context for all threads, with its cache, a thread of its own
 * that resolves, and one of ours that takes its answers in. A message's thread
 * and these two meet in a struct dns_flight, under one lock.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <unbound.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wrap/dns_outage.h"
#include "wrap/dns_source.h"

#define DNS_FLIGHTS_MAX 4096 /* questions on their way, of all messages */
/* Who has said nothing for so long is silent, and a SERVFAIL as late as this is
 * no answer either: libunbound gives up so early on a name server that used to
 * be quick. */
#define DNS_SILENT_MS 300
#define DNS_NO_SERVER "the name servers do not answer"

struct dns_flight { /* one question on its way, the resolver's */
	struct dns_direct *direct;
	struct dns_flight *next, **link; /* all of them */
	pthread_cond_t *landed; /* the message's; NULL: nobody waits */
	struct ub_result *result; /* once done; NULL: it failed */
	int64_t asked;
	struct dns_asking asking;
	bool done;
};

struct dns_pending { /* the message's end of it */
	struct dns_flight *flight;
	pthread_cond_t landed;
};

struct dns_direct {
	struct dns_source source; /* first */
	struct ub_ctx *context;
	int64_t question_time;
	int wake; /* eventfd: the end */
	pthread_mutex_t lock;
	/* Under the lock: */
	bool started;
	pthread_t thread;
	struct dns_flight *flights;
	size_t flight_count;
	struct dns_outage outage;
};

/* --- flights --- */

static void
dns_flight_free(struct dns_flight *flight)
{
	*flight->link = flight->next;
	if (flight->next != NULL)
		flight->next->link = flight->link;
	flight->direct->flight_count--;
	if (flight->result != NULL)
		ub_resolve_free(flight->result);
	mem_free(flight);
}

static struct dns_flight *
dns_flight_new(struct dns_direct *direct, const struct dns_question *question)
{
	/* Not below direct: that tree belongs to another thread. */
	struct dns_flight *flight = mem_new(NULL, struct dns_flight);

	flight->direct = direct;
	flight->asked = clock_ms();
	flight->asking = dns_outage_ask(&direct->outage, question);
	flight->next = direct->flights;
	flight->link = &direct->flights;
	if (flight->next != NULL)
		flight->next->link = &flight->next;
	direct->flights = flight;
	direct->flight_count++;
	return flight;
}

/* libunbound has an answer, or gives up; on our thread. */
static void
dns_flight_land(void *arg, int error, struct ub_result *result)
{
	struct dns_flight *flight = arg;
	struct dns_direct *direct = flight->direct;
	bool failed = error != 0 || result == NULL || result->rcode == 2;

	pthread_mutex_lock(&direct->lock);
	flight->done = true;
	flight->result = error == 0 ? result : NULL;
	if (!failed && !flight->asking.known) {
		dns_outage_answered(&direct->outage, &flight->asking,
				    result->ttl);
	} else if (failed && clock_ms() - flight->asked >= DNS_SILENT_MS &&
		   flight->landed != NULL) {
		dns_outage_silent(&direct->outage, &flight->asking);
	}
	dns_outage_over(&direct->outage, &flight->asking);
	if (flight->landed != NULL)
		pthread_cond_signal(flight->landed);
	else
		dns_flight_free(flight);
	pthread_mutex_unlock(&direct->lock);
}

static void *
dns_direct_thread(void *arg)
{
	struct dns_direct *direct = arg;
	struct pollfd pollers[] = {
		{ .fd = ub_fd(direct->context), .events = POLLIN },
		{ .fd = direct->wake, .events = POLLIN },
	};

	while (pollers[1].revents == 0) {
		if (poll(pollers, 2, -1) < 0 && errno != EINTR)
			break;
		if (pollers[0].revents != 0)
			ub_process(direct->context);
	}
	return NULL;
}

/* With the first question: a process may fork before. Under the lock. */
static bool
dns_direct_start(struct dns_direct *direct)
{
	if (!direct->started)
		direct->started =
			ub_ctx_async(direct->context, 1) == 0 &&
			pthread_create(&direct->thread, NULL,
				       dns_direct_thread, direct) == 0;
	return direct->started;
}

/* --- what a message sees --- */

/* As libunbound reads names: bytes out of the ordinary become \DDD. */
static char *
dns_direct_name(void *mem, const char *name)
{
	struct buf out = BUF(mem);

	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;

		if (c <= ' ' || c >= 127 || c == '\\' || c == '"' || c == ';' ||
		    c == '(' || c == ')' || c == '@' || c == '$')
			buf_printf(&out, "\\%03u", c);
		else
			buf_char(&out, (char)c);
	}
	return out.data;
}

/* The message goes, or waits no longer. */
static void
dns_pending_free(void *ptr)
{
	struct dns_pending *pending = ptr;
	struct dns_direct *direct = pending->flight->direct;

	pthread_mutex_lock(&direct->lock);
	pending->flight->landed = NULL;
	if (pending->flight->done)
		dns_flight_free(pending->flight);
	pthread_mutex_unlock(&direct->lock);
	pthread_cond_destroy(&pending->landed);
}

static void
dns_pending_new(struct dns_question *question, struct dns_flight *flight)
{
	struct dns_pending *pending = mem_new(question, struct dns_pending);
	pthread_condattr_t attributes;

	pending->flight = flight;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&pending->landed, &attributes);
	pthread_condattr_destroy(&attributes);
	flight->landed = &pending->landed;
	question->pending = pending;
	mem_on_free(pending, dns_pending_free);
}

static const char *
dns_direct_refuses(struct dns_direct *direct,
		   const struct dns_question *question)
{
	if (!dns_outage_allows(&direct->outage, question))
		return DNS_NO_SERVER;
	if (direct->flight_count >= DNS_FLIGHTS_MAX)
		return "too many questions at a time";
	if (!dns_direct_start(direct))
		return "the resolver cannot be started";
	return NULL;
}

/* libunbound does not want it: nobody else knows of the flight. */
static void
dns_direct_drop(struct dns_direct *direct, struct dns_question *question,
		struct dns_flight *flight)
{
	flight->done = true;
	if (question->pending != NULL) {
		mem_free(question->pending);
		question->pending = NULL;
		return;
	}
	pthread_mutex_lock(&direct->lock);
	dns_outage_over(&direct->outage, &flight->asking);
	dns_flight_free(flight);
	pthread_mutex_unlock(&direct->lock);
}

/* Makes it fly; returns why not. In an outage nobody waits for it. */
static const char *
dns_direct_launch(struct dns_direct *direct, struct dns_question *question)
{
	char *name = dns_direct_name(question, question->name);
	struct dns_flight *flight = NULL;
	const char *why;

	pthread_mutex_lock(&direct->lock);
	why = dns_direct_refuses(direct, question);
	if (why == NULL) {
		flight = dns_flight_new(direct, question);
		if (flight->asking.probe)
			why = DNS_NO_SERVER;
		else
			dns_pending_new(question, flight);
	}
	pthread_mutex_unlock(&direct->lock);
	/* libunbound has locks of its own, and may wait for its thread. */
	if (flight != NULL &&
	    ub_resolve_async(direct->context, name, (int)question->type, 1,
			     flight, dns_flight_land, NULL) != 0) {
		dns_direct_drop(direct, question, flight);
		why = "the resolver does not take the question";
	}
	mem_free(name);
	return why;
}

static void
dns_direct_ask(struct dns_source *source, struct dns *dns,
	       struct dns_question *question)
{
	const char *why = dns_direct_launch((struct dns_direct *)source,
					    question);

	if (why != NULL)
		dns_settle(question, DNS_FAILED, why);
}

static enum dns_status
dns_direct_status(const struct ub_result *result, const char **why)
{
	static const char *const rcodes[] = { "NOERROR", "FORMERR", "SERVFAIL",
					      "NXDOMAIN", "NOTIMP",
					      "REFUSED" };

	*why = "";
	if (result == NULL) {
		*why = "the resolver failed";
		return DNS_FAILED;
	}
	if (result->bogus) {
		*why = result->why_bogus == NULL ? "bogus" : result->why_bogus;
		return DNS_FAILED;
	}
	if (result->nxdomain)
		return DNS_NXDOMAIN;
	if (result->rcode != 0) {
		*why = result->rcode > 0 && result->rcode < 6
			       ? rcodes[result->rcode]
			       : "an error";
		return DNS_FAILED;
	}
	return result->havedata ? DNS_FOUND : DNS_NODATA;
}

/* The answer as the message's own; result is still the flight's. */
static void
dns_direct_settle(struct dns_question *question,
		  const struct ub_result *result)
{
	const char *why;
	enum dns_status status = dns_direct_status(result, &why);
	struct dns_answer *answer = dns_settle(question, status, why);

	if (result == NULL)
		return;
	answer->secure = result->secure != 0;
	answer->ttl = (uint32_t)result->ttl;
	answer->canonical = mem_strdup(answer, result->canonname);
	if (status != DNS_FOUND)
		return;
	for (size_t i = 0; result->data[i] != NULL; i++)
		if (!dns_add_record(answer,
				    (struct slice){ result->data[i],
						    (size_t)result->len[i] }))
			return;
}

static void
dns_direct_wait(struct dns_source *source, struct dns *dns,
		struct dns_question *question, int64_t deadline)
{
	struct dns_direct *direct = (struct dns_direct *)source;
	struct dns_pending *pending = question->pending;
	int64_t until = question->asked + direct->question_time;
	struct timespec when;
	bool done;

	if (until > deadline)
		until = deadline;
	when = (struct timespec){ .tv_sec = until / 1000,
				  .tv_nsec = until % 1000 * 1000000 };
	pthread_mutex_lock(&direct->lock);
	while (!pending->flight->done && clock_ms() < until)
		pthread_cond_timedwait(&pending->landed, &direct->lock, &when);
	done = pending->flight->done;
	if (!done && clock_ms() - question->asked >= DNS_SILENT_MS)
		dns_outage_silent(&direct->outage, &pending->flight->asking);
	pthread_mutex_unlock(&direct->lock);
	if (!done)
		return;
	/* Done: nobody else touches the flight any more. */
	dns_direct_settle(question, pending->flight->result);
	mem_free(pending);
	question->pending = NULL;
}

/* --- the resolver --- */

static void
dns_direct_free(void *ptr)
{
	struct dns_direct *direct = ptr;

	if (direct->started) {
		eventfd_write(direct->wake, 1);
		pthread_join(direct->thread, NULL);
	}
	ub_ctx_delete(direct->context);
	while (direct->flights != NULL)
		dns_flight_free(direct->flights);
	close(direct->wake);
	pthread_mutex_destroy(&direct->lock);
}

static int
dns_direct_option(struct dns_direct *direct, const char *key,
		  const char *value, struct err *err)
{
	int failure = ub_ctx_set_option(direct->context, key, value);

	if (failure == 0)
		return 0;
	return err_config(err, "libunbound: %s %s: %s", key, value,
			  ub_strerror(failure));
}

/* libunbound's own measures are those of a program that asks now and then. */
static int
dns_direct_options(struct dns_direct *direct, struct err *err)
{
	static const char *const options[][2] = {
		{ "outgoing-range:", "512" },
		{ "num-queries-per-thread:", "1024" },
		{ "outgoing-num-tcp:", "32" },
		{ "msg-cache-size:", "8m" },
		{ "rrset-cache-size:", "16m" },
		{ "cache-max-negative-ttl:", "900" },
		{ "do-not-query-localhost:", "no" },
		/* What it concludes from other answers would look like a
		 * sign of life of a name server. */
		{ "aggressive-nsec:", "no" },
		{ "harden-below-nxdomain:", "no" },
		/* Networks of one's own are for the name server to know. */
		{ "unblock-lan-zones:", "yes" },
		{ "insecure-lan-zones:", "yes" },
		{ "local-zone:", "test. transparent" },
	};
	int result = 0;

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (result == 0)
			result = dns_direct_option(direct, options[i][0],
						   options[i][1], err);
	return result;
}

static int
dns_direct_forward(struct dns_direct *direct, const char *where,
		   struct err *err)
{
	int failure;

	if (strcmp(where, "recursive") == 0)
		return 0;
	/* A name server that is silent about some names, as it is when theirs
	 * are, is not to be avoided for others: there is no other one. */
	if (dns_direct_option(direct, "infra-host-ttl:", "1", err) < 0)
		return -1;
	if (where[0] != '/')
		failure = ub_ctx_set_fwd(direct->context, where);
	else if (access(where, R_OK) < 0)
		/* As the C library does without this file. */
		failure = ub_ctx_set_fwd(direct->context, "127.0.0.1");
	else
		failure = ub_ctx_resolvconf(direct->context, where);
	if (failure == 0)
		return 0;
	return err_config(err, "dns_resolver = %s: %s", where,
			  ub_strerror(failure));
}

static int
dns_direct_anchor(struct dns_direct *direct, const char *path,
		  struct err *err)
{
	if (path[0] == '\0')
		return 0;
	if (access(path, R_OK) < 0)
		return err_config(err, "dns_trust_anchor = %s: %s", path,
				  strerror(errno));
	if (ub_ctx_add_ta_file(direct->context, path) != 0)
		return err_config(err, "dns_trust_anchor = %s: not a file "
				       "with trust anchors", path);
	return 0;
}

static int
dns_direct_open(struct dns_direct *direct, const struct dns_settings *settings,
		struct err *err)
{
	int result;

	/* What it finds wrong is in the answers; its own lines have no form. */
	ub_ctx_debugout(direct->context, NULL);
	result = dns_direct_options(direct, err);

	for (size_t i = 0; settings->resolver[i] != NULL && result == 0; i++)
		result = dns_direct_forward(direct, settings->resolver[i],
					    err);
	if (result == 0)
		result = dns_direct_anchor(direct, settings->trust_anchor,
					   err);
	return result;
}

struct dns_source *
dns_direct(void *mem, const struct dns_settings *settings, struct err *err)
{
	struct dns_direct *direct = mem_new(mem, struct dns_direct);

	direct->source = (struct dns_source){ dns_direct_ask,
					      dns_direct_wait };
	direct->question_time = settings->question_time;
	direct->wake = eventfd(0, EFD_CLOEXEC);
	direct->context = ub_ctx_create();
	pthread_mutex_init(&direct->lock, NULL);
	mem_on_free(direct, dns_direct_free);
	if (direct->context == NULL || direct->wake < 0) {
		err_config(err, "libunbound cannot be started");
		mem_free(direct);
		return NULL;
	}
	if (dns_direct_open(direct, settings, err) < 0) {
		mem_free(direct);
		return NULL;
	}
	return &direct->source;
}
