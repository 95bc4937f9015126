/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys that one recipient is likely to need are asked for in one statement:
 * SELECT (first query), (second query), ... A query that finds nothing gives
 * NULL there, which is no value to Postfix either. One that gives several rows
 * or columns, or that cannot stand in parentheses, makes the server refuse the
 * whole: then each key is asked for by itself, as if nothing had been noted.
 *
 * A query within such a statement costs the server nearly as much as one of its
 * own. So what recipients did not need of late is left out; whoever needs it
 * nevertheless gets it by a second statement, with all else that was noted.
 */
#include "core/map_sql.h"

#include <string.h>

#include "base/mem.h"

#define MAP_BUNDLE_ROOM 1000 /* bytes of most statements */
#define MAP_DOUBTS_MAX 7
#define MAP_DOUBTS_MANY 4 /* so many, and a key is not asked for in advance */

struct map_foreseen {
	const struct map_sql *sql;
	struct slice key;
	struct template_parts parts;
	unsigned occasion;
	bool needed;   /* was looked up */
	bool asked;    /* not again, whatever came of it */
	bool answered; /* value holds */
	struct slice value;
};

/* One query within the statement, and where its parameters stand. */
struct map_column {
	const struct template_statement *query;
	const struct slice *params;
	bool shared; /* tells of the rows that others find too */
};

/* A statement for what is noted for one pool. */
struct map_bundle {
	void *mem;
	const struct sql_driver *driver;
	struct buf text;
	struct slice params[SQL_PARAMS_MAX];
	size_t param_count;
	struct map_column columns[SQL_PARAMS_MAX];
	size_t column_count;
	struct map_foreseen *members[SQL_PARAMS_MAX];
	size_t places[SQL_PARAMS_MAX]; /* members' columns */
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
		unsigned occasion, struct slice key)
{
	if (call->driver->execute == NULL ||
	    call->sql->statement.text == NULL ||
	    lookup->foreseen_count == SQL_PARAMS_MAX ||
	    map_foreseen_find(lookup, call->sql, key) != NULL)
		return;
	mem_grow(lookup->mem, lookup->foreseen, lookup->foreseen_count);
	lookup->foreseen[lookup->foreseen_count++] = (struct map_foreseen){
		.sql = call->sql,
		.key = key,
		.parts = call->key,
		.occasion = occasion,
	};
}

static atomic_uchar *
map_foreseen_doubts(const struct map_foreseen *foreseen)
{
	return &foreseen->sql->habits->doubts[foreseen->occasion];
}

static bool
map_foreseen_is_likely(const struct map_foreseen *foreseen)
{
	return atomic_load_explicit(map_foreseen_doubts(foreseen),
				    memory_order_relaxed) < MAP_DOUBTS_MANY;
}

static void
map_foreseen_learn(const struct map_foreseen *foreseen)
{
	atomic_uchar *doubts = map_foreseen_doubts(foreseen);
	unsigned char count = atomic_load_explicit(doubts,
						   memory_order_relaxed);

	if (foreseen->needed && count > 0)
		count--;
	else if (!foreseen->needed && count < MAP_DOUBTS_MAX)
		count++;
	else
		return;
	atomic_store_explicit(doubts, count, memory_order_relaxed);
}

void
map_settle(struct lookup *lookup)
{
	size_t kept = lookup->foreseen_new;

	for (size_t i = kept; i < lookup->foreseen_count; i++) {
		map_foreseen_learn(&lookup->foreseen[i]);
		if (lookup->foreseen[i].answered)
			lookup->foreseen[kept++] = lookup->foreseen[i];
	}
	lookup->foreseen_count = lookup->foreseen_new = kept;
}

static bool
map_column_has_rows_of(const struct map_column *column,
		       const struct template_statement *query,
		       const struct slice *params)
{
	if (column->query->rows == NULL || query->rows == NULL ||
	    strcmp(column->query->rows, query->rows) != 0 ||
	    column->query->count != query->count)
		return false;
	for (size_t i = 0; i < query->count; i++)
		if (!slice_equal(column->params[i], params[i]))
			return false;
	return true;
}

/*
 * The column that answers a query whose parameters stand behind the others'.
 * One that only says 1 for each row needs none of its own, if another one looks
 * for the same rows.
 */
static size_t
map_bundle_place(struct map_bundle *bundle,
		 const struct template_statement *query)
{
	const struct slice *params = &bundle->params[bundle->param_count];

	for (size_t i = 0; query->is_number && i < bundle->column_count; i++) {
		if (!map_column_has_rows_of(&bundle->columns[i], query,
					    params))
			continue;
		bundle->columns[i].shared = true;
		return i;
	}
	bundle->columns[bundle->column_count] =
		(struct map_column){ .query = query, .params = params };
	bundle->param_count += query->count;
	return bundle->column_count++;
}

static int
map_bundle_add(struct map_bundle *bundle, struct map_foreseen *foreseen,
	       struct err *err)
{
	const struct template_statement *query = &foreseen->sql->statement;

	if (query->count > SQL_PARAMS_MAX - bundle->param_count)
		return 0;
	if (map_sql_params(bundle->mem, foreseen->sql, &foreseen->parts,
			   &bundle->params[bundle->param_count], err) < 0)
		return -1;
	bundle->places[bundle->count] = map_bundle_place(bundle, query);
	bundle->members[bundle->count++] = foreseen;
	foreseen->asked = true;
	return 0;
}

/* A row whose column is NULL must not look like none. */
static void
map_bundle_write(struct map_bundle *bundle)
{
	buf_room(&bundle->text, MAP_BUNDLE_ROOM);
	for (size_t i = 0; i < bundle->column_count; i++) {
		const struct map_column *column = &bundle->columns[i];
		const struct template_statement *query = column->query;

		buf_text(&bundle->text, i == 0 ? "SELECT (" : ", (");
		if (column->shared)
			buf_printf(&bundle->text, "SELECT COALESCE(%s, '') %s",
				   query->column, query->rows);
		else
			buf_text(&bundle->text, query->text);
		buf_char(&bundle->text, ')');
	}
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

static void
map_bundle_take(const struct map_bundle *bundle)
{
	for (size_t i = 0; i < bundle->count; i++) {
		struct map_foreseen *foreseen = bundle->members[i];
		const struct template_statement *query =
			&foreseen->sql->statement;
		size_t place = bundle->places[i];

		foreseen->value = bundle->rows.values[place];
		foreseen->answered = true;
		if (bundle->columns[place].query != query &&
		    foreseen->value.data != NULL)
			foreseen->value = slice_of(query->column);
	}
}

/* Whether what was asked for in advance was too little. */
static bool
map_bundle_is_second(const struct lookup *lookup, const struct pool *pool)
{
	for (size_t i = lookup->foreseen_new; i < lookup->foreseen_count; i++)
		if (lookup->foreseen[i].sql->pool == pool &&
		    lookup->foreseen[i].asked)
			return true;
	return false;
}

static int
map_bundle_ask(struct lookup *lookup, const struct map_foreseen *wanted,
	       struct err *err)
{
	struct pool *pool = wanted->sql->pool;
	bool all = map_bundle_is_second(lookup, pool);
	struct map_bundle bundle = {
		.mem = lookup->mem,
		.driver = pool_driver(pool),
		.text = BUF(lookup->mem),
	};

	for (size_t i = 0; i < lookup->foreseen_count; i++) {
		struct map_foreseen *foreseen = &lookup->foreseen[i];

		if (foreseen->sql->pool != pool || foreseen->asked ||
		    (foreseen != wanted && !all &&
		     !map_foreseen_is_likely(foreseen)))
			continue;
		if (map_bundle_add(&bundle, foreseen, err) < 0)
			return -1;
	}
	if (bundle.count < 2)
		return 0;
	map_bundle_write(&bundle);
	if (pool_use(pool, lookup->deadline, map_bundle_run, &bundle, err) < 0)
		return -1;
	/* Nothing else is an answer to what was asked. */
	if (bundle.rows.rows == 1 &&
	    bundle.rows.columns == bundle.column_count)
		map_bundle_take(&bundle);
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
	foreseen->needed = true;
	if (!foreseen->asked && map_bundle_ask(lookup, foreseen, err) < 0)
		return -1;
	if (!foreseen->answered)
		return 1;
	call->rows = (struct sql_rows){ &foreseen->value, 1, 1, false };
	return 0;
}
