/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MAP_H
#define CORE_MAP_H

/*
 * Look-up tables, named as Postfix names them: mysql:FILE and sqlite:FILE
 * (mysql_table(5), sqlite_table(5)), texthash:FILE, inline:{KEY=VALUE, ...}
 * and static:VALUE; proxy:TYPE:... means the same as TYPE:... Keys are folded
 * to lower case. Maps are read-only once open, but for what they learn (see
 * map_expect()), and shared by all threads.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/problem.h"
#include "base/str.h"

#define MAP_NEST_MAX 3    /* maps named in the file of a map */
#define MAP_ROWS_MAX 5000 /* of one answer; more are an error */
#define MAP_OCCASIONS 16  /* for map_expect() */

struct map;

/* What is shared by the maps of one policy: pools of connections. */
struct map_home;
struct map_home *map_home_new(void *mem, size_t connections,
			      struct problems *problems);

/* One recipient's look-ups: how long they may take, and who watches. Values
 * hang below mem. One thread. */
struct lookup {
	void *mem;
	int64_t deadline; /* clock_ms() */
	size_t count;     /* look-ups so far */
	/* value: NULL if there is none; error: NULL if there is none. */
	void (*trace)(void *arg, const struct map *map, struct slice key,
		      const char *value, const char *error, int64_t us);
	void *arg;
	/* What map_expect() noted; before foreseen_new: what was answered
	 * earlier. 0 and 0 forget it. */
	struct map_foreseen *foreseen;
	size_t foreseen_count, foreseen_new;
};

/* spec: "mysql:/etc/postfix/x.cf". Errors: configuration; a database that is
 * down is none. Below the home. */
struct map *map_open(struct map_home *home, struct slice spec,
		     struct err *err);
const char *map_name(const struct map *map);
/* 1 with *value, 0 if the key is not there, -1 if that cannot be told. */
int map_find(struct lookup *lookup, const struct map *map, struct slice key,
	     const char **value, struct err *err);
/*
 * The key may be looked up too: once map_find() has to ask a database, it may
 * ask for all such keys at once. A map learns which of them are asked for
 * afterwards, on each occasion that the caller tells apart, and leaves out the
 * others as long as nothing says that they are needed.
 */
void map_expect(struct lookup *lookup, const struct map *map,
		unsigned occasion, struct slice key);
/* What was noted so far is not going to be looked up any more. */
void map_settle(struct lookup *lookup);
/* True for maps that ask a database. */
bool map_is_sql(const struct map *map);
/* Whether looking key up reads a whole table: 1 with its name in *detail
 * (below lookup->mem), 0, or -1 if that cannot be told. */
int map_scans(struct lookup *lookup, const struct map *map, struct slice key,
	      char **detail, struct err *err);

/* Maps in a row, as in virtual_alias_maps. */
struct map_list {
	struct map **maps;
	size_t count;
};
int map_list_open(struct map_home *home, const char *text,
		  struct map_list *list, struct err *err);
/* The first map that has the key answers. */
int map_list_find(struct lookup *lookup, const struct map_list *list,
		  struct slice key, const char **value, struct err *err);
void map_list_expect(struct lookup *lookup, const struct map_list *list,
		     unsigned occasion, struct slice key);

/* Takes the next word of a Postfix list off the front: separated by commas and
 * blanks, except within {}. */
bool map_word(struct slice *rest, struct slice *word);
/* Opens one more level of files; map_leave() ends it. */
int map_enter(struct map_home *home, struct err *err);
void map_leave(struct map_home *home);

#endif
