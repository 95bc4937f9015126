/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_MARIADB_PRIVATE_H
#define WRAP_MARIADB_PRIVATE_H

/*
 * What the parts of the MariaDB driver share: mariadb.c connects and waits,
 * mariadb_query.c asks in text, mariadb_statement.c by prepared statements,
 * mariadb_explain.c looks at the server's plan of a query.
 */

#include "wrap/sql.h"

struct sql_connection {
	void *handle; /* MYSQL */
	char *where;  /* for error texts */
	bool broken;
	/* Not below the connection: they are closed after what hangs there is
	 * gone. */
	struct mariadb_statement *statements;
	size_t statement_count;
	uint64_t uses; /* of statements */
};

/*
 * Waits for what the library asks for (MYSQL_WAIT_*). Returns what happened,
 * or 0 when the deadline has passed.
 */
int mariadb_wait(struct sql_connection *connection, int wanted,
		 int64_t deadline);

/*
 * Carries a started call to its end: `again` is its _cont form. Afterwards
 * connection->broken says whether the deadline came first.
 */
#define MARIADB_FINISH(connection, deadline, status, again)                    \
	do {                                                                   \
		int happened;                                                  \
		while ((status) != 0) {                                        \
			happened = mariadb_wait(connection, status, deadline); \
			if (happened == 0)                                     \
				break;                                         \
			(status) = again;                                      \
		}                                                              \
	} while (0)

/* Whether an error of this number costs the connection. */
bool mariadb_is_loss(unsigned number);
/* What the library, or the deadline, says of a call that failed: -1. */
int mariadb_error(struct sql_connection *connection, const char *what,
		  struct err *err);
/* Frees what the library keeps of the statements of a closed connection. */
void mariadb_forget(struct sql_connection *connection);

/* Members of the driver in sql.h. */
int mariadb_escape(struct sql_connection *connection, struct slice value,
		   struct buf *out, struct err *err);
int mariadb_query(void *mem, struct sql_connection *connection,
		  struct slice sql, size_t limit, int64_t deadline,
		  struct sql_rows *rows, struct err *err);
int mariadb_ready(struct sql_connection *connection, const char *text,
		  size_t count, int64_t deadline, struct err *err);
int mariadb_execute(void *mem, struct sql_connection *connection,
		    const char *text, const struct slice *params, size_t count,
		    size_t limit, int64_t deadline, struct sql_rows *rows,
		    struct err *err);
int mariadb_scans(void *mem, struct sql_connection *connection,
		  struct slice sql, int64_t deadline, char **detail,
		  struct err *err);
/* The last query failed since this user may not ask for the plan of a view. */
bool mariadb_may_not_explain(const struct sql_connection *connection);

#endif
