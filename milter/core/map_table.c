/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps without a database: texthash:FILE (the source of a hash: table),
 * inline:{...} and static:VALUE.
 */
#include "core/map_kind.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/mapfile.h"
#include "mail/address.h"

struct map_entry {
	const char *key, *value;
	unsigned line;
};

struct map_table {
	struct map_entry *entries; /* sorted by key */
	size_t count;
};

static int
map_entry_compare(const void *a, const void *b)
{
	const struct map_entry *left = a, *right = b;
	int order = strcmp(left->key, right->key);

	if (order != 0)
		return order;
	return left->line < right->line ? -1 : left->line > right->line;
}

static void
map_table_add(struct map_table *table, struct slice key, struct slice value,
	      unsigned line)
{
	mem_grow(table, table->entries, table->count);
	table->entries[table->count++] = (struct map_entry){
		slice_string(table, address_fold(table, key)),
		slice_string(table, value), line };
}

/* Sorts; of equal keys the last one counts, as with Postfix's postmap. */
static void
map_table_close(struct map_table *table, const char *path,
		struct problems *problems)
{
	size_t used = 0;

	if (table->count == 0)
		return;
	qsort(table->entries, table->count, sizeof(*table->entries),
	      map_entry_compare);
	for (size_t i = 0; i < table->count; i++) {
		if (i > 0 && strcmp(table->entries[i].key,
				    table->entries[used - 1].key) == 0) {
			problem_add(problems, PROBLEM_WARNING, path,
				    table->entries[i].line, "the key \"%.200s\""
				    " was there before; this line counts",
				    table->entries[i].key);
			used--;
		}
		table->entries[used++] = table->entries[i];
	}
	table->count = used;
}

static int
map_texthash_line(struct map_table *table, struct map_home *home,
		  const char *path, struct slice line, unsigned number)
{
	size_t end = 0;

	while (end < line.len && !str_is_space((unsigned char)line.data[end]))
		end++;
	if (end == 0 || slice_trim(slice_from(line, end)).len == 0 ||
	    memchr(line.data, '\0', line.len) != NULL) {
		problem_add(home->problems, PROBLEM_ERROR, path, number,
			    "expected \"key value\"");
		return -1;
	}
	map_table_add(table, slice_cut(line, 0, end),
		      slice_trim(slice_from(line, end)), number);
	return 0;
}

static int
map_texthash_open(void *mem, struct map_home *home, const char *path,
		  void **state, struct err *err)
{
	struct map_table *table = mem_new(mem, struct map_table);
	unsigned number = 0, first, wrong = 0;
	struct buf line = BUF(table);
	struct slice rest;

	if (mapfile_load(table, path, &rest, err) < 0)
		return -1;
	while (mapfile_line(&rest, &line, &number, &first))
		if (map_texthash_line(table, home, path, buf_view(&line),
				      first) < 0 && wrong++ == 0)
			err_config(err, "%s:%u: expected \"key value\"", path,
				   first);
	if (wrong != 0)
		return -1;
	map_table_close(table, path, home->problems);
	*state = table;
	return 0;
}

static int
map_inline_item(struct map_table *table, struct slice item, struct err *err)
{
	size_t equals;

	if (item.len >= 2 && item.data[0] == '{' &&
	    item.data[item.len - 1] == '}')
		item = slice_trim(slice_cut(item, 1, item.len - 1));
	equals = slice_find(item, 0, '=');
	if (equals == 0 || equals == item.len)
		return err_config(err, "expected {key=value, ...}");
	map_table_add(table, slice_trim(slice_cut(item, 0, equals)),
		      slice_trim(slice_from(item, equals + 1)),
		      (unsigned)table->count + 1);
	return 0;
}

static int
map_inline_open(void *mem, struct map_home *home, const char *text,
		void **state, struct err *err)
{
	struct map_table *table = mem_new(mem, struct map_table);
	struct slice rest = slice_trim(slice_of(text)), item;

	if (rest.len < 2 || rest.data[0] != '{' ||
	    rest.data[rest.len - 1] != '}')
		return err_config(err, "expected {key=value, ...}");
	rest = slice_cut(rest, 1, rest.len - 1);
	while (map_word(&rest, &item))
		if (map_inline_item(table, item, err) < 0)
			return -1;
	map_table_close(table, "inline", home->problems);
	*state = table;
	return 0;
}

static int
map_table_find(struct lookup *lookup, const void *state, struct slice key,
	       const char **value, struct err *err)
{
	const struct map_table *table = state;
	struct map_entry wanted = { .key = slice_string(lookup->mem, key) };
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(wanted.key, table->entries[middle].key);

		if (order == 0) {
			*value = table->entries[middle].value;
			return 1;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return 0;
}

static int
map_static_open(void *mem, struct map_home *home, const char *text,
		void **state, struct err *err)
{
	struct slice value = slice_trim(slice_of(text));

	if (value.len >= 2 && value.data[0] == '{' &&
	    value.data[value.len - 1] == '}')
		value = slice_trim(slice_cut(value, 1, value.len - 1));
	if (value.len == 0)
		return err_config(err, "expected a value");
	*state = slice_string(mem, value);
	return 0;
}

static int
map_static_find(struct lookup *lookup, const void *state, struct slice key,
		const char **value, struct err *err)
{
	*value = state;
	return 1;
}

const struct map_kind map_texthash = {
	.name = "texthash", .open = map_texthash_open, .find = map_table_find,
};

const struct map_kind map_inline = {
	.name = "inline", .open = map_inline_open, .find = map_table_find,
};

const struct map_kind map_static = {
	.name = "static", .open = map_static_open, .find = map_static_find,
};
