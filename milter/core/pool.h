/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_POOL_H
#define CORE_POOL_H

/*
 * Connections to one database, shared by all threads. Hosts are tried in the
 * order given. One that fails rests for a while that doubles up to
 * POOL_REST_MAX_MS; then a single thread tries it again while the others are
 * told at once that it is down: a database that hangs holds one thread, not
 * all of them.
 */

#include <stddef.h>
#include <stdint.h>

#include "wrap/sql.h"

#define POOL_REST_MIN_MS 50
#define POOL_REST_MAX_MS 400
#define POOL_IDLE_MS 60000 /* as Postfix: then a connection is closed */

struct pool;

/* targets hold the same database on several hosts; all is copied. */
struct pool *pool_new(void *mem, const struct sql_driver *driver,
		      const struct sql_target *targets, size_t count,
		      size_t connections);
/* Whether pool_new() with these would make a pool like this one. */
bool pool_matches(const struct pool *pool, const struct sql_driver *driver,
		  const struct sql_target *targets, size_t count);
const struct sql_driver *pool_driver(const struct pool *pool);

/*
 * Calls use(connection, deadline, arg, err) with a connection of the caller's
 * own, and returns what it returned; again with another connection if the one
 * before was lost. -1 with err set if none can be had by the deadline.
 */
int pool_use(struct pool *pool, int64_t deadline,
	     int (*use)(struct sql_connection *connection, int64_t deadline,
			void *arg, struct err *err),
	     void *arg, struct err *err);

#endif
