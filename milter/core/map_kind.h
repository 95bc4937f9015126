/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MAP_KIND_H
#define CORE_MAP_KIND_H

/* What a kind of map brings: map.c finds it by the word before the colon. */

#include "core/map.h"
#include "core/pool.h"

struct map_home {
	struct problems *problems;
	size_t connections; /* of each pool */
	struct pool **pools;
	size_t pool_count;
	unsigned depth; /* maps named in files of maps */
};

struct map_kind {
	const char *name;
	/* text: what stands behind the colon. state below mem. */
	int (*open)(void *mem, struct map_home *home, const char *text,
		    void **state, struct err *err);
	int (*find)(struct lookup *lookup, const void *state,
		    struct slice key, const char **value, struct err *err);
	/* May be NULL, as scans. */
	void (*expect)(struct lookup *lookup, const void *state,
		       unsigned occasion, struct slice key);
	int (*scans)(struct lookup *lookup, const void *state,
		     struct slice key, char **detail, struct err *err);
};

extern const struct map_kind map_mysql, map_sqlite;   /* map_sql.c */
extern const struct map_kind map_texthash, map_inline, map_static;
						      /* map_table.c */

#endif
