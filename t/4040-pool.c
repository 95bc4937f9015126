/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pool of connections over a driver that fails when told to. */
#include "tap.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/pool.h"

struct sql_connection {
	const char *host;
	bool lost;
};

static atomic_int connects, open_now, most_open, inside, most_inside;
static atomic_bool down[2], hangs[2], stale;

static unsigned
fake_index(const char *host)
{
	return host[0] == 'b';
}

static void
fake_nap(int64_t ms)
{
	struct timespec nap = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&nap, NULL);
}

static void
fake_destroy(void *ptr)
{
	atomic_fetch_sub(&open_now, 1);
}

static struct sql_connection *
fake_connect(void *mem, const struct sql_target *target, int64_t deadline,
	     struct err *err)
{
	struct sql_connection *connection;
	int now;

	atomic_fetch_add(&connects, 1);
	if (hangs[fake_index(target->host)])
		fake_nap(clock_left(deadline) + 1);
	if (down[fake_index(target->host)] || hangs[fake_index(target->host)]) {
		err_temporary(err, "%s is down", target->host);
		return NULL;
	}
	connection = mem_new(mem, struct sql_connection);
	connection->host = target->host;
	mem_on_free(connection, fake_destroy);
	now = atomic_fetch_add(&open_now, 1) + 1;
	if (now > most_open)
		most_open = now;
	return connection;
}

static bool
fake_usable(const struct sql_connection *connection)
{
	return !connection->lost;
}

static const struct sql_driver fake = { .name = "fake",
					.connect = fake_connect,
					.usable = fake_usable };

static int
use(struct sql_connection *connection, int64_t deadline, void *arg,
    struct err *err)
{
	const char **host = arg;
	int now = atomic_fetch_add(&inside, 1) + 1;

	if (now > most_inside)
		most_inside = now;
	*host = connection->host;
	if (hangs[fake_index(connection->host)])
		fake_nap(clock_left(deadline) + 1);
	connection->lost = stale || down[fake_index(connection->host)] ||
			   hangs[fake_index(connection->host)];
	stale = false;
	atomic_fetch_sub(&inside, 1);
	return connection->lost ? err_temporary(err, "lost") : 0;
}

static const struct sql_target targets[] = { { .host = "a" },
					     { .host = "b" } };

/* The host that answered, or "-". */
static const char *
ask(struct pool *pool, int64_t limit)
{
	const char *host = "-";
	struct err err;

	return pool_use(pool, clock_ms() + limit, use, &host, &err) < 0
		       ? "-"
		       : host;
}

static void
test_reuse(void *mem)
{
	struct pool *pool = pool_new(mem, &fake, targets, 1, 4);

	connects = 0;
	for (int i = 0; i < 10; i++)
		ask(pool, 100);
	tap_is_int(connects, 1, "one connection serves one after the other");
	stale = true;
	tap_is(ask(pool, 100), "a", "a stale connection is replaced");
	tap_is_int(connects, 2, "by one other");
	tap_ok(pool_matches(pool, &fake, targets, 1), "it knows its target");
	tap_ok(!pool_matches(pool, &fake, targets + 1, 1), "from another");
	mem_free(pool);
	tap_is_int(open_now, 0, "all are closed with it");
	pool = pool_new(mem, &fake, targets, 1, 1);
	connects = 0;
	for (int i = 0; i < 10; i++)
		ask(pool, 100);
	tap_is_int(connects, 1, "the only one there may be is kept as well");
	mem_free(pool);
}

static void
test_rest(void *mem)
{
	struct pool *pool = pool_new(mem, &fake, targets, 1, 4);
	int before;

	down[0] = true;
	tap_is(ask(pool, 100), "-", "a host that is down");
	before = connects;
	for (int i = 0; i < 100; i++)
		ask(pool, 100);
	tap_ok(connects - before <= 2, "is left alone for a while");
	down[0] = false;
	fake_nap(POOL_REST_MAX_MS);
	tap_is(ask(pool, 100), "a", "and is back in less than a second");
	mem_free(pool);
}

static void
test_hosts(void *mem)
{
	struct pool *pool = pool_new(mem, &fake, targets, 2, 4);
	int64_t began;

	tap_is(ask(pool, 100), "a", "the first host");
	down[0] = true;
	tap_is(ask(pool, 100), "b", "the second, when the first went down");
	down[0] = false;
	hangs[0] = true;
	fake_nap(POOL_REST_MAX_MS);
	mem_free(pool);
	pool = pool_new(mem, &fake, targets, 2, 4);
	began = clock_ms();
	tap_is(ask(pool, 400), "b", "the second, when the first hangs");
	tap_ok(clock_ms() - began < 390, "in time");
	hangs[0] = false;
	mem_free(pool);
}

static void *
test_thread(void *arg)
{
	const char *host;
	int failed = 0;

	for (int i = 0; i < 50; i++) {
		host = ask(arg, 5000);
		failed += host[0] == '-';
	}
	return failed == 0 ? arg : NULL;
}

static void
test_threads(void *mem)
{
	struct pool *pool = pool_new(mem, &fake, targets, 1, 3);
	pthread_t threads[12];
	void *result;
	int good = 0;

	most_open = most_inside = 0;
	for (int i = 0; i < 12; i++)
		pthread_create(&threads[i], NULL, test_thread, pool);
	for (int i = 0; i < 12; i++) {
		pthread_join(threads[i], &result);
		good += result != NULL;
	}
	tap_is_int(good, 12, "twelve threads share three connections");
	tap_ok(most_inside <= 3 && most_open <= 3, "never more than three");
	mem_free(pool);
}

/* A database that hangs: one thread waits, the others hear of it at once. */
static void *
test_hung_thread(void *arg)
{
	int64_t began = clock_ms();

	ask(arg, 300);
	return clock_ms() - began < 100 ? arg : NULL;
}

static void
test_hung(void *mem)
{
	struct pool *pool = pool_new(mem, &fake, targets, 1, 20);
	pthread_t threads[10];
	int quick = 0;
	void *result;

	hangs[0] = true;
	tap_is(ask(pool, 50), "-", "a database hangs");
	fake_nap(POOL_REST_MIN_MS * 2);
	for (int i = 0; i < 10; i++)
		pthread_create(&threads[i], NULL, test_hung_thread, pool);
	for (int i = 0; i < 10; i++) {
		pthread_join(threads[i], &result);
		quick += result != NULL;
	}
	tap_is_int(quick, 9, "nine of ten threads are not held up");
	hangs[0] = false;
	mem_free(pool);
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	log_open(LOG_TARGET_STDERR, NULL, LOG_LEVEL_ERROR);
	test_reuse(mem);
	test_rest(mem);
	test_hosts(mem);
	test_threads(mem);
	test_hung(mem);
	mem_free(mem);
	return tap_done();
}
