/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_SPF_H
#define WRAP_SPF_H

/*
 * libspf2, which walks through SPF records: mechanisms in their order, their
 * qualifiers, include and redirect. It can be killed by what stands in records
 * and has its own mind about some of their grammar; so it sees none of their
 * text. Names are numbers here ("n7.x"), the client is one fixed address, and
 * every question it asks is answered by mail/spf.c, which knows what name 7
 * stands for, in which network the client lies, and which limits there are.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum spf_result {
	SPF_NONE,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_NEUTRAL,
	SPF_TEMPERROR,
	SPF_PERMERROR,
};

/* What a record is made of. */
enum spf_term {
	SPF_TERM_A,	   /* matches() of the name */
	SPF_TERM_MX,	   /* hosts() of the name, and matches() of each */
	SPF_TERM_INCLUDE,  /* record() of the name */
	SPF_TERM_REDIRECT, /* the same; the last term */
};

/* Adds a term to the text of a record that began with spf_write_begin().
 * qualifier: one of + - ~ ? */
void spf_write_begin(struct buf *out);
void spf_write(struct buf *out, char qualifier, enum spf_term term,
	       unsigned name);

/* Who answers for names; NULL or -1: the evaluation is over, the caller knows
 * why. */
struct spf_names {
	void *arg;
	/* Text of the record of this name. */
	const char *(*record)(void *arg, unsigned name);
	/* Whether the client is among the addresses of this name. */
	int (*matches)(void *arg, unsigned name);
	/* The names of its mail servers: how many, at most SPF_HOSTS. */
	int (*hosts)(void *arg, unsigned name, unsigned *hosts);
};

#define SPF_HOSTS 10

/*
 * The result for the record of a name. *matched: a mechanism did, else the
 * result is what holds by default. Never asks anybody but names.
 */
enum spf_result spf_evaluate(const struct spf_names *names, unsigned name,
			     bool *matched);

#endif
