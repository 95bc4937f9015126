/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CREW_H
#define CREW_H

/*
 * A policy and those who judge by it: the daemon's view of one nursery and its
 * inspectors. A reload makes a new crew; every mail holds the crew that it
 * began with, and the old one is dismissed with its last mail.
 *
 * Two kinds of threads meet here. The control thread (service.c) starts the
 * nursery, reads its messages and dismisses. Threads of libmilter hold the
 * crew, use its policy and submit mail. The list of inspectors and the count of
 * uses are under the crew's lock.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "core/policy.h"
#include "core/session.h"
#include "core/verdict.h"
#include "ending.h"

struct crew;

/* --- any thread --- */

struct crew *crew_hold(struct crew *crew);
void crew_release(struct crew *crew);
const struct policy *crew_policy(const struct crew *crew);
const struct config *crew_config(const struct crew *crew);

enum crew_result {
	CREW_VERDICT,
	CREW_BUSY,   /* no inspector became free in time, or there is none */
	CREW_FAILED, /* the inspector died, hung or talked nonsense */
};

struct crew_failure {
	struct err err;
	enum ending ending; /* the inspector's, with CREW_FAILED */
};

/*
 * Has a message (sealed, as a descriptor) inspected. *verdict hangs below mem;
 * failure says what happened otherwise. progress(arg) is called now and then
 * while the caller has to wait. session->mail->dns, which must be there,
 * answers what the inspector asks of the DNS.
 */
enum crew_result crew_inspect(struct crew *crew, void *mem,
			      const struct session *session, int message,
			      void (*progress)(void *arg), void *arg,
			      struct verdict **verdict,
			      struct crew_failure *failure);

/* --- control thread --- */

/*
 * A crew without a nursery yet, with one use, the caller's. wake is an eventfd
 * that is written to when the uses have gone.
 */
struct crew *crew_new(struct policy *policy, int wake);
/* True if its nursery said that something of the policy cannot be loaded, such
 * as virus signatures. */
bool crew_is_lacking(const struct crew *crew);
/* Starts the nursery; it says READY later. */
int crew_start(struct crew *crew, struct err *err);
/* The nursery's socket for poll(2), or -1. */
int crew_socket(const struct crew *crew);

enum crew_event {
	CREW_NOTHING,
	CREW_READY, /* all inspectors are there */
	CREW_LOST,  /* the nursery ended; it was logged */
	CREW_REFUSED, /* it could not load the policy, and ended */
};
/* Takes one message of the nursery. */
enum crew_event crew_listen(struct crew *crew);
bool crew_is_unused(struct crew *crew);
/* Ends nursery and inspectors and frees the crew, which nobody may hold. */
void crew_dismiss(struct crew *crew);
/* Ends nursery and inspectors only; mails in progress get their 451. */
void crew_stop(struct crew *crew);

#endif
