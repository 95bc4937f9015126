/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SERVICE_PRIVATE_H
#define SERVICE_PRIVATE_H

/* The inside of the service, for service.c (the control thread and what others
 * ask of it) and service_reload.c (crews that come and go) alone. */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "arrivals.h"
#include "service.h"

#define SERVICE_CREWS_MAX 8 /* in service, coming, and those with old mails */

enum service_state {
	SERVICE_STARTING,
	SERVICE_RUNNING,
	SERVICE_FAILED,
	SERVICE_REFUSED, /* it is the policy's fault */
};

struct service {
	struct service_options options;
	pthread_t thread;
	int signals, wake;

	/* Of the control thread alone: */
	struct crew *crews[SERVICE_CREWS_MAX];
	size_t crew_count;
	struct crew *coming;    /* its nursery loads; NULL: no reload */
	int64_t coming_deadline;
	struct crew *leaving;	/* has to go before the next one loads */
	int64_t leaving_deadline;
	bool reload_again;
	unsigned failures;      /* of the current nursery, in a row */
	int64_t restart_at;     /* of the current nursery; FRAME_NEVER */
	int64_t watchdog_at, stop_at;
	struct arrivals arrivals; /* of virus signatures */

	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under the lock: */
	enum service_state state;
	struct crew *current;
	bool stopping;
	unsigned mails;
};

void service_set_state(struct service *service, enum service_state state);
/* The nursery of the crew in service is not there: a new one after a while. */
void service_plan_restart(struct service *service);

/* --- service_reload.c --- */

/* A crew whose nursery is to load; it becomes the current one when it is
 * ready. */
void service_come(struct service *service, struct crew *crew);
/* Starts the nursery of the coming crew. */
void service_start_coming(struct service *service);
void service_reload(struct service *service);
/* The coming crew is ready; or it cannot be, and if there is no other one,
 * state says what comes of the daemon. */
void service_take_over(struct service *service);
void service_give_up_coming(struct service *service, enum service_state state,
			    const char *why);
/* With clamav_concurrent_reload = no: goes on when the old crew has gone, or
 * has had its time. */
void service_see_off(struct service *service);
/* New signatures have arrived, perhaps. */
void service_look_for_arrivals(struct service *service);

#endif
