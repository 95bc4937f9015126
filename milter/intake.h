/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INTAKE_H
#define INTAKE_H

/*
 * One SMTP session as the daemon lives through it: which policy a mail began
 * with, the envelope so far, the message on its way into the spool, and what
 * comes out in the end. It knows the order of events, but nothing of libmilter:
 * milter.c calls it and carries out what it says.
 *
 * A session may carry many mails, each from intake_mail() to intake_end() or
 * intake_abort(); either may be called when there is none. An intake is used by
 * one thread at a time.
 */

#include "core/report.h"
#include "core/session.h"
#include "core/verdict.h"
#include "service.h"

struct intake;

/* A header field that claims to be ours. */
struct intake_forged {
	const char *name;
	int index; /* among fields of that name, from 1 */
};

/* What is to be done with a mail at its end; valid until the next call. */
struct intake_outcome {
	const struct verdict *verdict;
	struct reply reply; /* with TEMPFAIL and REJECT: what to say */
	const struct intake_forged *forged;
	size_t forged_count;
	const char *subject; /* the present one, as it came; NULL: none */
};

struct intake *intake_new(struct service *service);
void intake_free(struct intake *intake);

/* The facts of the connection: fill them in when they become known, strings by
 * intake_set(), which copies; NULL gives "". */
struct session *intake_session(struct intake *intake);
void intake_set(struct intake *intake, const char **member, const char *text);

/*
 * MAIL and RCPT. False: refused with reply. queue_id is NULL while there is
 * none. Addresses may have their <>.
 */
bool intake_mail(struct intake *intake, const char *sender, bool smtputf8,
		 struct reply *reply);
bool intake_recipient(struct intake *intake, const char *address,
		      const char *queue_id, struct reply *reply);
void intake_queue_id(struct intake *intake, const char *queue_id);
void intake_header(struct intake *intake, const char *name, const char *value);
void intake_body(struct intake *intake, struct slice chunk);
bool intake_has_mail(const struct intake *intake);
/* The message of the mail, which must be there, is complete: has it judged and
 * logs the line about it. */
void intake_end(struct intake *intake, void (*progress)(void *arg), void *arg,
		struct intake_outcome *outcome);
/* The mail is over, judged or not. */
void intake_abort(struct intake *intake);

#endif
