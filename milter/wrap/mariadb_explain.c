/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a query reads whole tables, by what MariaDB says of its plan.
 */
#include "wrap/mariadb_private.h"

#include "base/mem.h"

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

int
mariadb_scans(void *mem, struct sql_connection *connection, struct slice sql,
	      int64_t deadline, char **detail, struct err *err)
{
	struct buf explain = BUF(mem);
	struct sql_rows plan;

	buf_text(&explain, "EXPLAIN ");
	buf_slice(&explain, sql);
	if (mariadb_query(mem, connection, buf_view(&explain), 1000, deadline,
			  &plan, err) < 0)
		return mariadb_may_not_explain(connection)
			       ? mariadb_scans_counted(mem, connection, sql,
						       deadline, detail, err)
			       : -1;
	if (plan.columns <= PLAN_ROWS)
		return err_temporary(err, "mysql: EXPLAIN answers in a form "
				     "that is not known");
	for (size_t i = 0; i < plan.rows; i++) {
		const struct slice *line = &plan.values[i * plan.columns];

		if (!mariadb_plan_scans(line))
			continue;
		*detail = slice_string(mem, line[PLAN_TABLE]);
		return 1;
	}
	return 0;
}
