/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_TEMPLATE_H
#define CORE_TEMPLATE_H

/*
 * The `query` and `result_format` of Postfix's mysql_table(5) and
 * sqlite_table(5): text with places such as %s, %u and %d. What Postfix leaves
 * out (keys without a domain, empty results) is left out here.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

#define TEMPLATE_PARTS_MAX 9 /* %1 to %9 */

/* An address, or a bare name, taken apart at its last @. */
struct template_parts {
	struct slice whole;
	struct slice user;   /* all of it, if there is no @ */
	struct slice domain; /* none, if there is no @ */
	struct slice labels[TEMPLATE_PARTS_MAX]; /* the last one first */
	size_t label_count;
};

struct template_piece {
	char kind; /* 0: text; s u d S U D 1-9: place */
	struct slice text;
};

struct template {
	struct template_piece *pieces;
	size_t count;
	/* What the key, or the value, must have for this template. */
	bool key_user, key_domain, value_user, value_domain;
	size_t labels; /* of the key's domain */
};

/*
 * A query with a ? for each quoted text that has places in it, for databases
 * that keep a statement they have seen; params are what stood between the
 * quotes.
 */
struct template_statement {
	const char *text; /* NULL: the query cannot be put so */
	struct template *params;
	size_t count;
	/* SELECT column rows: set if the column is one value of each row, and
	 * the rows are the same for any such column. */
	const char *column, *rows;
	bool is_number; /* the column: the same for all rows */
};

/* Appends a value where it stands in the text; -1 with err set. */
struct template_quote {
	int (*add)(void *arg, struct slice value, struct buf *out,
		   struct err *err);
	void *arg;
};

/*
 * Reads text (copied below mem). query: the places take the key, and must
 * stand in quotes, since quoting protects nothing elsewhere; quotes holds the
 * characters that quote text in that SQL. Errors: configuration.
 */
int template_parse(void *mem, const char *text, bool query,
		   const char *quotes, struct template *template,
		   struct err *err);
/* Below mem. What it cannot tell for sure it leaves to the query as text. */
void template_prepare(void *mem, const struct template *query,
		      struct template_statement *statement);
/* Sets column and rows, if that is sure. */
void template_divide(void *mem, struct template_statement *statement);
void template_split(struct slice text, struct template_parts *parts);
/* Whether the key has what the template asks of keys. */
bool template_takes_key(const struct template *template,
			const struct template_parts *key);
/* The same for a value, that is a column of the result. */
bool template_takes_value(const struct template *template,
			  const struct template_parts *value);
/* True with its value if the template is nothing but one place. */
bool template_place(const struct template *template,
		    const struct template_parts *key, struct slice *value);
/* value: as key for queries. quote may be NULL. */
int template_expand(const struct template *template,
		    const struct template_parts *key,
		    const struct template_parts *value,
		    const struct template_quote *quote, struct buf *out,
		    struct err *err);

#endif
