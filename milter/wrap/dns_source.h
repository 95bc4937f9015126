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
	/* Settles the question if there is an answer by the deadline. */
	void (*wait)(struct dns_source *source, struct dns *dns,
		     struct dns_question *question, int64_t deadline);
};

/* Gives a question its answer, without records yet; why is copied. */
struct dns_answer *dns_settle(struct dns *dns, struct dns_question *question,
			      enum dns_status status, const char *why);
/* Copies a record to an answer; false, and DNS_FAILED, if it is one too many. */
bool dns_add_record(struct dns *dns, struct dns_answer *answer,
		    struct slice rdata);

/*
 * Answers as bytes, for the frames between daemon and inspector (dns_wire.c).
 * dns_decode() settles the question that they belong to, and returns false for
 * bytes that no daemon sends.
 */
void dns_encode(const struct dns_question *question, struct buf *out);
/* Takes one answer off the front of *bytes. */
bool dns_decode(struct dns *dns, struct slice *bytes);

#define DNS_WIRE_MAX (4 * DNS_ANSWER_MAX) /* of one frame of answers */

#endif
