/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_DNS_OUTAGE_H
#define WRAP_DNS_OUTAGE_H

/*
 * Whether the name servers are out of reach, for dns_direct.c. After questions
 * about some zones in a row have got no answer, no others may be asked, but for
 * one at a time that finds out whether they are back. What the cache holds says
 * nothing about them, and may be asked all the time; so this remembers, more or
 * less, what has been answered.
 *
 * Part of a resolver, under its lock.
 */

#include <stdbool.h>
#include <stdint.h>

#include "wrap/dns.h"

#define DNS_OUTAGE_LATE 8 /* silent zones that make an outage */
#define DNS_KNOWN 8192	  /* questions that the cache may answer */

struct dns_outage { /* zeros: none */
	uint64_t late[DNS_OUTAGE_LATE]; /* zones that did not answer */
	unsigned late_count;
	bool lasts, probing;
	int64_t probe_at; /* when the next one may try */
	struct dns_known {
		uint64_t question;
		int64_t until;
	} known[DNS_KNOWN];
};

/* A question on its way. */
struct dns_asking {
	uint64_t question, zone; /* hashes */
	bool known;		 /* from the cache, perhaps */
	bool probe;		 /* of an outage: nobody shall wait for it */
};

/* Whether this question may be asked now. */
bool dns_outage_allows(const struct dns_outage *outage,
		       const struct dns_question *question);
struct dns_asking dns_outage_ask(struct dns_outage *outage,
				 const struct dns_question *question);
/* A name server has answered, for ttl seconds. */
void dns_outage_answered(struct dns_outage *outage,
			 const struct dns_asking *asking, int ttl);
/* None has, for long enough. */
void dns_outage_silent(struct dns_outage *outage,
		       const struct dns_asking *asking);
/* It is on its way no more, answered or not. */
void dns_outage_over(struct dns_outage *outage, struct dns_asking *asking);

#endif
