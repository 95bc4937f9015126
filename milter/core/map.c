/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/map.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "core/map_kind.h"
#include "mail/address.h"

struct map {
	const char *name;
	const struct map_kind *kind;
	void *state;
};

static const struct map_kind *const map_kinds[] = {
	&map_mysql, &map_sqlite, &map_texthash, &map_inline, &map_static,
};

#define MAP_KINDS (sizeof(map_kinds) / sizeof(*map_kinds))

struct map_home *
map_home_new(void *mem, size_t connections, struct problems *problems)
{
	struct map_home *home = mem_new(mem, struct map_home);

	home->connections = connections;
	home->problems = problems;
	return home;
}

int
map_enter(struct map_home *home, struct err *err)
{
	if (home->depth >= MAP_NEST_MAX)
		return err_config(err, "maps are named within maps too deeply");
	home->depth++;
	return 0;
}

void
map_leave(struct map_home *home)
{
	home->depth--;
}

static const struct map_kind *
map_kind_find(struct slice name)
{
	for (size_t i = 0; i < MAP_KINDS; i++)
		if (slice_is(name, map_kinds[i]->name))
			return map_kinds[i];
	return NULL;
}

static int
map_kind_unknown(struct slice spec, struct slice kind, struct err *err)
{
	char shown[80];

	snprintf(shown, sizeof(shown), "%.*s", (int)(spec.len < 79 ? spec.len
			: 79), spec.data);
	if (slice_is(kind, "hash") || slice_is(kind, "btree") ||
	    slice_is(kind, "lmdb") || slice_is(kind, "cdb"))
		return err_config(err, "%s: compiled tables are not read; "
				  "texthash: reads their source", shown);
	return err_config(err, "%s: the kinds of maps are mysql:, sqlite:, "
			  "texthash:, inline: and static:", shown);
}

struct map *
map_open(struct map_home *home, struct slice spec, struct err *err)
{
	struct map *map = mem_new(home, struct map);
	struct slice rest = spec;
	size_t colon;
	char *text;
	int result;

	if (slice_starts(rest, "proxy:"))
		rest = slice_from(rest, strlen("proxy:"));
	colon = slice_find(rest, 0, ':');
	map->kind = map_kind_find(slice_cut(rest, 0, colon));
	if (colon == rest.len || map->kind == NULL) {
		map_kind_unknown(spec, slice_cut(rest, 0, colon), err);
		return NULL;
	}
	map->name = slice_string(map, spec);
	text = slice_string(map, slice_from(rest, colon + 1));
	if (map_enter(home, err) < 0)
		return NULL;
	result = map->kind->open(map, home, text, &map->state, err);
	map_leave(home);
	if (result == 0)
		return map;
	err_prefix(err, "%s", map->name);
	return NULL;
}

const char *
map_name(const struct map *map)
{
	return map->name;
}

bool
map_is_sql(const struct map *map)
{
	return map->kind->scans != NULL;
}

int
map_find(struct lookup *lookup, const struct map *map, struct slice key,
	 const char **value, struct err *err)
{
	struct slice folded = address_fold(lookup->mem, key);
	int64_t began = clock_us();
	int result;

	*value = NULL;
	lookup->count++;
	result = map->kind->find(lookup, map->state, folded, value, err);
	if (result < 0)
		err_prefix(err, "%s", map->name);
	if (lookup->trace != NULL)
		lookup->trace(lookup->arg, map, folded,
			      result > 0 ? *value : NULL,
			      result < 0 ? err->text : NULL,
			      clock_us() - began);
	return result;
}

void
map_expect(struct lookup *lookup, const struct map *map, unsigned occasion,
	   struct slice key)
{
	/* Who watches wants to see each look-up by itself. */
	if (map->kind->expect != NULL && lookup->trace == NULL)
		map->kind->expect(lookup, map->state, occasion,
				  address_fold(lookup->mem, key));
}

int
map_scans(struct lookup *lookup, const struct map *map, struct slice key,
	  char **detail, struct err *err)
{
	if (map->kind->scans == NULL)
		return 0;
	return map->kind->scans(lookup, map->state,
				address_fold(lookup->mem, key), detail, err);
}

static bool
map_is_blank(char c)
{
	return c == ',' || str_is_space((unsigned char)c);
}

bool
map_word(struct slice *rest, struct slice *word)
{
	size_t start = 0, end, depth = 0;

	while (start < rest->len && map_is_blank(rest->data[start]))
		start++;
	for (end = start; end < rest->len; end++) {
		char c = rest->data[end];

		if (c == '{')
			depth++;
		else if (c == '}' && depth > 0)
			depth--;
		else if (depth == 0 && map_is_blank(c))
			break;
	}
	*word = slice_cut(*rest, start, end);
	*rest = slice_from(*rest, end);
	return word->len != 0;
}

int
map_list_open(struct map_home *home, const char *text,
	      struct map_list *list, struct err *err)
{
	struct slice rest = slice_of(text), word;

	*list = (struct map_list){ 0 };
	while (map_word(&rest, &word)) {
		struct map *map = map_open(home, word, err);

		if (map == NULL)
			return -1;
		mem_grow(home, list->maps, list->count);
		list->maps[list->count++] = map;
	}
	return 0;
}

int
map_list_find(struct lookup *lookup, const struct map_list *list,
	      struct slice key, const char **value, struct err *err)
{
	for (size_t i = 0; i < list->count; i++) {
		int result = map_find(lookup, list->maps[i], key, value, err);

		if (result != 0)
			return result;
	}
	return 0;
}

void
map_list_expect(struct lookup *lookup, const struct map_list *list,
		unsigned occasion, struct slice key)
{
	for (size_t i = 0; i < list->count; i++)
		map_expect(lookup, list->maps[i], occasion, key);
}
