/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MAP_SQL_H
#define CORE_MAP_SQL_H

/*
 * What the parts of SQL maps share: map_sql_file.c reads their files,
 * map_sql.c asks for one key, map_together.c for several at once.
 */

#include <stdatomic.h>

#include "core/map_kind.h"
#include "core/pool.h"
#include "core/template.h"
#include "wrap/sql.h"

/*
 * How often, of late, a key that was noted on an occasion was not asked for:
 * one more each time, up to a limit, and one less when it was. Threads that
 * meet here may lose a count, which does no harm.
 */
struct map_habits {
	atomic_uchar doubts[MAP_OCCASIONS];
};

struct map_sql {
	struct pool *pool;
	struct template query, format;
	struct template_statement statement; /* the query, if it can be */
	struct match *domains;  /* NULL: keys of all domains */
	size_t expansion_limit; /* 0: none */
	bool require_result_set;
	struct map_habits *habits;
};

/* One key's way to the database and back. */
struct map_sql_call {
	void *mem;
	const struct map_sql *sql;
	const struct sql_driver *driver;
	struct sql_connection *connection;
	struct template_parts key;
	struct sql_rows rows;
	char *detail;
};

int map_mysql_open(void *mem, struct map_home *home, const char *path,
		   void **state, struct err *err);
int map_sqlite_open(void *mem, struct map_home *home, const char *path,
		    void **state, struct err *err);

/* As many as the statement has, below mem or what the key hangs below. */
int map_sql_params(void *mem, const struct map_sql *sql,
		   const struct template_parts *key, struct slice *params,
		   struct err *err);
/* What the rows give: 1 with *value, 0 if nothing, or -1. */
int map_sql_values(const struct map_sql_call *call, const char **value,
		   struct err *err);

/* Notes a key that may be asked for. */
void map_sql_foresee(struct lookup *lookup, const struct map_sql_call *call,
		     unsigned occasion, struct slice key);
/* If the key was noted, asks for it and for what is likely to be needed beside
 * it, and gives its rows: 0. 1: it has to be asked for by itself. */
int map_sql_together(struct lookup *lookup, struct map_sql_call *call,
		     struct slice key, struct err *err);

#endif
