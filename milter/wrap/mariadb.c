/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MariaDB and MySQL behind the SQL driver. The library's own time limits count
 * whole seconds for each packet, so that a server that hangs or dribbles could
 * hold a thread for long. Its non-blocking calls are used instead: each one
 * says what it waits for, and we wait for that until the deadline.
 */
#include "wrap/mariadb_private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <mysql.h>
#include <mysqld_error.h>

#include "base/clock.h"
#include "base/mem.h"

/* Statements that one connection keeps; others are asked as text. */
#define MARIADB_STATEMENTS_MAX 64

struct mariadb_statement {
	char *text;
	MYSQL_STMT *handle; /* NULL: the server does not take it so */
	unsigned columns;
};

struct sql_connection {
	MYSQL *handle;
	char *where; /* for error texts */
	bool broken;
	struct mariadb_statement *statements;
	size_t statement_count;
};

static void
mariadb_destroy(void *ptr)
{
	struct sql_connection *connection = ptr;
	int fd = (int)mysql_get_socket(connection->handle);

	/* Nothing must wait for a server that does not answer. */
	if (connection->broken && fd >= 0)
		shutdown(fd, SHUT_RDWR);
	/* The server forgets its statements with the connection. */
	mysql_close(connection->handle);
	for (size_t i = 0; i < connection->statement_count; i++)
		if (connection->statements[i].handle != NULL)
			mysql_stmt_close(connection->statements[i].handle);
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

/* Texts and numbers come out of a statement as they do out of a query. */
static bool
mariadb_is_plain(const MYSQL_FIELD *field)
{
	switch (field->type) {
	case MYSQL_TYPE_VAR_STRING:
	case MYSQL_TYPE_STRING:
	case MYSQL_TYPE_VARCHAR:
	case MYSQL_TYPE_BLOB:
		return true;
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
		return (field->flags & ZEROFILL_FLAG) == 0;
	default:
		return false;
	}
}

static bool
mariadb_is_fit(struct mariadb_statement *statement, size_t params)
{
	MYSQL_RES *columns = mysql_stmt_result_metadata(statement->handle);
	bool fit = columns != NULL &&
		   mysql_stmt_param_count(statement->handle) == params;

	statement->columns = columns == NULL ? 0 : mysql_num_fields(columns);
	for (unsigned i = 0; i < statement->columns; i++)
		fit &= mariadb_is_plain(mysql_fetch_field_direct(columns, i));
	if (columns != NULL)
		mysql_free_result(columns);
	return fit && statement->columns <= SQL_PARAMS_MAX;
}

static void
mariadb_refuse(struct mariadb_statement *statement)
{
	mysql_stmt_close(statement->handle);
	statement->handle = NULL;
}

/* Has the server read a statement once; what it does not take is noted. */
static void
mariadb_prepare(struct sql_connection *connection,
		struct mariadb_statement *statement, size_t params,
		int64_t deadline)
{
	int failed = 0, status;

	statement->handle = mysql_stmt_init(connection->handle);
	if (statement->handle == NULL)
		return;
	status = mysql_stmt_prepare_start(&failed, statement->handle,
					  statement->text,
					  strlen(statement->text));
	MARIADB_FINISH(connection, deadline, status,
		       mysql_stmt_prepare_cont(&failed, statement->handle,
					       happened));
	if (connection->broken)
		return;
	if (failed != 0 && mariadb_is_loss(mysql_stmt_errno(statement->handle)))
		connection->broken = true;
	else if (failed != 0 || !mariadb_is_fit(statement, params))
		mariadb_refuse(statement);
}

static struct mariadb_statement *
mariadb_statement(struct sql_connection *connection, const char *text,
		  size_t params, int64_t deadline)
{
	struct mariadb_statement *statement;

	for (size_t i = 0; i < connection->statement_count; i++)
		if (strcmp(connection->statements[i].text, text) == 0)
			return &connection->statements[i];
	if (connection->statement_count == MARIADB_STATEMENTS_MAX)
		return NULL;
	mem_grow(connection, connection->statements,
		 connection->statement_count);
	statement = &connection->statements[connection->statement_count++];
	*statement = (struct mariadb_statement){
		.text = mem_strdup(connection, text),
	};
	mariadb_prepare(connection, statement, params, deadline);
	return statement;
}

/* One column of the row at hand, however long it is. */
static int
mariadb_column(void *mem, MYSQL_STMT *handle, unsigned index,
	       unsigned long len, bool is_null, struct slice *value)
{
	MYSQL_BIND bind = {
		.buffer_type = MYSQL_TYPE_STRING,
		.buffer_length = len,
	};

	*value = SLICE_NONE;
	if (is_null)
		return 0;
	bind.buffer = mem_array(mem, char, len + 1);
	*value = (struct slice){ bind.buffer, len };
	return len == 0 ? 0 : mysql_stmt_fetch_column(handle, &bind, index, 0);
}

/* 0: a row was taken, MYSQL_NO_DATA: the end. */
static int
mariadb_take_row(void *mem, struct sql_connection *connection,
		 const struct mariadb_statement *statement, int64_t deadline,
		 struct sql_rows *rows, size_t *bytes)
{
	MYSQL_BIND binds[SQL_PARAMS_MAX] = { 0 };
	unsigned long lengths[SQL_PARAMS_MAX] = { 0 };
	my_bool nulls[SQL_PARAMS_MAX] = { 0 };
	size_t used = rows->rows * rows->columns;
	int got = 1, status;

	for (unsigned i = 0; i < statement->columns; i++)
		binds[i] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_STRING,
					 .length = &lengths[i],
					 .is_null = &nulls[i] };
	if (mysql_stmt_bind_result(statement->handle, binds) != 0)
		return 1;
	status = mysql_stmt_fetch_start(&got, statement->handle);
	MARIADB_FINISH(connection, deadline, status,
		       mysql_stmt_fetch_cont(&got, statement->handle,
					     happened));
	if (connection->broken || got == MYSQL_NO_DATA || got == 1)
		return connection->broken ? 1 : got;
	rows->values = mem_resize(mem, rows->values, used + rows->columns);
	for (unsigned i = 0; i < statement->columns; i++) {
		*bytes += nulls[i] ? 0 : lengths[i];
		if (*bytes > SQL_ANSWER_MAX ||
		    mariadb_column(mem, statement->handle, i, lengths[i],
				   nulls[i], &rows->values[used + i]) != 0)
			return 1;
	}
	rows->rows++;
	return 0;
}

/* The server ended the answer by an error of its own: nothing follows. */
static bool
mariadb_is_refusal(const struct sql_connection *connection)
{
	unsigned number = mysql_errno(connection->handle);

	return !connection->broken && number != 0 && !mariadb_is_loss(number);
}

/* 1: what went wrong is for the query as text to find out, if it does again. */
static int
mariadb_take_rows(void *mem, struct sql_connection *connection,
		  const struct mariadb_statement *statement, size_t limit,
		  int64_t deadline, struct sql_rows *rows, struct err *err)
{
	size_t bytes = 0;
	int got = 0;

	rows->columns = statement->columns;
	while (got == 0 && rows->rows <= limit)
		got = mariadb_take_row(mem, connection, statement, deadline,
				       rows, &bytes);
	if (got == MYSQL_NO_DATA && rows->rows <= limit)
		return 0;
	if (mariadb_is_refusal(connection)) {
		*rows = (struct sql_rows){ 0 };
		return 1;
	}
	/* In mid-answer; what is left of it must not be waited for. */
	connection->broken = true;
	shutdown((int)mysql_get_socket(connection->handle), SHUT_RDWR);
	if (rows->rows <= limit)
		return mariadb_error(connection, "query", err);
	rows->rows = limit;
	rows->truncated = true;
	return 0;
}

static int
mariadb_ready(struct sql_connection *connection, const char *text,
	      size_t count, int64_t deadline, struct err *err)
{
	const struct mariadb_statement *statement =
		mariadb_statement(connection, text, count, deadline);

	if (connection->broken)
		return mariadb_error(connection, "query", err);
	return statement == NULL || statement->handle == NULL;
}

static int
mariadb_execute(void *mem, struct sql_connection *connection,
		const char *text, const struct slice *params, size_t count,
		size_t limit, int64_t deadline, struct sql_rows *rows,
		struct err *err)
{
	MYSQL_BIND binds[SQL_PARAMS_MAX] = { 0 };
	struct mariadb_statement *statement =
		mariadb_statement(connection, text, count, deadline);
	int failed = 0, status, result;

	*rows = (struct sql_rows){ 0 };
	if (connection->broken)
		return mariadb_error(connection, "query", err);
	if (statement == NULL || statement->handle == NULL)
		return 1;
	for (size_t i = 0; i < count; i++)
		binds[i] = (MYSQL_BIND){
			.buffer_type = MYSQL_TYPE_STRING,
			.buffer = (void *)(uintptr_t)params[i].data,
			.buffer_length = params[i].len,
		};
	if (mysql_stmt_bind_param(statement->handle, binds) != 0)
		return 1;
	status = mysql_stmt_execute_start(&failed, statement->handle);
	MARIADB_FINISH(connection, deadline, status,
		       mysql_stmt_execute_cont(&failed, statement->handle,
					       happened));
	if (failed != 0 && !connection->broken)
		connection->broken =
			mariadb_is_loss(mysql_stmt_errno(statement->handle));
	if (connection->broken)
		return mariadb_error(connection, "query", err);
	if (failed != 0)
		return 1;
	result = mariadb_take_rows(mem, connection, statement, limit, deadline,
				   rows, err);
	mysql_stmt_free_result(statement->handle);
	return result;
}

bool
mariadb_may_not_explain(const struct sql_connection *connection)
{
	return mysql_errno(connection->handle) == ER_VIEW_NO_EXPLAIN;
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
	.execute = mariadb_execute,
	.prepare = mariadb_ready,
	.scans = mariadb_scans,
	.version = mariadb_version,
};
