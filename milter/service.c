/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service_private.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/notify.h"

#define SERVICE_RETRY_MS 1000
#define SERVICE_RETRY_MAX_MS 60000

struct crew *
service_crew(struct service *service)
{
	struct crew *crew;

	pthread_mutex_lock(&service->lock);
	crew = crew_hold(service->current);
	pthread_mutex_unlock(&service->lock);
	return crew;
}

struct poison *
service_poison(struct service *service)
{
	return service->options.poison;
}

struct putoff *
service_putoff(struct service *service)
{
	return service->options.putoff;
}

bool
service_begin(struct service *service)
{
	bool go_on;

	pthread_mutex_lock(&service->lock);
	go_on = !service->stopping;
	service->mails += go_on;
	pthread_mutex_unlock(&service->lock);
	return go_on;
}

void
service_end(struct service *service)
{
	bool last;

	pthread_mutex_lock(&service->lock);
	last = --service->mails == 0 && service->stopping;
	pthread_mutex_unlock(&service->lock);
	if (last)
		eventfd_write(service->wake, 1);
}

static unsigned
service_mails(struct service *service)
{
	unsigned mails;

	pthread_mutex_lock(&service->lock);
	mails = service->mails;
	pthread_mutex_unlock(&service->lock);
	return mails;
}

void
service_set_state(struct service *service, enum service_state state)
{
	pthread_mutex_lock(&service->lock);
	service->state = state;
	pthread_cond_broadcast(&service->changed);
	pthread_mutex_unlock(&service->lock);
}

int
service_await(struct service *service, struct err *err)
{
	enum service_state state;

	pthread_mutex_lock(&service->lock);
	while (service->state == SERVICE_STARTING)
		pthread_cond_wait(&service->changed, &service->lock);
	state = service->state;
	pthread_mutex_unlock(&service->lock);
	if (state == SERVICE_REFUSED)
		return err_config(err, "rules or signatures cannot be loaded; "
				       "the log says why");
	if (state == SERVICE_FAILED)
		return err_temporary(err, "the nursery did not start; the log "
					  "says why");
	return 0;
}

static void
service_remove(struct service *service, struct crew *crew)
{
	for (size_t i = 0; i < service->crew_count; i++) {
		if (service->crews[i] != crew)
			continue;
		service->crews[i] = service->crews[--service->crew_count];
		crew_dismiss(crew);
		return;
	}
}

/* Old crews whose last mail is done. */
static void
service_sweep(struct service *service)
{
	for (size_t i = service->crew_count; i-- > 0;)
		if (crew_is_unused(service->crews[i]))
			service_remove(service, service->crews[i]);
}

void
service_plan_restart(struct service *service)
{
	int64_t wait = SERVICE_RETRY_MS;

	for (unsigned i = 0; i < service->failures && wait < 60000; i++)
		wait *= 2;
	if (wait > SERVICE_RETRY_MAX_MS)
		wait = SERVICE_RETRY_MAX_MS;
	service->failures++;
	service->restart_at = clock_ms() + wait;
	log_warning("mail gets 451 until a new nursery is ready; it starts in "
		    "%lld ms", (long long)wait);
}

static void
service_restart(struct service *service)
{
	struct err err;

	service->restart_at = FRAME_NEVER;
	if (crew_start(service->current, &err) == 0)
		return;
	log_error("nursery: %s", err.text);
	service_plan_restart(service);
}

static void
service_listen(struct service *service, struct crew *crew)
{
	enum crew_event event = crew_listen(crew);

	if (event == CREW_READY && crew == service->coming) {
		if (crew_is_lacking(crew) && service->current != NULL &&
		    !crew_is_lacking(service->current))
			service_give_up_coming(service, SERVICE_REFUSED,
					       "something of it cannot be "
					       "loaded");
		else
			service_take_over(service);
	} else if (event == CREW_READY && crew == service->current) {
		service->failures = 0;
		log_info("a new nursery is ready");
	} else if (event == CREW_REFUSED && crew == service->coming) {
		service_give_up_coming(service, SERVICE_REFUSED,
				       "the policy cannot be loaded");
	} else if (event == CREW_LOST && crew == service->coming) {
		service_give_up_coming(service, SERVICE_FAILED,
				       "the nursery ended");
	} else if (event >= CREW_LOST && crew == service->current) {
		service_plan_restart(service);
	}
}

static void
service_begin_stop(struct service *service)
{
	int64_t limit = 0;

	if (service->stopping)
		return;
	if (service->current != NULL)
		limit = config_time(crew_config(service->current),
				    "stop_time_limit");
	pthread_mutex_lock(&service->lock);
	service->stopping = true;
	pthread_mutex_unlock(&service->lock);
	service->stop_at = clock_ms() + limit;
	notify_send("STOPPING=1");
	log_info("stopping; %u mails in progress", service_mails(service));
}

/*
 * The end of the process. libmilter's threads may be at work for idle sessions;
 * their memory must stay, so nothing is unwound.
 */
_Noreturn static void
service_leave(struct service *service)
{
	unsigned mails = service_mails(service);

	if (service->options.stopped != NULL)
		service->options.stopped(service->options.arg);
	for (size_t i = 0; i < service->crew_count; i++)
		crew_stop(service->crews[i]);
	if (mails > 0)
		log_warning("stopped with %u mails in progress", mails);
	log_info("stopped");
	_exit(0);
}

static void
service_signals(struct service *service)
{
	struct signalfd_siginfo info;

	while (read(service->signals, &info, sizeof(info)) ==
	       sizeof(info)) {
		if (info.ssi_signo == SIGUSR1 || info.ssi_signo == SIGHUP)
			service_reload(service);
		else
			service_begin_stop(service);
	}
}

static int64_t
service_earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void
service_timers(struct service *service)
{
	int64_t now = clock_ms(), pause = notify_watchdog_ms();

	if (pause > 0 && now >= service->watchdog_at) {
		notify_send("WATCHDOG=1");
		service->watchdog_at = now + pause;
	}
	if (service->coming != NULL && now >= service->coming_deadline)
		service_give_up_coming(service, SERVICE_FAILED,
				       "loading takes longer than "
						"start_time_limit");
	if (now >= service->restart_at)
		service_restart(service);
	if (service->leaving != NULL)
		service_see_off(service);
	if (now >= service->arrivals.next)
		service_look_for_arrivals(service);
	if (service->stopping &&
	    (service_mails(service) == 0 || now >= service->stop_at))
		service_leave(service);
}

static int64_t
service_next_time(const struct service *service)
{
	int64_t next = service->restart_at;

	if (notify_watchdog_ms() > 0)
		next = service_earlier(next, service->watchdog_at);
	if (service->coming != NULL)
		next = service_earlier(next, service->coming_deadline);
	if (service->leaving != NULL)
		next = service_earlier(next, service->leaving_deadline);
	next = service_earlier(next, service->arrivals.next);
	if (service->stopping)
		next = service_earlier(next, service->stop_at);
	return next;
}

static void
service_turn(struct service *service)
{
	struct pollfd pollers[2 + SERVICE_CREWS_MAX] = {
		{ .fd = service->signals, .events = POLLIN },
		{ .fd = service->wake, .events = POLLIN },
	};
	struct crew *crews[SERVICE_CREWS_MAX];
	size_t count = service->crew_count;
	eventfd_t ignored;

	for (size_t i = 0; i < count; i++) {
		crews[i] = service->crews[i];
		pollers[2 + i] = (struct pollfd){
			.fd = crew_socket(crews[i]),
			.events = POLLIN,
		};
	}
	if (poll(pollers, 2 + count, clock_left(service_next_time(service))) <
		    0 && errno != EINTR)
		log_error("poll: %s", strerror(errno));
	for (size_t i = 0; i < count; i++)
		if (pollers[2 + i].revents != 0)
			service_listen(service, crews[i]);
	if (pollers[1].revents != 0)
		eventfd_read(service->wake, &ignored);
	service_sweep(service);
	if (pollers[0].revents != 0)
		service_signals(service);
	service_timers(service);
}

static void *
service_thread(void *arg)
{
	struct service *service = arg;

	service_start_coming(service);
	for (;;)
		service_turn(service);
	return NULL;
}

static int
service_block_signals(struct service *service, struct err *err)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a full file is an error, not a death */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	service->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	service->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (service->signals < 0 || service->wake < 0)
		return err_errno(err, "cannot watch for signals");
	return 0;
}

struct service *
service_start(const struct service_options *options, struct policy *policy,
	      struct err *err)
{
	struct service *service = mem_new(NULL, struct service);
	int failure;

	service->options = *options;
	service->restart_at = service->arrivals.next = FRAME_NEVER;
	pthread_mutex_init(&service->lock, NULL);
	pthread_cond_init(&service->changed, NULL);
	if (service_block_signals(service, err) < 0)
		return NULL;
	service_come(service, crew_new(policy, service->wake));
	failure = pthread_create(&service->thread, NULL, service_thread,
				 service);
	if (failure != 0) {
		errno = failure;
		err_errno(err, "cannot start a thread");
		return NULL;
	}
	return service;
}
