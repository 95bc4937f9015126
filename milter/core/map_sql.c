/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking mysql:FILE and sqlite:FILE for a key: what Postfix would answer, we
 * answer.
 */
#include "core/map_sql.h"

#include <string.h>

#include "base/mem.h"
#include "core/match.h"

static int
map_sql_quote(void *arg, struct slice value, struct buf *out, struct err *err)
{
	struct map_sql_call *call = arg;

	return call->driver->escape(call->connection, value, out, err);
}

static int
map_sql_text(struct map_sql_call *call, struct sql_connection *connection,
	     struct buf *text, struct err *err)
{
	struct template_quote quote = { map_sql_quote, call };

	call->connection = connection;
	buf_text(text, "");
	return template_expand(&call->sql->query, &call->key, &call->key,
			       &quote, text, err);
}

/* What stands in the places of a statement. */
int
map_sql_params(void *mem, const struct map_sql *sql,
	       const struct template_parts *key, struct slice *params,
	       struct err *err)
{
	const struct template_statement *statement = &sql->statement;

	for (size_t i = 0; i < statement->count; i++) {
		struct buf value = BUF(mem);

		if (template_place(&statement->params[i], key, &params[i]) &&
		    params[i].len > 0)
			continue;
		if (template_expand(&statement->params[i], key, key, NULL,
				    &value, err) < 0)
			return -1;
		buf_string(&value);
		params[i] = buf_view(&value);
	}
	return 0;
}

/* 1: the query has to be asked as text. */
static int
map_sql_execute(struct map_sql_call *call, struct sql_connection *connection,
		int64_t deadline, struct err *err)
{
	const struct template_statement *statement = &call->sql->statement;
	struct slice params[SQL_PARAMS_MAX];

	if (call->driver->execute == NULL || statement->text == NULL ||
	    statement->count > SQL_PARAMS_MAX)
		return 1;
	if (map_sql_params(call->mem, call->sql, &call->key, params, err) < 0)
		return -1;
	return call->driver->execute(call->mem, connection, statement->text,
				     params, statement->count, MAP_ROWS_MAX,
				     deadline, &call->rows, err);
}

static int
map_sql_run(struct sql_connection *connection, int64_t deadline, void *arg,
	    struct err *err)
{
	struct map_sql_call *call = arg;
	struct buf text = BUF(call->mem);
	int result = map_sql_execute(call, connection, deadline, err);

	if (result <= 0)
		return result;
	if (map_sql_text(call, connection, &text, err) < 0)
		return -1;
	return call->driver->query(call->mem, connection, buf_view(&text),
				   MAP_ROWS_MAX, deadline, &call->rows, err);
}

static int
map_sql_explain(struct sql_connection *connection, int64_t deadline,
		void *arg, struct err *err)
{
	struct map_sql_call *call = arg;
	struct buf text = BUF(call->mem);

	if (map_sql_text(call, connection, &text, err) < 0)
		return -1;
	return call->driver->scans(call->mem, connection, buf_view(&text),
				   deadline, &call->detail, err);
}

/* Adds one column to the values; empty ones and NULL are no values. */
static int
map_sql_value(const struct map_sql_call *call, struct slice column,
	      size_t *count, struct buf *out, struct err *err)
{
	struct template_parts value;

	if (column.data == NULL)
		return 0;
	if (memchr(column.data, '\0', column.len) != NULL)
		return err_temporary(err, "a row holds a NUL byte");
	template_split(column, &value);
	if (!template_takes_value(&call->sql->format, &value))
		return 0;
	if (++*count > call->sql->expansion_limit &&
	    call->sql->expansion_limit != 0)
		return err_temporary(err, "more than expansion_limit = %zu "
				     "values", call->sql->expansion_limit);
	if (out->len != 0)
		buf_char(out, ',');
	return template_expand(&call->sql->format, &call->key, &value, NULL,
			       out, err);
}

int
map_sql_values(const struct map_sql_call *call, const char **value,
	       struct err *err)
{
	const struct sql_rows *rows = &call->rows;
	/* As Postfix: all columns from MariaDB, the first from SQLite. */
	size_t columns = call->driver == &sql_sqlite && rows->columns > 0
				 ? 1
				 : rows->columns;
	struct buf out = BUF(call->mem);
	size_t count = 0;

	if (rows->columns == 0 && call->sql->require_result_set)
		return err_temporary(err, "the query gives no result set");
	if (rows->truncated)
		return err_temporary(err, "more than %d rows", MAP_ROWS_MAX);
	for (size_t i = 0; i < rows->rows; i++)
		for (size_t j = 0; j < columns; j++)
			if (map_sql_value(call,
					  rows->values[i * rows->columns + j],
					  &count, &out, err) < 0)
				return -1;
	*value = out.data;
	return out.len != 0;
}

/* 1 if the key is to be asked for; 0 if Postfix would not ask either. */
static int
map_sql_prepare(struct lookup *lookup, const struct map_sql *sql,
		struct slice key, struct map_sql_call *call, struct err *err)
{
	*call = (struct map_sql_call){
		.mem = lookup->mem,
		.sql = sql,
		.driver = pool_driver(sql->pool),
	};
	template_split(key, &call->key);
	if (!template_takes_key(&sql->query, &call->key) ||
	    !template_takes_key(&sql->format, &call->key))
		return 0;
	if (sql->domains == NULL)
		return 1;
	if (call->key.domain.len == 0 || call->key.user.len == 0)
		return 0;
	return match_find(lookup, sql->domains, call->key.domain, err);
}

static int
map_sql_find(struct lookup *lookup, const void *state, struct slice key,
	     const char **value, struct err *err)
{
	const struct map_sql *sql = state;
	struct map_sql_call call;
	int result = map_sql_prepare(lookup, sql, key, &call, err);

	if (result <= 0)
		return result;
	result = map_sql_together(lookup, &call, key, err);
	if (result == 1)
		result = pool_use(sql->pool, lookup->deadline, map_sql_run,
				  &call, err);
	return result < 0 ? -1 : map_sql_values(&call, value, err);
}

/* Keys of maps with a list of domains are not foreseen: the list may have to
 * be looked up. */
static void
map_sql_expect(struct lookup *lookup, const void *state, unsigned occasion,
	       struct slice key)
{
	const struct map_sql *sql = state;
	struct map_sql_call call;
	struct err err;

	if (sql->domains == NULL &&
	    map_sql_prepare(lookup, sql, key, &call, &err) > 0)
		map_sql_foresee(lookup, &call, occasion, key);
}

static int
map_sql_scans(struct lookup *lookup, const void *state, struct slice key,
	      char **detail, struct err *err)
{
	const struct map_sql *sql = state;
	struct map_sql_call call;
	int result = map_sql_prepare(lookup, sql, key, &call, err);

	if (result <= 0)
		return result;
	result = pool_use(sql->pool, lookup->deadline, map_sql_explain, &call,
			  err);
	*detail = call.detail;
	return result;
}

const struct map_kind map_mysql = {
	.name = "mysql",
	.open = map_mysql_open,
	.find = map_sql_find,
	.expect = map_sql_expect,
	.scans = map_sql_scans,
};

const struct map_kind map_sqlite = {
	.name = "sqlite",
	.open = map_sqlite_open,
	.find = map_sql_find,
	.expect = map_sql_expect,
	.scans = map_sql_scans,
};
