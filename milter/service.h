/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SERVICE_H
#define SERVICE_H

/*
 * What holds the daemon together while it serves: which crew is in service,
 * reload, stop, and the nurseries' lives. One control thread does all of it;
 * libmilter's threads only ask for the crew and say when mails begin and end.
 */

#include <stdbool.h>

#include "base/err.h"
#include "core/policy.h"
#include "crew.h"
#include "poison.h"
#include "putoff.h"

struct service;

struct service_options {
	const char *config_path;     /* read again on reload; NULL: default */
	const char *const *settings; /* "key=value" of the command line, to be
				      * set again; ends with NULL */
	struct poison *poison;
	struct putoff *putoff;
	void (*stopped)(void *arg);  /* last thing before the process ends */
	void *arg;
};

/*
 * Blocks the signals it will take, and starts the control thread with the first
 * policy. Before any other thread. The control thread ends the process.
 */
struct service *service_start(const struct service_options *options,
			      struct policy *policy, struct err *err);
/* Waits until the first crew is ready. -1: ERR_CONFIG if its policy cannot be
 * loaded, ERR_TEMPORARY if its nursery died. */
int service_await(struct service *service, struct err *err);

/* --- any thread --- */

/* The crew in service, held for the caller. */
struct crew *service_crew(struct service *service);
struct poison *service_poison(struct service *service);
struct putoff *service_putoff(struct service *service);
/* A mail begins; false: the daemon is stopping and wants no more. */
bool service_begin(struct service *service);
void service_end(struct service *service);

#endif
