/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a map file, as a query with a key, and as a list of maps; a key
 * must never leave the quotes that the query puts around it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "core/map.h"
#include "core/mapfile.h"
#include "core/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Keys become a mark; outside of quotes it would be an injection. */
static int
fuzz_mark(void *arg, struct slice value, struct buf *out, struct err *err)
{
	buf_char(out, '\1');
	return 0;
}

static void
fuzz_quotes(struct slice sql)
{
	bool quoted = false;

	for (size_t i = 0; i < sql.len; i++) {
		if (sql.data[i] == '\1' && !quoted)
			abort();
		quoted ^= sql.data[i] == '\'';
	}
}

/* The column is whole: all that it opens it closes. */
static void
fuzz_divided(const struct template_statement *statement)
{
	long depth = 0;
	bool quoted = false;

	if (statement->column == NULL)
		return;
	if (strstr(statement->text, statement->column) == NULL ||
	    strstr(statement->text, statement->rows) == NULL)
		abort();
	for (const char *c = statement->column; *c != '\0'; c++) {
		quoted ^= *c == '\'';
		if (quoted)
			continue;
		depth += (*c == '(') - (*c == ')');
		if (depth < 0 || (*c == ',' && depth == 0))
			abort();
	}
	if (quoted || depth != 0)
		abort();
}

static void
fuzz_template(void *mem, struct slice text, struct slice key)
{
	struct template_quote quote = { fuzz_mark, NULL };
	struct template_parts parts;
	struct template template;
	struct template_statement statement;
	struct buf out = BUF(mem);
	struct err err;

	if (memchr(text.data, '\1', text.len) != NULL ||
	    memchr(text.data, '"', text.len) != NULL ||
	    memchr(text.data, '`', text.len) != NULL ||
	    template_parse(mem, slice_string(mem, text), true, "'", &template,
			   &err) < 0)
		return;
	template_prepare(mem, &template, &statement);
	fuzz_divided(&statement);
	template_split(key, &parts);
	if (!template_takes_key(&template, &parts) ||
	    template_expand(&template, &parts, &parts, &quote, &out, &err) < 0)
		return;
	fuzz_quotes(buf_view(&out));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct slice all = { mem_strndup(mem, (const char *)data, size),
			     size };
	size_t line = slice_find(all, 0, '\n');
	struct problems *problems = problems_new(mem);
	struct map_home *home = map_home_new(mem, 1, problems);
	struct lookup lookup = { .mem = mem, .deadline = clock_ms() + 1000 };
	struct mapfile *file;
	const char *value;
	struct map *map;
	struct err err;

	file = mapfile_parse(mem, "fuzz", all, problems, &err);
	if (file != NULL) {
		mapfile_text(file, "query", "");
		mapfile_check(file);
	}
	fuzz_template(mem, slice_cut(all, 0, line), slice_from(all, line + 1));
	map = map_open(home,
		       slice_of(mem_printf(mem, "inline:%.*s", (int)line,
					   all.data)), &err);
	if (map != NULL)
		map_find(&lookup, map, slice_from(all, line + 1), &value,
			 &err);
	mem_free(mem);
	return 0;
}
