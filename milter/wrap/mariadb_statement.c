/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prepared statements, for MariaDB: each connection keeps those it has seen. As
 * what is asked together varies, so many of them are kept; the one not used for
 * longest makes room.
 */
#include "wrap/mariadb_private.h"

#include <string.h>
#include <sys/socket.h>

#include <mysql.h>

#include "base/mem.h"

#define MARIADB_STATEMENTS_MAX 64 /* of one connection */

struct mariadb_statement {
	char *text;
	MYSQL_STMT *handle; /* NULL: the server does not take it so */
	unsigned columns;
	uint64_t used; /* when, by the connection's count of uses */
};

void
mariadb_forget(struct sql_connection *connection)
{
	for (size_t i = 0; i < connection->statement_count; i++)
		if (connection->statements[i].handle != NULL)
			mysql_stmt_close(connection->statements[i].handle);
	mem_free(connection->statements);
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

/* A place for one more statement. */
static struct mariadb_statement *
mariadb_place(struct sql_connection *connection)
{
	struct mariadb_statement *oldest = connection->statements;

	if (connection->statement_count < MARIADB_STATEMENTS_MAX) {
		mem_grow(NULL, connection->statements,
			 connection->statement_count);
		return &connection->statements[connection->statement_count++];
	}
	for (size_t i = 1; i < connection->statement_count; i++)
		if (connection->statements[i].used < oldest->used)
			oldest = &connection->statements[i];
	if (oldest->handle != NULL)
		mysql_stmt_close(oldest->handle);
	mem_free(oldest->text);
	return oldest;
}

static struct mariadb_statement *
mariadb_statement(struct sql_connection *connection, const char *text,
		  size_t params, int64_t deadline)
{
	struct mariadb_statement *statement = NULL;

	connection->uses++;
	for (size_t i = 0; i < connection->statement_count; i++) {
		statement = &connection->statements[i];
		if (strcmp(statement->text, text) != 0)
			continue;
		statement->used = connection->uses;
		return statement;
	}
	statement = mariadb_place(connection);
	*statement = (struct mariadb_statement){
		.text = mem_strdup(connection->statements, text),
		.used = connection->uses,
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

int
mariadb_ready(struct sql_connection *connection, const char *text,
	      size_t count, int64_t deadline, struct err *err)
{
	const struct mariadb_statement *statement =
		mariadb_statement(connection, text, count, deadline);

	if (connection->broken)
		return mariadb_error(connection, "query", err);
	return statement->handle == NULL;
}

int
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
	if (statement->handle == NULL)
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
