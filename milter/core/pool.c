/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/pool.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

struct pool_idle {
	struct sql_connection *connection; /* owner of its memory: NULL */
	size_t host;
	int64_t since;
};

struct pool_host {
	struct sql_target target;
	unsigned failures;  /* in a row; 0: up */
	int64_t rests_until; /* clock_ms() */
	bool tried;          /* a thread is finding out whether it is back */
	char reason[256];    /* of the last failure */
};

struct pool {
	const struct sql_driver *driver;
	struct pool_host *hosts;
	size_t host_count;
	size_t connections; /* at most so many */
	pthread_mutex_t lock;
	pthread_cond_t freed;
	/* Under the lock, as are the hosts' states: */
	size_t taken; /* in use by threads */
	struct pool_idle *idle;
	size_t idle_count;
};

static void
pool_destroy(void *ptr)
{
	struct pool *pool = ptr;

	for (size_t i = 0; i < pool->idle_count; i++)
		mem_free(pool->idle[i].connection);
	mem_free(pool->idle);
	pthread_cond_destroy(&pool->freed);
	pthread_mutex_destroy(&pool->lock);
}

static struct sql_target
pool_copy_target(void *mem, const struct sql_target *from)
{
	struct sql_target copy = *from;
	const char **texts[] = {
		&copy.host,	   &copy.user,	       &copy.password,
		&copy.dbname,	   &copy.path,	       &copy.charset,
		&copy.option_file, &copy.option_group, &copy.tls_ca,
		&copy.tls_ca_path, &copy.tls_cert,     &copy.tls_key,
		&copy.tls_ciphers,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		*texts[i] = mem_strdup(mem, *texts[i]);
	return copy;
}

struct pool *
pool_new(void *mem, const struct sql_driver *driver,
	 const struct sql_target *targets, size_t count, size_t connections)
{
	struct pool *pool = mem_new(mem, struct pool);
	pthread_condattr_t attributes;

	pool->driver = driver;
	pool->connections = connections;
	pool->host_count = count;
	pool->hosts = mem_array(pool, struct pool_host, count);
	for (size_t i = 0; i < count; i++)
		pool->hosts[i].target = pool_copy_target(pool, &targets[i]);
	/* Not below the pool: threads change it, each under the lock. */
	pool->idle = mem_array(NULL, struct pool_idle, connections);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->freed, &attributes);
	pthread_condattr_destroy(&attributes);
	mem_on_free(pool, pool_destroy);
	return pool;
}

static bool
pool_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
pool_same_target(const struct sql_target *a, const struct sql_target *b)
{
	return pool_same_text(a->host, b->host) && a->port == b->port &&
	       pool_same_text(a->user, b->user) &&
	       pool_same_text(a->password, b->password) &&
	       pool_same_text(a->dbname, b->dbname) &&
	       pool_same_text(a->path, b->path) &&
	       pool_same_text(a->charset, b->charset) &&
	       pool_same_text(a->option_file, b->option_file) &&
	       pool_same_text(a->option_group, b->option_group) &&
	       pool_same_text(a->tls_ca, b->tls_ca) &&
	       pool_same_text(a->tls_ca_path, b->tls_ca_path) &&
	       pool_same_text(a->tls_cert, b->tls_cert) &&
	       pool_same_text(a->tls_key, b->tls_key) &&
	       pool_same_text(a->tls_ciphers, b->tls_ciphers) &&
	       a->tls_verify == b->tls_verify;
}

bool
pool_matches(const struct pool *pool, const struct sql_driver *driver,
	     const struct sql_target *targets, size_t count)
{
	if (pool->driver != driver || pool->host_count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!pool_same_target(&pool->hosts[i].target, &targets[i]))
			return false;
	return true;
}

const struct sql_driver *
pool_driver(const struct pool *pool)
{
	return pool->driver;
}

/* Waits until this thread may have a connection. Called with the lock held. */
static int
pool_enter(struct pool *pool, int64_t deadline, struct err *err)
{
	struct timespec until = { .tv_sec = deadline / 1000,
				  .tv_nsec = deadline % 1000 * 1000000 };

	while (pool->taken >= pool->connections)
		if (pthread_cond_timedwait(&pool->freed, &pool->lock,
					   &until) != 0 &&
		    clock_left(deadline) == 0)
			return err_temporary(err, "all %zu connections are in "
					     "use", pool->connections);
	pool->taken++;
	return 0;
}

/* Takes out an idle connection to a host that is up; NULL if there is none.
 * The last one given back is first, so that spare ones grow old. */
static struct sql_connection *
pool_pick(struct pool *pool, size_t *host)
{
	for (size_t i = pool->idle_count; i-- > 0;) {
		struct pool_idle idle = pool->idle[i];

		if (pool->hosts[idle.host].failures != 0)
			continue;
		memmove(&pool->idle[i], &pool->idle[i + 1],
			(--pool->idle_count - i) * sizeof(idle));
		*host = idle.host;
		return idle.connection;
	}
	return NULL;
}

/* Closes the one that was idle for longest. With the lock held, which is given
 * up meanwhile. */
static void
pool_drop_oldest(struct pool *pool)
{
	struct sql_connection *oldest = pool->idle[0].connection;

	memmove(&pool->idle[0], &pool->idle[1],
		--pool->idle_count * sizeof(*pool->idle));
	pthread_mutex_unlock(&pool->lock);
	mem_free(oldest);
	pthread_mutex_lock(&pool->lock);
}

static void
pool_failed(struct pool *pool, size_t index, const struct err *err)
{
	struct pool_host *host = &pool->hosts[index];
	unsigned doublings = host->failures < 8 ? host->failures : 8;
	int64_t rest = (int64_t)POOL_REST_MIN_MS << doublings;

	if (host->failures++ == 0)
		log_warning("%s; it is tried again in turn", err->text);
	snprintf(host->reason, sizeof(host->reason), "%.*s",
		 (int)sizeof(host->reason) - 1, err->text);
	host->rests_until = clock_ms() + (rest < POOL_REST_MAX_MS
						  ? rest
						  : POOL_REST_MAX_MS);
	host->tried = false;
}

static void
pool_succeeded(struct pool *pool, size_t index)
{
	struct pool_host *host = &pool->hosts[index];

	if (host->failures != 0)
		log_info("database is back after %u failure%s: %s",
			 host->failures, host->failures == 1 ? "" : "s",
			 host->reason);
	host->failures = 0;
	host->tried = false;
}

/* The next host from *index on that may be tried now. */
static bool
pool_next_host(struct pool *pool, size_t *index)
{
	for (; *index < pool->host_count; (*index)++) {
		struct pool_host *host = &pool->hosts[*index];

		if (host->failures == 0)
			return true;
		if (!host->tried && clock_ms() >= host->rests_until) {
			host->tried = true;
			return true;
		}
	}
	return false;
}

/* A host's share of the time that is left, so that the others get theirs. */
static int64_t
pool_share(const struct pool *pool, size_t host, int64_t deadline)
{
	return clock_ms() +
	       clock_left(deadline) / (int64_t)(pool->host_count - host);
}

/* Opens a connection to one of the hosts. Called with the lock held, which is
 * given up meanwhile. */
static struct sql_connection *
pool_connect(struct pool *pool, int64_t deadline, size_t *host,
	     struct err *err)
{
	struct sql_connection *connection;
	bool tried = false;

	if (clock_left(deadline) == 0) {
		err_temporary(err, "no time left to connect");
		return NULL;
	}
	for (*host = 0; pool_next_host(pool, host); (*host)++) {
		struct sql_target *target = &pool->hosts[*host].target;

		tried = true;
		pthread_mutex_unlock(&pool->lock);
		connection = pool->driver->connect(
			NULL, target, pool_share(pool, *host, deadline), err);
		pthread_mutex_lock(&pool->lock);
		if (connection != NULL) {
			pool_succeeded(pool, *host);
			return connection;
		}
		pool_failed(pool, *host, err);
	}
	if (!tried)
		err_temporary(err, "%s (not tried again yet)",
			      pool->hosts[0].reason);
	return NULL;
}

/* A connection that works as far as one can tell. With the lock held. */
static struct sql_connection *
pool_take(struct pool *pool, int64_t deadline, size_t *host, bool *fresh,
	  struct err *err)
{
	struct sql_connection *connection;

	*fresh = false;
	if (pool->idle_count > 0 &&
	    clock_ms() - pool->idle[0].since >= POOL_IDLE_MS)
		pool_drop_oldest(pool);
	while ((connection = pool_pick(pool, host)) != NULL) {
		if (pool->driver->usable(connection))
			return connection;
		mem_free(connection);
	}
	*fresh = true;
	/* Those of hosts that are down make room. */
	if (pool->idle_count + pool->taken > pool->connections)
		pool_drop_oldest(pool);
	return pool_connect(pool, deadline, host, err);
}

/* Keeps the connection for others, or lets it go. With the lock held. */
static void
pool_give(struct pool *pool, struct sql_connection *connection, size_t host,
	  bool usable)
{
	if (usable && pool->idle_count < pool->connections) {
		pool->idle[pool->idle_count++] = (struct pool_idle){
			connection, host, clock_ms() };
		return;
	}
	pthread_mutex_unlock(&pool->lock);
	mem_free(connection);
	pthread_mutex_lock(&pool->lock);
}

/* One attempt; *again if the connection turned out to be stale, or if another
 * host could answer. With the lock held, which is given up meanwhile. */
static int
pool_try(struct pool *pool, int64_t deadline,
	 int (*use)(struct sql_connection *connection, int64_t deadline,
		    void *arg, struct err *err),
	 void *arg, bool *again, struct err *err)
{
	struct sql_connection *connection;
	bool fresh, usable, hung;
	int64_t until;
	size_t host;
	int result;

	*again = false;
	connection = pool_take(pool, deadline, &host, &fresh, err);
	if (connection == NULL)
		return -1;
	pthread_mutex_unlock(&pool->lock);
	until = pool_share(pool, host, deadline);
	result = use(connection, until, arg, err);
	hung = clock_left(until) == 0;
	/* One that has just answered is asked when it is taken again. */
	usable = result == 0 || pool->driver->usable(connection);
	pthread_mutex_lock(&pool->lock);
	if (result < 0 && !usable) {
		/* A stale one says nothing about the host. */
		*again = (!fresh && !hung) || host + 1 < pool->host_count;
		if (fresh || hung)
			pool_failed(pool, host, err);
	}
	pool_give(pool, connection, host, usable);
	return result;
}

int
pool_use(struct pool *pool, int64_t deadline,
	 int (*use)(struct sql_connection *connection, int64_t deadline,
		    void *arg, struct err *err),
	 void *arg, struct err *err)
{
	size_t tries = pool->connections + pool->host_count;
	bool again = false;
	int result = -1;

	pthread_mutex_lock(&pool->lock);
	if (pool_enter(pool, deadline, err) == 0) {
		do {
			result = pool_try(pool, deadline, use, arg, &again,
					  err);
		} while (again && tries-- > 0 && clock_left(deadline) > 0);
		pool->taken--;
		pthread_cond_signal(&pool->freed);
	}
	pthread_mutex_unlock(&pool->lock);
	return result;
}
