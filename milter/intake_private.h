/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INTAKE_PRIVATE_H
#define INTAKE_PRIVATE_H

/* The inside of an intake, for intake.c (session and envelope),
 * intake_message.c and intake_end.c alone. */

#include "intake.h"

/* More forged fields than any honest detour through other filters leaves:
 * Postfix looks through the whole header for each one that is deleted. */
#define INTAKE_FORGED_MAX 100

struct intake_mail {
	struct crew *crew;
	struct mail *mail;
	struct spool *spool; /* NULL until the first header field or body */
	size_t trace_size; /* bytes of fields that the next attempt may not
			    * have */
	struct verdict *verdict;
	int64_t began;
	struct intake_forged *forged;
	size_t forged_count; /* may go beyond the list */
	int results_count; /* fields Authentication-Results so far */
	const char *subject;
};

struct intake {
	struct service *service;
	struct session *session;
	struct intake_mail *current; /* NULL between mails */
};

/* The queue id, for the log. */
const char *intake_name(const struct intake *intake);
/* Logs the line about a mail, or about a recipient; began: clock_us(). */
void intake_log(const struct intake *intake, const struct verdict *verdict,
		int64_t began, const char *recipient);

/* --- intake_message.c --- */

/* The mail's spool. It begins with what Postfix will write in front of the
 * message. */
struct spool *intake_spool(struct intake *intake);

#endif
