/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_DMARC_H
#define MAIL_DMARC_H

/*
 * DMARC, by ourselves: does the domain in From stand behind this mail, and what
 * does it want done with mail that it does not stand behind (RFC 7489)? Where
 * DMARCbis agrees, its words count: `np`, and a pct of 0 as "testing". The
 * organizational domain is the Public Suffix List's. Records are asked for at
 * the beginning and waited for at the end; one message, one thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "mail/auth.h"
#include "mail/dkim.h"
#include "mail/message.h"
#include "wrap/dns.h"
#include "wrap/psl.h"

enum dmarc_policy { DMARC_NONE, DMARC_QUARANTINE, DMARC_REJECT };

/* "none", "quarantine", "reject" */
const char *dmarc_policy_name(enum dmarc_policy policy);

struct dmarc_record {
	enum dmarc_policy policy, subdomain, nonexistent; /* p=, sp=, np= */
	bool strict_dkim, strict_spf; /* adkim=s, aspf=s */
	unsigned percent;	      /* pct= */
};

/*
 * Reads a record's text. ERR_PERMANENT if it is no DMARC record, or one that
 * must be passed over (RFC 7489, 6.6.3): then there is none.
 */
int dmarc_record_read(struct slice text, struct dmarc_record *record,
		      struct err *err);

struct dmarc_results {
	/*
	 * NONE: no record; PASS; FAIL; TEMPERROR: the DNS cannot tell;
	 * PERMERROR: From names no domain, or too many.
	 */
	enum auth_result result;
	const char *why;    /* in words, printable ASCII */
	const char *domain; /* in From, lower case ASCII; "" if there is none */
	const char *record_domain; /* whose record it was, or "" */
	/* What the record asks for, before and after pct=. NONE unless FAIL. */
	enum dmarc_policy policy, disposition;
	bool dkim_aligned, spf_aligned;
};

struct dmarc;

/* message, dns and psl must outlive the result. */
struct dmarc *dmarc_begin(void *mem, const struct message *message,
			  struct dns *dns, const struct psl *psl);
/*
 * dkim and spf: what these found. With several From domains each is judged and
 * the worst counts.
 */
const struct dmarc_results *dmarc_finish(struct dmarc *dmarc,
					 const struct dkim_results *dkim,
					 const struct auth_spf *spf);

#endif
