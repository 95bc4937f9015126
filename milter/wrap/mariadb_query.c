/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queries as text, for MariaDB. */
#include "wrap/mariadb_private.h"

#include <string.h>
#include <sys/socket.h>

#include <mysql.h>
#include <mysqld_error.h>

#include "base/mem.h"

int
mariadb_escape(struct sql_connection *connection, struct slice value,
	       struct buf *out, struct err *err)
{
	char *quoted = mem_array(NULL, char, 2 * value.len + 1);
	unsigned long len = mysql_real_escape_string(
		connection->handle, quoted, value.data, value.len);

	if (len != (unsigned long)-1)
		buf_add(out, quoted, len);
	mem_free(quoted);
	return len != (unsigned long)-1
		       ? 0
		       : err_temporary(err, "%s: a key cannot be quoted",
				       connection->where);
}

static int
mariadb_row(void *mem, MYSQL_RES *result, MYSQL_ROW row,
	    struct sql_rows *rows, size_t *bytes)
{
	const unsigned long *lengths = mysql_fetch_lengths(result);
	size_t used = rows->rows * rows->columns;

	rows->values = mem_resize(mem, rows->values, used + rows->columns);
	for (size_t i = 0; i < rows->columns; i++) {
		struct slice *value = &rows->values[used + i];

		*value = SLICE_NONE;
		if (row[i] == NULL)
			continue;
		*bytes += lengths[i];
		if (*bytes > SQL_ANSWER_MAX)
			return -1;
		value->data = mem_strndup(mem, row[i], lengths[i]);
		value->len = lengths[i];
	}
	rows->rows++;
	return 0;
}

/* Takes the next row; false at the end and on errors. */
static bool
mariadb_next(struct sql_connection *connection, MYSQL_RES *result,
	     int64_t deadline, MYSQL_ROW *row)
{
	int status = mysql_fetch_row_start(row, result);

	MARIADB_FINISH(connection, deadline, status,
		       mysql_fetch_row_cont(row, result, happened));
	return !connection->broken && *row != NULL;
}

static int
mariadb_fetch(void *mem, struct sql_connection *connection, MYSQL_RES *result,
	      size_t limit, int64_t deadline, struct sql_rows *rows,
	      struct err *err)
{
	size_t bytes = 0;
	MYSQL_ROW row;

	rows->columns = mysql_num_fields(result);
	while (mariadb_next(connection, result, deadline, &row)) {
		if (rows->rows == limit) {
			rows->truncated = true;
			connection->broken = true; /* in mid-answer */
			return 0;
		}
		if (mariadb_row(mem, result, row, rows, &bytes) < 0) {
			connection->broken = true;
			return err_temporary(err, "%s: the answer is over %d "
					     "bytes long", connection->where,
					     SQL_ANSWER_MAX);
		}
	}
	if (connection->broken || mysql_errno(connection->handle) != 0)
		return mariadb_error(connection, "query", err);
	return 0;
}

static int
mariadb_result(void *mem, struct sql_connection *connection, size_t limit,
	       int64_t deadline, struct sql_rows *rows, struct err *err)
{
	MYSQL_RES *result = mysql_use_result(connection->handle);
	int status;

	if (result == NULL)
		return mysql_errno(connection->handle) == 0
			       ? 0
			       : mariadb_error(connection, "query", err);
	status = mariadb_fetch(mem, connection, result, limit, deadline, rows,
			       err);
	/* Freeing reads what is left: that must not wait. */
	if (connection->broken)
		shutdown((int)mysql_get_socket(connection->handle), SHUT_RDWR);
	mysql_free_result(result);
	return status;
}

/* A stored procedure's answer ends with a status; more rows are an error. */
static int
mariadb_drain(struct sql_connection *connection, int64_t deadline,
	      struct err *err)
{
	while (!connection->broken && mysql_more_results(connection->handle)) {
		int more = 0;
		int status = mysql_next_result_start(&more,
						     connection->handle);

		MARIADB_FINISH(connection, deadline, status,
			       mysql_next_result_cont(&more,
						      connection->handle,
						      happened));
		if (connection->broken || more > 0)
			return mariadb_error(connection, "query", err);
		if (more == 0 && mysql_field_count(connection->handle) != 0) {
			connection->broken = true;
			return err_temporary(err, "%s: the query gives more "
					     "than one result set",
					     connection->where);
		}
	}
	return 0;
}

/*
 * Text that the column's character set does not have cannot be in the column:
 * an address in Chinese must not make a latin1 table fail.
 */
static bool
mariadb_is_foreign_text(const struct sql_connection *connection)
{
	unsigned number = mysql_errno(connection->handle);

	if (connection->broken)
		return false;
	return number == ER_CANT_AGGREGATE_2COLLATIONS ||
	       number == ER_CANT_AGGREGATE_3COLLATIONS ||
	       number == ER_CANT_AGGREGATE_NCOLLATIONS;
}

int
mariadb_query(void *mem, struct sql_connection *connection, struct slice sql,
	      size_t limit, int64_t deadline, struct sql_rows *rows,
	      struct err *err)
{
	int failed = 0;
	int status = mysql_real_query_start(&failed, connection->handle,
					    sql.data, sql.len);

	*rows = (struct sql_rows){ 0 };
	MARIADB_FINISH(connection, deadline, status,
		       mysql_real_query_cont(&failed, connection->handle,
					     happened));
	if (failed != 0 && mariadb_is_foreign_text(connection)) {
		rows->columns = 1;
		return 0;
	}
	if (failed != 0 || connection->broken)
		return mariadb_error(connection, "query", err);
	if (mariadb_result(mem, connection, limit, deadline, rows, err) < 0)
		return -1;
	return mariadb_drain(connection, deadline, err);
}

bool
mariadb_may_not_explain(const struct sql_connection *connection)
{
	return mysql_errno(connection->handle) == ER_VIEW_NO_EXPLAIN;
}
