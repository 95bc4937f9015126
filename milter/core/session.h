/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

/*
 * What is known of an SMTP session and of the mail that it is about to carry.
 * milter.c fills it; stages only read it. Facts of the connection and of one
 * mail are kept apart, since one session may carry many mails.
 *
 * Strings are never NULL where "" can stand for "not known"; addresses are as
 * the client sent them, without <>.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "mail/message.h"
#include "wrap/dns.h"

struct recipient {
	const char *address;  /* as sent */
	const char *const *mailboxes; /* final ones, NULL-terminated; NULL: not
				       * looked up; empty: only remote */
	size_t mailbox_count;
};

struct mail {
	const char *queue_id; /* "" until Postfix tells it */
	const char *sender;   /* "" for the null sender */
	struct recipient *recipients;
	size_t recipient_count;
	size_t size;      /* bytes spooled, without what we put in front */
	size_t prefix;    /* bytes of the fields made from the session,
			   * that stand in front of the message */
	bool smtputf8;
	const char *message_id; /* for the log */
	const char *scratch;    /* folder for temporary files, or NULL */
	struct message *message; /* PHASE_MESSAGE only */
	struct dns *dns; /* for this mail; see dns_is_on(). NULL: none */
};

struct session {
	const char *client_addr; /* "192.0.2.1", "2001:db8::1", "" if unknown */
	const char *client_name; /* verified host name, or "unknown" */
	const char *client_ptr;  /* unverified one, or "unknown" */
	unsigned client_port;
	const char *helo;
	const char *hostname;    /* {j}: ours */
	const char *daemon_name; /* {daemon_name} */
	const char *daemon_addr;
	const char *auth_authen; /* login name, "" if not authenticated */
	const char *auth_type;
	const char *tls_version, *tls_cipher;
	bool esmtp;      /* EHLO */
	bool outbound;   /* submitted by a user of ours */
	bool simulated;  /* made up by Postfix for non_smtpd_milters */
	int64_t started; /* wall clock, seconds */
	struct mail *mail; /* NULL between mails */
};

/* An empty session: all strings "". */
struct session *session_new(void *mem);
struct mail *mail_new(void *mem);
void mail_add_recipient(struct mail *mail, const char *address,
			const char *const *mailboxes, size_t mailbox_count);

/*
 * To and from bytes, for the way to an inspector. The message itself is not
 * part of it. Decoding hostile bytes gives an error, never a crash.
 */
void session_encode(const struct session *session, struct buf *out);
struct session *session_decode(void *mem, struct slice bytes, struct err *err);

#endif
