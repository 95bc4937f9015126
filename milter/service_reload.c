/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Crews that come and go. A reload makes a new one, whose nursery loads while
 * the old one serves; when it is ready, new mails are its. What cannot be
 * loaded leaves the old one in service.
 */
#include "service_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/notify.h"
#include "settings.h"

static void
service_log_problems(const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		char *line = problem_string(NULL, &problems->items[i]);

		log_warning("%s", line);
		mem_free(line);
	}
}

/* The settings as at the start: the file, then the command line. */
static struct config *
service_settings(const struct service *service, struct problems *problems,
		 struct err *err)
{
	struct config *config = settings_new(NULL);

	if (settings_load(config, service->options.config_path,
			  service->options.settings, problems, err) == 0)
		return config;
	mem_free(config);
	return NULL;
}

static struct crew *
service_new_crew(struct service *service, struct err *err)
{
	struct problems *problems = problems_new(NULL);
	struct config *config = service_settings(service, problems, err);
	struct policy *policy = NULL;
	struct crew *crew = NULL;

	if (config != NULL)
		policy = policy_load(config, PHASES_DAEMON, problems, err);
	service_log_problems(problems);
	mem_free(problems);
	if (policy != NULL)
		crew = crew_new(policy, service->wake);
	return crew;
}

static bool
service_has_virus(const struct config *config)
{
	const char *const *names = config_list(config, "stages");

	while (*names != NULL && strcmp(*names, "virus") != 0)
		names++;
	return *names != NULL;
}

void
service_come(struct service *service, struct crew *crew)
{
	service->crews[service->crew_count++] = crew;
	service->coming = crew;
	service->coming_deadline = FRAME_NEVER;
}

/* Time between two looks at the signatures, or 0. */
static int64_t
service_arrival_interval(const struct config *config)
{
	return service_has_virus(config)
		       ? config_time(config, "virus_database_check")
		       : 0;
}

void
service_start_coming(struct service *service)
{
	const struct config *config = crew_config(service->coming);
	int64_t interval = service_arrival_interval(config);
	struct err err;

	service->coming_deadline =
		clock_ms() + config_time(config, "start_time_limit");
	service->arrivals.next = FRAME_NEVER;
	if (interval > 0)
		arrivals_note(&service->arrivals,
			      config_list(config, "virus_database"), interval);
	if (crew_start(service->coming, &err) < 0)
		service_give_up_coming(service, SERVICE_FAILED, err.text);
}

void
service_look_for_arrivals(struct service *service)
{
	const struct config *config = crew_config(
		service->current == NULL ? service->coming : service->current);

	if (!arrivals_look(&service->arrivals,
			   config_list(config, "virus_database"),
			   service_arrival_interval(config)))
		return;
	log_info("virus signatures have changed");
	service_reload(service);
}

static void
service_reload_failed(struct service *service, const char *why)
{
	if (service->current == NULL) {
		log_error("start failed: %s", why);
		return;
	}
	log_error("reload failed: %s; the old policy stays in service", why);
	notify_send("READY=1\nSTATUS=Reload failed, the old policy is in "
		    "service");
}

/* What was settled at the start and cannot follow a reload. */
static void
service_compare(const struct config *old, const struct config *new)
{
	static const char *const keys[] = { "listen", "socket_mode",
					    "socket_group", "user", "group",
					    "pid_file", "log", "log_level",
					    "state_directory" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strcmp(config_string(old, keys[i]),
			   config_string(new, keys[i])) != 0)
			log_warning("%s: the change takes effect with the next "
				    "start", keys[i]);
}

/*
 * There is memory for one copy only: the old crew finishes the mails that it
 * has, while new ones wait for the inspectors of the new one.
 */
static void
service_change_over(struct service *service, struct crew *crew)
{
	struct crew *old = service->current;

	service_come(service, crew);
	pthread_mutex_lock(&service->lock);
	service->current = crew;
	pthread_mutex_unlock(&service->lock);
	service->restart_at = FRAME_NEVER;
	service->leaving = old;
	service->leaving_deadline = clock_ms() +
		config_time(crew_config(old), "inspect_time_limit");
	service_compare(crew_config(old), crew_config(crew));
	crew_release(old);
}

static bool
service_has_crew(const struct service *service, const struct crew *crew)
{
	for (size_t i = 0; i < service->crew_count; i++)
		if (service->crews[i] == crew)
			return true;
	return false;
}

void
service_see_off(struct service *service)
{
	if (service_has_crew(service, service->leaving)) {
		if (clock_ms() < service->leaving_deadline)
			return;
		log_warning("the old nursery goes before the last of its "
			    "mails; they get 451");
		crew_stop(service->leaving);
	}
	service->leaving = NULL;
	service_start_coming(service);
}

void
service_reload(struct service *service)
{
	struct err err = { .kind = ERR_NONE };
	struct timespec now;
	struct crew *crew;
	char text[80];

	service->reload_again = service->coming != NULL;
	if (service->reload_again)
		return;
	log_info("reload");
	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
		 (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	notify_send(text);
	if (log_reopen() < 0)
		log_error("the log cannot be opened anew: %s; it goes on where "
			  "it was", strerror(errno));
	if (service->crew_count == SERVICE_CREWS_MAX) {
		service->arrivals.known = 0; /* look again */
		service_reload_failed(service, "mails of too many earlier "
					       "policies are in progress");
		return;
	}
	crew = service_new_crew(service, &err);
	if (crew == NULL) {
		service_reload_failed(service, err.text);
	} else if (service->current != NULL &&
		   !config_bool(crew_config(crew),
				"clamav_concurrent_reload")) {
		service_change_over(service, crew);
	} else {
		service_come(service, crew);
		service_start_coming(service);
	}
}

/* The coming crew is ready: from now on new mails are its. */
void
service_take_over(struct service *service)
{
	struct crew *old = service->current, *crew = service->coming;
	char *what = policy_describe(NULL, crew_policy(crew));

	pthread_mutex_lock(&service->lock);
	service->current = crew;
	pthread_mutex_unlock(&service->lock);
	service->coming = NULL;
	service->failures = 0;
	service->restart_at = FRAME_NEVER;
	service_set_state(service, SERVICE_RUNNING);
	log_info("policy in service: %s", what);
	notify_send("READY=1\nSTATUS=Filtering mail");
	mem_free(what);
	if (old != NULL) {
		poison_configure(service->options.poison, crew_config(crew));
		putoff_configure(service->options.putoff, crew_config(crew));
	}
	if (old != NULL && old != crew) {
		service_compare(crew_config(old), crew_config(crew));
		crew_release(old);
	}
	if (service->reload_again)
		service_reload(service);
}

void
service_give_up_coming(struct service *service, enum service_state state,
		       const char *why)
{
	struct crew *crew = service->coming;

	service->coming = NULL;
	if (crew == service->current) {
		/* The old one has gone to make room. */
		log_error("reload failed: %s", why);
		crew_stop(crew);
		service_plan_restart(service);
		return;
	}
	service_reload_failed(service, why);
	crew_release(crew); /* the sweep of this turn ends it */
	if (service->current == NULL)
		service_set_state(service, state);
	else if (service->reload_again)
		service_reload(service);
}
