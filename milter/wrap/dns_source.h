/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_DNS_SOURCE_H
#define WRAP_DNS_SOURCE_H

/* What a source of answers is made of, for wrap/dns*.c alone. */

#include "wrap/dns.h"

struct dns {
	struct dns_source *source; /* NULL: none */
	int64_t budget, deadline;
	struct dns_question **questions;
	size_t count;
	uint32_t *buckets; /* index + 1 of a question, by hash of its name */
	unsigned frames;   /* that dns_serve() has seen */
};

/*
 * A source embeds this as its first member. Questions come with a valid name;
 * each function is called by the thread that has the struct dns. A message that
 * is done with a question frees question->pending, settled or not.
 */
struct dns_source {
	/* Starts it; may settle it at once. */
	void (*ask)(struct dns_source *source, struct dns *dns,
		    struct dns_question *question);
	/* Settles the question if there is an answer by the deadline; 0: if
	 * there is one now. */
	void (*wait)(struct dns_source *source, struct dns *dns,
		     struct dns_question *question, int64_t deadline);
};

/* Gives a question its answer, without records yet; why is copied. */
struct dns_answer *dns_settle(struct dns_question *question,
			      enum dns_status status, const char *why);
/* Copies a record to an answer; false, and DNS_FAILED, if it is one too
 * many. */
bool dns_add_record(struct dns_answer *answer, struct slice rdata);

/*
 * Questions and answers as bytes, for the frames between daemon and inspector
 * (dns_wire.c). Each is known by its question's id.
 */
#define DNS_WIRE_MAX (4 * DNS_ANSWER_MAX) /* of one frame */

struct dns_wire_ask {
	uint32_t id;
	enum dns_type type;
	const char *name;
};
struct dns_wire_wait {
	uint32_t id;
	bool block; /* until there is an answer, or the time is up */
};

void dns_wire_put_ask(struct buf *out, const struct dns_wire_ask *ask);
void dns_wire_put_wait(struct buf *out, const struct dns_wire_wait *wait);
void dns_wire_put_answer(struct buf *out, uint32_t id,
			 const struct dns_answer *answer);
/* False for bytes that no honest peer sends. */
bool dns_wire_ask(void *mem, struct slice bytes, struct dns_wire_ask *ask);
bool dns_wire_wait(struct slice bytes, struct dns_wire_wait *wait);
/* Takes one answer off the front of *bytes and settles the question with its
 * id, if there is one. */
bool dns_wire_answer(struct dns *dns, struct slice *bytes);
/* The question with that id, or NULL. */
struct dns_question *dns_by_id(const struct dns *dns, uint32_t id);

#endif
