/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SQLite behind the SQL driver. The file is opened for reading only; a file
 * that was replaced (by rename, as admins update such tables) makes the
 * connection unusable, so that the next look-up sees the new one.
 */
#include "wrap/sql.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"

#define SQLITE_STEPS_BETWEEN_CHECKS 2000
#define SQLITE_BUSY_NAP_NS 5000000

struct sql_connection {
	sqlite3 *handle;
	char *path;
	dev_t device;
	ino_t inode;
	int64_t deadline;
};

static void
sqlite_destroy(void *ptr)
{
	struct sql_connection *connection = ptr;

	sqlite3_close_v2(connection->handle);
}

/* Called by SQLite every so many steps: non-zero interrupts the query. */
static int
sqlite_progress(void *ptr)
{
	const struct sql_connection *connection = ptr;

	return clock_ms() >= connection->deadline;
}

/* Called while a writer holds the file: zero gives up. */
static int
sqlite_busy(void *ptr, int count)
{
	const struct sql_connection *connection = ptr;
	struct timespec nap = { .tv_nsec = SQLITE_BUSY_NAP_NS };

	if (clock_ms() >= connection->deadline)
		return 0;
	nanosleep(&nap, NULL);
	return 1;
}

static int
sqlite_error(const struct sql_connection *connection, const char *what,
	     struct err *err)
{
	if (clock_ms() >= connection->deadline)
		return err_temporary(err, "%s: %s: took too long",
				     connection->path, what);
	return err_temporary(err, "%s: %s: %s", connection->path, what,
			     sqlite3_errmsg(connection->handle));
}

/* The schema is data of others: it may not call what has side effects. */
static void
sqlite_harden(sqlite3 *handle)
{
	sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, 2 * SQL_ANSWER_MAX);
}

static struct sql_connection *
sqlite_connect(void *mem, const struct sql_target *target, int64_t deadline,
	       struct err *err)
{
	struct sql_connection *connection =
		mem_new(mem, struct sql_connection);
	struct stat info;

	connection->path = mem_strdup(connection, target->path);
	connection->deadline = deadline;
	if (stat(target->path, &info) < 0) {
		err_errno(err, "cannot open %s", target->path);
		mem_free(connection);
		return NULL;
	}
	connection->device = info.st_dev;
	connection->inode = info.st_ino;
	mem_on_free(connection, sqlite_destroy);
	if (sqlite3_open_v2(target->path, &connection->handle,
			    SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK) {
		sqlite_error(connection, "cannot open", err);
		mem_free(connection);
		return NULL;
	}
	sqlite_harden(connection->handle);
	sqlite3_busy_handler(connection->handle, sqlite_busy, connection);
	sqlite3_progress_handler(connection->handle,
				 SQLITE_STEPS_BETWEEN_CHECKS, sqlite_progress,
				 connection);
	return connection;
}

static bool
sqlite_usable(const struct sql_connection *connection)
{
	struct stat info;

	return stat(connection->path, &info) == 0 &&
	       info.st_dev == connection->device &&
	       info.st_ino == connection->inode;
}

static int
sqlite_escape(struct sql_connection *connection, struct slice value,
	      struct buf *out, struct err *err)
{
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] == '\'')
			buf_char(out, '\'');
		buf_char(out, value.data[i]);
	}
	return 0;
}

/* Copies the current row; -1 if the answer grows too long. */
static int
sqlite_row(void *mem, sqlite3_stmt *statement, struct sql_rows *rows,
	   size_t *bytes)
{
	size_t used = rows->rows * rows->columns;

	rows->values =
		mem_resize(mem, rows->values, used + rows->columns);
	for (size_t i = 0; i < rows->columns; i++) {
		struct slice *value = &rows->values[used + i];
		const void *text = sqlite3_column_text(statement, (int)i);

		*value = SLICE_NONE;
		if (text == NULL)
			continue;
		value->len = (size_t)sqlite3_column_bytes(statement, (int)i);
		*bytes += value->len;
		if (*bytes > SQL_ANSWER_MAX)
			return -1;
		value->data = mem_strndup(mem, text, value->len);
	}
	rows->rows++;
	return 0;
}

static int
sqlite_fetch(void *mem, struct sql_connection *connection,
	     sqlite3_stmt *statement, size_t limit, struct sql_rows *rows,
	     struct err *err)
{
	size_t bytes = 0;
	int status;

	rows->columns = (size_t)sqlite3_column_count(statement);
	while ((status = sqlite3_step(statement)) == SQLITE_ROW) {
		if (rows->rows == limit) {
			rows->truncated = true;
			return 0;
		}
		if (sqlite_row(mem, statement, rows, &bytes) < 0)
			return err_temporary(err, "%s: the answer is over %d "
					     "bytes long", connection->path,
					     SQL_ANSWER_MAX);
	}
	return status == SQLITE_DONE ? 0
				     : sqlite_error(connection, "query", err);
}

static int
sqlite_query(void *mem, struct sql_connection *connection, struct slice sql,
	     size_t limit, int64_t deadline, struct sql_rows *rows,
	     struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int result;

	*rows = (struct sql_rows){ 0 };
	connection->deadline = deadline;
	if (clock_ms() >= deadline)
		return sqlite_error(connection, "query", err);
	if (sqlite3_prepare_v2(connection->handle, sql.data, (int)sql.len,
			       &statement, NULL) != SQLITE_OK)
		return sqlite_error(connection, "query", err);
	if (statement == NULL)
		return err_temporary(err, "%s: the query is empty",
				     connection->path);
	result = sqlite_fetch(mem, connection, statement, limit, rows, err);
	sqlite3_finalize(statement);
	return result;
}

/* The n-th word of a line of the query plan. */
static struct slice
sqlite_plan_word(struct slice detail, unsigned n)
{
	struct slice word = SLICE_NONE;

	for (unsigned i = 0; i <= n; i++)
		if (!slice_word(&detail, " ", &word))
			return SLICE_NONE;
	return word;
}

/* A view that was worked out first: scanning its rows is no table scan. */
static bool
sqlite_plan_made(const struct sql_rows *plan, struct slice name)
{
	for (size_t i = 0; i < plan->rows; i++) {
		struct slice detail =
			plan->values[i * plan->columns + plan->columns - 1];

		if ((slice_starts(detail, "MATERIALIZE ") ||
		     slice_starts(detail, "CO-ROUTINE ")) &&
		    slice_equal(sqlite_plan_word(detail, 1), name))
			return true;
	}
	return false;
}

/* The table that this line of the plan scans, or none. */
static struct slice
sqlite_plan_scan(const struct sql_rows *plan, size_t row)
{
	struct slice detail =
		plan->values[row * plan->columns + plan->columns - 1];
	struct slice name = sqlite_plan_word(detail, 1);

	if (!slice_starts(detail, "SCAN ") ||
	    slice_search(detail, 0, SLICE("CONSTANT ROW")) < detail.len)
		return SLICE_NONE;
	if (slice_is(name, "TABLE")) /* before 3.36 */
		name = sqlite_plan_word(detail, 2);
	return sqlite_plan_made(plan, name) ? SLICE_NONE : name;
}

static int
sqlite_scans(void *mem, struct sql_connection *connection, struct slice sql,
	     int64_t deadline, char **detail, struct err *err)
{
	struct buf explain = BUF(mem);
	struct sql_rows plan;

	buf_text(&explain, "EXPLAIN QUERY PLAN ");
	buf_slice(&explain, sql);
	if (sqlite_query(mem, connection, buf_view(&explain), 1000, deadline,
			 &plan, err) < 0)
		return -1;
	for (size_t i = 0; i < plan.rows; i++) {
		struct slice name = sqlite_plan_scan(&plan, i);

		if (name.data == NULL)
			continue;
		*detail = slice_string(mem, name);
		return 1;
	}
	return 0;
}

static const char *
sqlite_version(void)
{
	return sqlite3_libversion();
}

const struct sql_driver sql_sqlite = {
	.name = "sqlite",
	.connect = sqlite_connect,
	.usable = sqlite_usable,
	.escape = sqlite_escape,
	.query = sqlite_query,
	.scans = sqlite_scans,
	.version = sqlite_version,
};
