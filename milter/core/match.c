/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/match.h"

#include <string.h>

#include "base/mem.h"
#include "core/map_kind.h"
#include "core/mapfile.h"
#include "mail/address.h"

struct match_item {
	bool excludes;
	struct slice name; /* folded; none if it is a map */
	struct map *map;
};

struct match {
	struct match_item *items;
	size_t count;
	bool parents;
	struct map_list maps;
};

static int match_read(struct match *match, struct map_home *home,
		      struct slice text, struct err *err);

static int
match_file(struct match *match, struct map_home *home, const char *path,
	   struct err *err)
{
	struct buf line = BUF(match);
	unsigned number = 0, first;
	struct slice rest;

	if (mapfile_load(match, path, &rest, err) < 0)
		return -1;
	while (mapfile_line(&rest, &line, &number, &first)) {
		/* Words are slices of what must stay. */
		char *kept = slice_string(match, buf_view(&line));

		if (match_read(match, home, slice_of(kept), err) < 0)
			return err_prefix(err, "%s:%u", path, first);
	}
	return 0;
}

static int
match_word(struct match *match, struct map_home *home, struct slice word,
	   struct err *err)
{
	struct match_item item = { 0 };
	int result;

	while (word.len > 0 && word.data[0] == '!') {
		item.excludes = !item.excludes;
		word = slice_from(word, 1);
	}
	if (word.len > 0 && word.data[0] == '/') {
		if (item.excludes)
			return err_config(err, "! before a file is not known");
		if (map_enter(home, err) < 0)
			return -1;
		result = match_file(match, home, slice_string(match, word),
				    err);
		map_leave(home);
		return result;
	}
	if (slice_find(word, 0, ':') < word.len && word.data[0] != '[') {
		item.map = map_open(home, word, err);
		if (item.map == NULL)
			return -1;
		mem_grow(match, match->maps.maps, match->maps.count);
		match->maps.maps[match->maps.count++] = item.map;
	} else {
		item.name = address_fold(match, word);
	}
	mem_grow(match, match->items, match->count);
	match->items[match->count++] = item;
	return 0;
}

static int
match_read(struct match *match, struct map_home *home, struct slice text,
	   struct err *err)
{
	struct slice word;

	while (map_word(&text, &word))
		if (match_word(match, home, word, err) < 0)
			return -1;
	return 0;
}

struct match *
match_open(struct map_home *home, const char *text, bool parents,
	   struct err *err)
{
	struct match *match = mem_new(home, struct match);

	match->parents = parents;
	return match_read(match, home, slice_of(text), err) == 0 ? match
								  : NULL;
}

const struct map_list *
match_maps(const struct match *match)
{
	return &match->maps;
}

/* The domain above this one; empty at the end. */
static struct slice
match_parent(struct slice domain)
{
	return slice_from(domain, slice_find(domain, 0, '.') + 1);
}

static int
match_item_find(struct lookup *lookup, const struct match *match,
		const struct match_item *item, struct slice domain,
		struct err *err)
{
	const char *value;
	int result = 0;

	while (domain.len != 0 && result == 0) {
		if (item->map != NULL)
			result = map_find(lookup, item->map, domain, &value,
					  err);
		else
			result = slice_equal_nocase(item->name, domain);
		if (!match->parents)
			break;
		domain = match_parent(domain);
	}
	return result;
}

int
match_find(struct lookup *lookup, const struct match *match,
	   struct slice domain, struct err *err)
{
	domain = address_fold(lookup->mem, domain);
	for (size_t i = 0; i < match->count; i++) {
		int result = match_item_find(lookup, match, &match->items[i],
					     domain, err);

		if (result < 0)
			return -1;
		if (result > 0)
			return !match->items[i].excludes;
	}
	return 0;
}
