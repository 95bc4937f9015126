/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MariaDB and MySQL behind the SQL driver. The library's own time limits count
 * whole seconds for each packet, so that a server that hangs or dribbles could
 * hold a thread for long. Its non-blocking calls are used instead: each one
 * says what it waits for, and we wait for that until the deadline.
 */
#include "wrap/sql.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include <mysql.h>
#include <mysqld_error.h>

#include "base/clock.h"
#include "base/mem.h"

struct sql_connection {
	MYSQL *handle;
	char *where; /* for error texts */
	bool broken;
};

static void
mariadb_destroy(void *ptr)
{
	struct sql_connection *connection = ptr;
	int fd = (int)mysql_get_socket(connection->handle);

	/* Nothing must wait for a server that does not answer. */
	if (connection->broken && fd >= 0)
		shutdown(fd, SHUT_RDWR);
	mysql_close(connection->handle);
}

/*
 * Waits for what the library asks for (MYSQL_WAIT_*). Returns what happened,
 * or 0 when the deadline has passed.
 */
static int
mariadb_wait(struct sql_connection *connection, int wanted, int64_t deadline)
{
	struct pollfd poller = {
		.fd = (int)mysql_get_socket(connection->handle),
		.events = (short)((wanted & MYSQL_WAIT_READ ? POLLIN : 0) |
				  (wanted & MYSQL_WAIT_WRITE ? POLLOUT : 0) |
				  (wanted & MYSQL_WAIT_EXCEPT ? POLLPRI : 0)),
	};
	int ready;

	do {
		ready = poll(&poller, 1, clock_left(deadline));
	} while (ready < 0 && errno == EINTR);
	if (ready <= 0) {
		connection->broken = true;
		return 0;
	}
	if (poller.revents & (POLLERR | POLLHUP | POLLNVAL))
		return wanted & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE);
	return (poller.revents & POLLIN ? MYSQL_WAIT_READ : 0) |
	       (poller.revents & POLLOUT ? MYSQL_WAIT_WRITE : 0) |
	       (poller.revents & POLLPRI ? MYSQL_WAIT_EXCEPT : 0);
}

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

static bool
mariadb_is_loss(unsigned number)
{
	return number >= 2000 || /* the client library's own */
	       number == ER_SERVER_SHUTDOWN || number == ER_CON_COUNT_ERROR ||
	       number == ER_NET_READ_ERROR ||
	       number == ER_NEW_ABORTING_CONNECTION;
}

static int
mariadb_error(struct sql_connection *connection, const char *what,
	      struct err *err)
{
	unsigned number;

	if (connection->broken)
		return err_temporary(err, "%s: %s: no answer in time",
				     connection->where, what);
	number = mysql_errno(connection->handle);
	if (mariadb_is_loss(number))
		connection->broken = true;
	return err_temporary(err, "%s: %s: %s", connection->where, what,
			     number == 0 ? "connection lost"
					 : mysql_error(connection->handle));
}

static void
mariadb_set(MYSQL *handle, enum mysql_option option, const char *value)
{
	if (value != NULL && *value != '\0')
		mysql_options(handle, option, value);
}

static void
mariadb_options(MYSQL *handle, const struct sql_target *target,
		int64_t deadline)
{
	unsigned seconds = (unsigned)(clock_left(deadline) / 1000 + 1);
	unsigned no_files = 0;
	my_bool yes = 1;

	/* A hostile server could ask for our files otherwise. */
	mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &no_files);
	mysql_options(handle, MYSQL_OPT_NONBLOCK, NULL);
	mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
	mariadb_set(handle, MYSQL_READ_DEFAULT_FILE, target->option_file);
	mariadb_set(handle, MYSQL_READ_DEFAULT_GROUP, target->option_group);
	mariadb_set(handle, MYSQL_SET_CHARSET_NAME, target->charset);
	mariadb_set(handle, MYSQL_OPT_SSL_CA, target->tls_ca);
	mariadb_set(handle, MYSQL_OPT_SSL_CAPATH, target->tls_ca_path);
	mariadb_set(handle, MYSQL_OPT_SSL_CERT, target->tls_cert);
	mariadb_set(handle, MYSQL_OPT_SSL_KEY, target->tls_key);
	mariadb_set(handle, MYSQL_OPT_SSL_CIPHER, target->tls_ciphers);
	if (target->tls_verify)
		mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
}

static char *
mariadb_where(void *mem, const struct sql_target *target)
{
	const char *host = target->host != NULL ? target->host : "localhost";

	if (host[0] == '/')
		return mem_printf(mem, "mysql unix:%s", host);
	return mem_printf(mem, "mysql inet:%s:%u", host,
			  target->port ? target->port : 3306);
}

static struct sql_connection *
mariadb_open(void *mem, const struct sql_target *target, int64_t deadline,
		struct err *err)
{
	struct sql_connection *connection =
		mem_new(mem, struct sql_connection);
	bool local = target->host != NULL && target->host[0] == '/';
	MYSQL *connected = NULL;
	int status;

	connection->where = mariadb_where(connection, target);
	connection->handle = mysql_init(NULL);
	if (connection->handle == NULL) {
		err_temporary(err, "%s: out of memory", connection->where);
		mem_free(connection);
		return NULL;
	}
	mem_on_free(connection, mariadb_destroy);
	mariadb_options(connection->handle, target, deadline);
	status = mysql_real_connect_start(
		&connected, connection->handle, local ? NULL : target->host,
		target->user, target->password, target->dbname, target->port,
		local ? target->host : NULL, CLIENT_MULTI_RESULTS);
	MARIADB_FINISH(connection, deadline, status,
		       mysql_real_connect_cont(&connected, connection->handle,
					       happened));
	if (connected != NULL && !connection->broken)
		return connection;
	mariadb_error(connection, "cannot connect", err);
	mem_free(connection);
	return NULL;
}

/* A server that closed an idle connection shows as readable. */
static bool
mariadb_usable(const struct sql_connection *connection)
{
	struct pollfd poller = {
		.fd = (int)mysql_get_socket(connection->handle),
		.events = POLLIN,
	};

	return !connection->broken && poll(&poller, 1, 0) == 0;
}

static int
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

static int
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

/* Columns of EXPLAIN. */
enum {
	PLAN_TABLE = 2,
	PLAN_TYPE = 3,
	PLAN_POSSIBLE_KEYS = 4,
	PLAN_ROWS = 8,
};

/* With fewer rows the optimizer may scan although an index could serve. */
#define MARIADB_FEW_ROWS 100

/*
 * A table is scanned if every row of it, or of an index, is read. (<derived2>
 * and the like are results that were made before.)
 */
static bool
mariadb_plan_scans(const struct slice *line)
{
	int64_t rows;

	if (line[PLAN_TABLE].data == NULL ||
	    slice_starts(line[PLAN_TABLE], "<"))
		return false;
	if (slice_is(line[PLAN_TYPE], "index"))
		return true;
	if (!slice_is(line[PLAN_TYPE], "ALL"))
		return false;
	return line[PLAN_POSSIBLE_KEYS].data == NULL ||
	       line[PLAN_ROWS].data == NULL ||
	       !str_int64(line[PLAN_ROWS].data, &rows) ||
	       rows >= MARIADB_FEW_ROWS;
}

/* Rows that this connection has read in the order of a table or an index. */
static int
mariadb_rows_read(void *mem, struct sql_connection *connection,
		  int64_t deadline, int64_t *count, struct err *err)
{
	static const char show[] =
		"SHOW SESSION STATUS WHERE Variable_name IN "
		"('Handler_read_rnd_next', 'Handler_read_next')";
	struct sql_rows rows;
	int64_t number;

	if (mariadb_query(mem, connection, SLICE(show), 2, deadline, &rows,
			  err) < 0)
		return -1;
	*count = 0;
	for (size_t i = 0; i < rows.rows && rows.columns == 2; i++) {
		const char *text = rows.values[i * 2 + 1].data;

		if (text != NULL && str_int64(text, &number))
			*count += number;
	}
	return 0;
}

/*
 * For users who may not ask for EXPLAIN of a view (SHOW VIEW), as the how-to
 * sets them up: the query is run, and the rows that it read are counted.
 */
static int
mariadb_scans_counted(void *mem, struct sql_connection *connection,
		      struct slice sql, int64_t deadline, char **detail,
		      struct err *err)
{
	int64_t first, second, third;
	struct sql_rows rows;

	/* Counting reads rows itself: as many each time. */
	if (mariadb_rows_read(mem, connection, deadline, &first, err) < 0 ||
	    mariadb_rows_read(mem, connection, deadline, &second, err) < 0 ||
	    mariadb_query(mem, connection, sql, 1000, deadline, &rows, err) <
		    0 ||
	    mariadb_rows_read(mem, connection, deadline, &third, err) < 0)
		return -1;
	/* An index leads to the rows that are given, of two tables perhaps. */
	if (third - second - (second - first) <= (int64_t)(2 * rows.rows + 1))
		return 0;
	*detail = mem_strdup(mem, "the tables behind its view");
	return 1;
}

static int
mariadb_scans(void *mem, struct sql_connection *connection, struct slice sql,
	      int64_t deadline, char **detail, struct err *err)
{
	struct buf explain = BUF(mem);
	struct sql_rows plan;

	buf_text(&explain, "EXPLAIN ");
	buf_slice(&explain, sql);
	if (mariadb_query(mem, connection, buf_view(&explain), 1000, deadline,
			  &plan, err) < 0)
		return mysql_errno(connection->handle) == ER_VIEW_NO_EXPLAIN
			       ? mariadb_scans_counted(mem, connection, sql,
						       deadline, detail, err)
			       : -1;
	if (plan.columns <= PLAN_ROWS)
		return err_temporary(err, "%s: EXPLAIN answers in a form that "
				     "is not known", connection->where);
	for (size_t i = 0; i < plan.rows; i++) {
		const struct slice *line = &plan.values[i * plan.columns];

		if (!mariadb_plan_scans(line))
			continue;
		*detail = slice_string(mem, line[PLAN_TABLE]);
		return 1;
	}
	return 0;
}

static const char *
mariadb_version(void)
{
	return mysql_get_client_info();
}

const struct sql_driver sql_mariadb = {
	.name = "mysql",
	.connect = mariadb_open,
	.usable = mariadb_usable,
	.escape = mariadb_escape,
	.query = mariadb_query,
	.scans = mariadb_scans,
	.version = mariadb_version,
};
