/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MAP_SQL_H
#define CORE_MAP_SQL_H

/*
 * What the parts of SQL maps share: map_sql.c reads their files and asks for
 * one key, map_together.c asks for several at once.
 */

#include "core/map_kind.h"
#include "core/pool.h"
#include "core/template.h"
#include "wrap/sql.h"

struct map_sql {
	struct pool *pool;
	struct template query, format;
	struct template_statement statement; /* the query, if it can be */
	struct match *domains;  /* NULL: keys of all domains */
	size_t expansion_limit; /* 0: none */
	bool require_result_set;
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

/* As many as the statement has, below mem. */
int map_sql_params(void *mem, const struct map_sql *sql,
		   const struct template_parts *key, struct slice *params,
		   struct err *err);
/* What the rows give: 1 with *value, 0 if nothing, or -1. */
int map_sql_values(const struct map_sql_call *call, const char **value,
		   struct err *err);

/* Notes a key that is likely to be asked for. */
void map_sql_foresee(struct lookup *lookup, const struct map_sql_call *call,
		     struct slice key);
/* Asks for all that was noted, once, if the key is among it, and gives its
 * rows: 0. 1: it has to be asked for by itself. */
int map_sql_together(struct lookup *lookup, struct map_sql_call *call,
		     struct slice key, struct err *err);

#endif
