/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_MARIADB_PRIVATE_H
#define WRAP_MARIADB_PRIVATE_H

/* What mariadb.c and mariadb_explain.c do for each other; members of the driver
 * in sql.h, but for the last. */

#include "wrap/sql.h"

int mariadb_query(void *mem, struct sql_connection *connection,
		  struct slice sql, size_t limit, int64_t deadline,
		  struct sql_rows *rows, struct err *err);
int mariadb_scans(void *mem, struct sql_connection *connection,
		  struct slice sql, int64_t deadline, char **detail,
		  struct err *err);
/* The last query failed since this user may not ask for the plan of a view. */
bool mariadb_may_not_explain(const struct sql_connection *connection);

#endif
