/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_SQL_H
#define WRAP_SQL_H

/*
 * What the SQL databases have in common: mariadb.c and sqlite.c each offer one
 * driver. A connection is used by one thread at a time; pooling is done above.
 * Every call ends by its deadline (clock_ms()), whatever the server does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct sql_connection;

/* NULL members are not set. */
struct sql_target {
	const char *host;   /* MariaDB: name or address, or a socket's path */
	unsigned port;      /* 0: default */
	const char *user, *password, *dbname;
	const char *path;   /* SQLite: file */
	const char *charset; /* MariaDB: of what we send */
	const char *option_file, *option_group;
	const char *tls_ca, *tls_ca_path, *tls_cert, *tls_key, *tls_ciphers;
	bool tls_verify; /* the server's name must match its certificate */
};

struct sql_rows {
	/* values[row * columns + column]; data NULL for NULL */
	struct slice *values;
	size_t columns; /* 0: the statement gave no result set */
	size_t rows;
	bool truncated; /* more rows than asked for */
};

#define SQL_PARAMS_MAX 32 /* of one statement, and its columns */

/* Bytes of one answer; a longer one is an error. */
#define SQL_ANSWER_MAX (1024 * 1024)

/* Errors of all functions are temporary. */
struct sql_driver {
	const char *name; /* "mysql", "sqlite": as in Postfix's map types */
	struct sql_connection *(*connect)(void *mem,
					  const struct sql_target *target,
					  int64_t deadline, struct err *err);
	/* False once the connection is lost, or was left in mid-answer: it
	 * can only be freed then. Asks the server nothing. */
	bool (*usable)(const struct sql_connection *connection);
	/* Quotes value for use between single quotes, into out. */
	int (*escape)(struct sql_connection *connection, struct slice value,
		      struct buf *out, struct err *err);
	/* rows below mem. Fetches at most limit rows. */
	int (*query)(void *mem, struct sql_connection *connection,
		     struct slice sql, size_t limit, int64_t deadline,
		     struct sql_rows *rows, struct err *err);
	/*
	 * The same for a SELECT with a ? for each parameter; it is prepared
	 * once. 1: this has to be asked as text. May be NULL: everything has.
	 */
	int (*execute)(void *mem, struct sql_connection *connection,
		       const char *statement, const struct slice *params,
		       size_t count, size_t limit, int64_t deadline,
		       struct sql_rows *rows, struct err *err);
	/* Has the statement prepared, if it was not: 1 if execute() would not
	 * take it. NULL if execute is. */
	int (*prepare)(struct sql_connection *connection,
		       const char *statement, size_t count, int64_t deadline,
		       struct err *err);
	/* Whether a query reads a whole table or view (EXPLAIN): 1 with the
	 * table's name in detail (below mem), 0 if not, -1 cannot tell. */
	int (*scans)(void *mem, struct sql_connection *connection,
		     struct slice sql, int64_t deadline, char **detail,
		     struct err *err);
	const char *(*version)(void);
};

extern const struct sql_driver sql_mariadb; /* mariadb.c */
extern const struct sql_driver sql_sqlite;  /* sqlite.c */

#endif
