/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_AUTH_H
#define MAIL_AUTH_H

/*
 * Who a mail comes from, as far as the DNS can prove it: what the stage `auth`
 * found, for its own policy, for Authentication-Results, and for the rules that
 * SpamAssassin has for it. Filled once per message by one thread, read-only
 * afterwards; everything hangs below the verdict of that message.
 */

#include <stdbool.h>
#include <stddef.h>

/* As in RFC 8601, 2.7. NOT_RUN: nobody looked (no network, or nothing to look
 * at by design, such as mail of our own users). */
enum auth_result {
	AUTH_NOT_RUN,
	AUTH_NONE,
	AUTH_PASS,
	AUTH_FAIL,
	AUTH_SOFTFAIL,
	AUTH_NEUTRAL,
	AUTH_POLICY,
	AUTH_TEMPERROR,
	AUTH_PERMERROR,
};

const char *auth_result_name(enum auth_result result); /* "pass"; "" */
struct auth_results;
/* "spf:pass,helo:none" of what was looked at; below mem. */
const char *auth_summary(void *mem, const struct auth_results *results);

struct auth_spf {
	enum auth_result result;
	const char *identity;  /* "mailfrom" or "helo" */
	const char *domain;    /* that was looked at, or "" */
	const char *sender;    /* "local@domain", as SPF sees it, or "" */
	const char *mechanism; /* that matched, such as "ip4:192.0.2.0/24", or
				* "default", or "" */
	const char *why;       /* in printable ASCII, for Received-SPF */
};

struct dkim_results;  /* mail/dkim.h */
struct arc_results;   /* mail/arc.h */
struct dmarc_results; /* mail/dmarc.h */
struct auth_mail;     /* stage/auth_mail.c */

struct auth_results {
	/* The hop that was judged: the client, or with trusted forwarders the
	 * one that gave the mail to the first of them. "" if there is none. */
	const char *client;
	const char *helo;
	const char *sender; /* envelope sender; "" for the null sender; NULL:
			     * nobody knows it */
	struct auth_spf spf, spf_helo;
	/* NULL: not looked at. */
	const struct dkim_results *dkim;
	const struct arc_results *arc;
	const struct dmarc_results *dmarc;
	/* A trusted forwarder saw DMARC pass before it changed the mail: its
	 * domain, or NULL. */
	const char *vouched;
	struct auth_mail *mail; /* the stage's own */
};

#endif
