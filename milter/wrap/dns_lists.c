/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wrap/dns_lists.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "wrap/dns_source.h"

#define DNS_LISTS_MAX 1000
#define DNS_LISTS_HOUR_MS (3600 * 1000)
#define DNS_LISTS_OPEN_MS (600 * 1000) /* between probes while one is open */
#define DNS_LISTS_WRITE_MS (60 * 1000)
#define DNS_LISTS_BUDGET_MS 20000      /* of one round of probes */

struct dns_lists {
	struct dns_source source; /* first */
	struct dns_source *under;
	void *own; /* what the thread uses: it goes after the thread */
	char *file;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under the lock: */
	bool ending;
	struct dns_list_told *lists; /* sorted */
	size_t count;
};

const char *
dns_list_state_name(enum dns_list_state state)
{
	static const char *const names[] = { "unknown", "sane", "silent",
					     "open" };

	return names[state];
}

/* --- states; under the lock --- */

static struct dns_list_told *
dns_lists_exact(const struct dns_lists *lists, const char *zone)
{
	size_t low = 0, high = lists->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(zone, lists->lists[middle].zone);

		if (order == 0)
			return &lists->lists[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* The list that a name lies below, or NULL. */
static struct dns_list_told *
dns_lists_of(const struct dns_lists *lists, const char *name)
{
	const char *dot = strchr(name, '.');

	for (; lists->count > 0 && dot != NULL; dot = strchr(dot + 1, '.')) {
		struct dns_list_told *list = dns_lists_exact(lists, dot + 1);

		if (list != NULL)
			return list;
	}
	return NULL;
}

static void
dns_lists_enter(struct dns_list_told *list, enum dns_list_state state,
		const char *why)
{
	if (list->state == state)
		return;
	if (state == DNS_LIST_OPEN)
		log_error("dns list %s: %s; it is not used until that is over",
			  list->zone, why);
	else if (list->state == DNS_LIST_OPEN)
		log_warning("dns list %s: sane again, it is used", list->zone);
	else if (state == DNS_LIST_SILENT)
		log_warning("dns list %s: %s", list->zone, why);
	list->state = state;
	list->since = clock_wall();
	snprintf(list->why, sizeof(list->why), "%s", why);
}

/* What no list should say; "" if all is well. */
static const char *
dns_lists_nonsense(const struct dns_answer *answer)
{
	for (size_t i = 0; answer->type == DNS_A && i < answer->record_count;
	     i++) {
		struct slice address = answer->records[i];

		if (address.len != 4)
			continue;
		if ((unsigned char)address.data[0] != 127)
			return "its answers are not from 127.0.0.0/8";
		if ((unsigned char)address.data[1] == 255 &&
		    (unsigned char)address.data[2] == 255)
			return "it answers with an error code "
			       "(127.255.255.x)";
	}
	return "";
}

/* --- the source --- */

/* An answer of a list: counted, and kept back if it is nonsense. */
static void
dns_lists_weigh(struct dns_lists *lists, struct dns_question *question)
{
	const struct dns_answer *answer = question->answer;
	const char *nonsense = dns_lists_nonsense(answer);
	struct dns_list_told *list;

	pthread_mutex_lock(&lists->lock);
	list = dns_lists_of(lists, question->name);
	if (list != NULL) {
		bool failed = answer->status == DNS_FAILED ||
			answer->status == DNS_LATE;

		list->errors += failed;
		list->answers += !failed;
		list->hits += answer->status == DNS_FOUND;
		list->ms += failed ? 0 : (uint64_t)answer->ms;
		if (*nonsense != '\0')
			dns_lists_enter(list, DNS_LIST_OPEN, nonsense);
	}
	pthread_mutex_unlock(&lists->lock);
	if (list != NULL && *nonsense != '\0')
		dns_settle(question, DNS_FAILED, nonsense);
}

/* The message's time is up without an answer, which dns_wait() calls late. */
static void
dns_lists_miss(struct dns_lists *lists, const struct dns_question *question)
{
	struct dns_list_told *list;

	pthread_mutex_lock(&lists->lock);
	list = dns_lists_of(lists, question->name);
	if (list != NULL)
		list->errors++;
	pthread_mutex_unlock(&lists->lock);
}

static void
dns_lists_ask(struct dns_source *source, struct dns *dns,
	      struct dns_question *question)
{
	struct dns_lists *lists = (struct dns_lists *)source;
	const struct dns_list_told *list;
	bool open;

	pthread_mutex_lock(&lists->lock);
	list = dns_lists_of(lists, question->name);
	open = list != NULL && list->state == DNS_LIST_OPEN;
	pthread_mutex_unlock(&lists->lock);
	if (open) {
		dns_settle(question, DNS_FAILED,
			   "the list is not used: see ispfilter lists");
		return;
	}
	lists->under->ask(lists->under, dns, question);
	if (question->answer != NULL)
		dns_lists_weigh(lists, question);
}

static void
dns_lists_wait(struct dns_source *source, struct dns *dns,
	       struct dns_question *question, int64_t deadline)
{
	struct dns_lists *lists = (struct dns_lists *)source;

	lists->under->wait(lists->under, dns, question, deadline);
	if (question->answer != NULL)
		dns_lists_weigh(lists, question);
	else if (deadline != 0)
		dns_lists_miss(lists, question);
}

/* --- probes --- */

static void
dns_lists_judge(struct dns_list_told *list, const struct dns_answer *listed,
		const struct dns_answer *clean)
{
	const char *nonsense = dns_lists_nonsense(listed);

	if (*nonsense == '\0')
		nonsense = dns_lists_nonsense(clean);
	if (*nonsense != '\0')
		dns_lists_enter(list, DNS_LIST_OPEN, nonsense);
	else if (clean->status == DNS_FOUND)
		dns_lists_enter(list, DNS_LIST_OPEN,
				"it lists 127.0.0.1, so it lists everything");
	else if (listed->status == DNS_FOUND)
		dns_lists_enter(list, DNS_LIST_SANE, "");
	else if (clean->status == DNS_NXDOMAIN || clean->status == DNS_NODATA)
		dns_lists_enter(list, DNS_LIST_SILENT,
				"it does not list 127.0.0.2, as lists should "
				"(RFC 5782)");
	else if (list->state != DNS_LIST_OPEN)
		dns_lists_enter(list, DNS_LIST_UNKNOWN, clean->why);
}

void
dns_lists_probe(struct dns_lists *lists, int64_t budget)
{
	void *mem = mem_context(NULL, "dns_lists_probe");
	struct dns *dns = dns_new(mem, lists->under, budget);
	struct dns_question **listed, **clean;
	size_t count = lists->count; /* the list of lists does not change */

	listed = mem_array(mem, struct dns_question *, count + 1);
	clean = mem_array(mem, struct dns_question *, count + 1);
	dns_begin(dns);
	for (size_t i = 0; i < count; i++) {
		const char *zone = lists->lists[i].zone;

		listed[i] = dns_ask(dns, mem_printf(mem, "2.0.0.127.%s", zone),
				    DNS_A);
		clean[i] = dns_ask(dns, mem_printf(mem, "1.0.0.127.%s", zone),
				   DNS_A);
	}
	for (size_t i = 0; i < count; i++) {
		const struct dns_answer *one = dns_wait(dns, listed[i]);
		const struct dns_answer *two = dns_wait(dns, clean[i]);

		pthread_mutex_lock(&lists->lock);
		dns_lists_judge(&lists->lists[i], one, two);
		pthread_mutex_unlock(&lists->lock);
	}
	mem_free(mem);
}

static int
dns_lists_compare(const void *a, const void *b)
{
	return strcmp(((const struct dns_list_told *)a)->zone,
		      ((const struct dns_list_told *)b)->zone);
}

void
dns_lists_know(struct dns_lists *lists, struct slice zones)
{
	struct slice line;

	pthread_mutex_lock(&lists->lock);
	while (slice_line(&zones, &line) && lists->count < DNS_LISTS_MAX) {
		struct dns_list_told *list;

		line = slice_trim(line);
		if (line.len == 0 || line.len > DNS_NAME_MAX)
			continue;
		mem_grow(lists->own, lists->lists, lists->count);
		list = &lists->lists[lists->count++];
		memset(list, 0, sizeof(*list));
		memcpy(list->zone, line.data, line.len);
		list->since = clock_wall();
	}
	if (lists->count > 1)
		qsort(lists->lists, lists->count, sizeof(*lists->lists),
		      dns_lists_compare);
	pthread_mutex_unlock(&lists->lock);
}

/* --- the thread --- */

static bool
dns_lists_has_open(struct dns_lists *lists)
{
	bool open = false;

	pthread_mutex_lock(&lists->lock);
	for (size_t i = 0; i < lists->count; i++)
		open |= lists->lists[i].state == DNS_LIST_OPEN;
	pthread_mutex_unlock(&lists->lock);
	return open;
}

/* True when all is over. */
static bool
dns_lists_sleep(struct dns_lists *lists, int64_t ms)
{
	struct timespec until;
	bool ending;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	pthread_mutex_lock(&lists->lock);
	while (!lists->ending &&
	       pthread_cond_timedwait(&lists->changed, &lists->lock, &until) !=
		       ETIMEDOUT)
		;
	ending = lists->ending;
	pthread_mutex_unlock(&lists->lock);
	return ending;
}

static void
dns_lists_save(struct dns_lists *lists)
{
	void *mem = mem_context(NULL, "dns_lists_save");
	struct dns_list_told *told;
	size_t count = dns_lists_tell(lists, mem, &told);

	dns_lists_write(lists->file, told, count);
	mem_free(mem);
}

static void *
dns_lists_run(void *arg)
{
	struct dns_lists *lists = arg;
	int64_t next = clock_ms();

	do {
		if (clock_ms() >= next) {
			dns_lists_probe(lists, DNS_LISTS_BUDGET_MS);
			next = clock_ms() + (dns_lists_has_open(lists) ?
						     DNS_LISTS_OPEN_MS :
						     DNS_LISTS_HOUR_MS);
		}
		if (lists->file[0] != '\0')
			dns_lists_save(lists);
	} while (!dns_lists_sleep(lists, DNS_LISTS_WRITE_MS));
	return NULL;
}

static void
dns_lists_close(void *ptr)
{
	struct dns_lists *lists = ptr;

	pthread_mutex_lock(&lists->lock);
	lists->ending = true;
	pthread_cond_broadcast(&lists->changed);
	pthread_mutex_unlock(&lists->lock);
	if (lists->started)
		pthread_join(lists->thread, NULL);
	pthread_cond_destroy(&lists->changed);
	pthread_mutex_destroy(&lists->lock);
	mem_free(lists->own);
}

struct dns_lists *
dns_lists_new(void *mem, struct dns_source *under)
{
	struct dns_lists *lists = mem_new(mem, struct dns_lists);
	pthread_condattr_t monotonic;

	lists->source = (struct dns_source){ dns_lists_ask, dns_lists_wait };
	lists->under = under;
	lists->own = mem_context(NULL, "dns_lists");
	pthread_mutex_init(&lists->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&lists->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	mem_on_free(lists, dns_lists_close);
	return lists;
}

struct dns_source *
dns_lists_source(struct dns_lists *lists)
{
	return &lists->source;
}

int
dns_lists_watch(struct dns_lists *lists, const char *file, struct err *err)
{
	int error;

	if (lists->started || lists->count == 0)
		return 0;
	lists->file = mem_strdup(lists->own, file);
	error = pthread_create(&lists->thread, NULL, dns_lists_run, lists);
	if (error != 0)
		return err_temporary(err, "cannot start a thread: %s",
				     strerror(error));
	lists->started = true;
	return 0;
}

size_t
dns_lists_tell(struct dns_lists *lists, void *mem, struct dns_list_told **told)
{
	size_t count;

	pthread_mutex_lock(&lists->lock);
	count = lists->count;
	*told = mem_array(mem, struct dns_list_told, count + 1);
	memcpy(*told, lists->lists, count * sizeof(**told));
	pthread_mutex_unlock(&lists->lock);
	return count;
}
