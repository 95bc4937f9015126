/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys that one recipient is likely to need are asked for in one statement:
 * SELECT (first query), (second query), ... A query that finds nothing gives
 * NULL there, which is no value to Postfix either. One that gives several rows
 * or columns, or that cannot stand in parentheses, makes the server refuse the
 * whole: then each key is asked for by itself, as if nothing had been noted.
 */
#include "core/map_sql.h"

#include <string.h>

#include "base/mem.h"

struct map_foreseen {
	const struct map_sql *sql;
	struct slice key;
	struct template_parts parts;
	bool asked;    /* not again, whatever came of it */
	bool answered; /* value holds */
	struct slice value;
};

/* A statement for all that is noted for one pool. */
struct map_bundle {
	void *mem;
	const struct sql_driver *driver;
	struct buf text;
	struct slice params[SQL_PARAMS_MAX];
	size_t param_count;
	struct map_foreseen *members[SQL_PARAMS_MAX];
	size_t count;
	struct sql_rows rows;
};

static struct map_foreseen *
map_foreseen_find(const struct lookup *lookup, const struct map_sql *sql,
		  struct slice key)
{
	for (size_t i = 0; i < lookup->foreseen_count; i++) {
		struct map_foreseen *foreseen = &lookup->foreseen[i];

		if (foreseen->sql == sql && slice_equal(foreseen->key, key))
			return foreseen;
	}
	return NULL;
}

void
map_sql_foresee(struct lookup *lookup, const struct map_sql_call *call,
		struct slice key)
{
	if (call->driver->execute == NULL ||
	    call->sql->statement.text == NULL ||
	    lookup->foreseen_count == SQL_PARAMS_MAX ||
	    map_foreseen_find(lookup, call->sql, key) != NULL)
		return;
	mem_grow(lookup->mem, lookup->foreseen, lookup->foreseen_count);
	lookup->foreseen[lookup->foreseen_count++] = (struct map_foreseen){
		.sql = call->sql, .key = key, .parts = call->key,
	};
}

static int
map_bundle_add(struct map_bundle *bundle, struct map_foreseen *foreseen,
	       struct err *err)
{
	const struct template_statement *statement = &foreseen->sql->statement;

	if (statement->count > SQL_PARAMS_MAX - bundle->param_count)
		return 0;
	if (map_sql_params(bundle->mem, foreseen->sql, &foreseen->parts,
			   &bundle->params[bundle->param_count], err) < 0)
		return -1;
	buf_text(&bundle->text, bundle->count == 0 ? "SELECT (" : ", (");
	buf_text(&bundle->text, statement->text);
	buf_char(&bundle->text, ')');
	bundle->param_count += statement->count;
	bundle->members[bundle->count++] = foreseen;
	foreseen->asked = true;
	return 0;
}

static int
map_bundle_run(struct sql_connection *connection, int64_t deadline, void *arg,
	       struct err *err)
{
	struct map_bundle *bundle = arg;
	int refused = 0;

	/* A column within parentheses may have lost what it is made of
	 * (ZEROFILL): only by itself can a query tell that it is plain. */
	for (size_t i = 0; i < bundle->count && refused == 0; i++) {
		const struct template_statement *statement =
			&bundle->members[i]->sql->statement;

		refused = bundle->driver->prepare(connection, statement->text,
						  statement->count, deadline,
						  err);
	}
	if (refused != 0)
		return refused;
	return bundle->driver->execute(bundle->mem, connection,
				       buf_string(&bundle->text),
				       bundle->params, bundle->param_count, 1,
				       deadline, &bundle->rows, err);
}

static int
map_bundle_ask(struct lookup *lookup, struct pool *pool, struct err *err)
{
	struct map_bundle bundle = {
		.mem = lookup->mem,
		.driver = pool_driver(pool),
		.text = BUF(lookup->mem),
	};

	for (size_t i = 0; i < lookup->foreseen_count; i++) {
		struct map_foreseen *foreseen = &lookup->foreseen[i];

		if (foreseen->sql->pool == pool && !foreseen->asked &&
		    map_bundle_add(&bundle, foreseen, err) < 0)
			return -1;
	}
	if (bundle.count < 2)
		return 0;
	if (pool_use(pool, lookup->deadline, map_bundle_run, &bundle, err) < 0)
		return -1;
	/* Nothing else is an answer to what was asked. */
	if (bundle.rows.rows != 1 || bundle.rows.columns != bundle.count)
		return 0;
	for (size_t i = 0; i < bundle.count; i++) {
		bundle.members[i]->value = bundle.rows.values[i];
		bundle.members[i]->answered = true;
	}
	return 0;
}

int
map_sql_together(struct lookup *lookup, struct map_sql_call *call,
		 struct slice key, struct err *err)
{
	struct map_foreseen *foreseen =
		map_foreseen_find(lookup, call->sql, key);

	if (foreseen == NULL)
		return 1;
	if (!foreseen->asked &&
	    map_bundle_ask(lookup, call->sql->pool, err) < 0)
		return -1;
	if (!foreseen->answered)
		return 1;
	call->rows = (struct sql_rows){ &foreseen->value, 1, 1, false };
	return 0;
}
