/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_SPF_PRIVATE_H
#define MAIL_SPF_PRIVATE_H

/* One check on its way, for spf.c (what libspf2 asks), spf_compose.c (records)
 * and spf_client.c alone. */

#include "mail/spf.h"
#include "mail/spf_macro.h"
#include "mail/spf_record.h"

#define SPF_TEXT_MAX 200 /* of a mechanism, for humans */

/* What a name that libspf2 knows by its number stands for. */
struct spf_name {
	enum {
		SPF_NAME_RECORD, /* include, redirect */
		SPF_NAME_ADDRESS, /* a */
		SPF_NAME_HOST,	  /* of an mx */
		SPF_NAME_SERVERS, /* mx */
		SPF_NAME_EXISTS,
		SPF_NAME_CLIENT, /* ptr */
		SPF_NAME_ALWAYS, /* all, ip4 and ip6 that match */
	} kind;
	struct slice spec;  /* domain-spec; SLICE_NONE: the current domain */
	const char *domain; /* the current domain where it stands */
	unsigned prefix4, prefix6;
	struct slice text; /* the directive */
};

struct spf_run {
	void *mem;
	struct dns *dns;
	struct spf_macro_values values;
	unsigned char client[16];
	int family;
	struct spf_name *names; /* 0: the sender's domain */
	size_t name_count;
	const char *first; /* its record, as libspf2 gets it */
	unsigned lookups, voids;
	/* The first thing that settles the result, whatever libspf2 makes of
	 * it; NOT_RUN: nothing yet. */
	enum auth_result fatal;
	const char *why;
	struct slice matched;
	const char **own_names; /* of the client, validated */
	size_t own_name_count;
	bool own_names_known;
};

/*
 * The result is settled, unless something has done so before; returns -1.
 * The text is escaped: it may hold what others have written.
 */
int spf_stop(struct spf_run *run, enum auth_result result, const char *format,
	     ...) __attribute__((format(printf, 3, 4)));
/* Gives a name its number. */
unsigned spf_add_name(struct spf_run *run, const struct spf_name *name);

/* --- spf_compose.c --- */

/* The composed record of a domain; NULL: there is none that counts. */
const char *spf_read_record(struct spf_run *run, const char *domain,
			    const struct dns_answer *answer);

/* --- spf_client.c --- */

/* False: it is no address. */
bool spf_read_client(struct spf_run *run, const char *client);
/* Which records hold such addresses as the client's. */
enum dns_type spf_address_type(const struct spf_run *run);
/* Whether the client is in the network of one of these addresses. */
bool spf_holds_client(const struct spf_run *run,
		      const struct dns_answer *answer, unsigned prefix4,
		      unsigned prefix6);
/* The same for the network of an ip4 or ip6. */
bool spf_names_client(const struct spf_run *run,
		      const struct spf_directive *directive);
/* Whether a name of the client's own is that domain, or lies below it (ptr). */
bool spf_has_own_name(struct spf_run *run, const char *domain);
/* The one that %{p} stands for: the domain itself, one below it, any. */
const char *spf_own_name(struct spf_run *run, const char *domain);

#endif
