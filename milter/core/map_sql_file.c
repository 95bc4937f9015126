/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of mysql:FILE and sqlite:FILE: those of mysql_table(5) and
 * sqlite_table(5). One difference is meant: a query whose places stand outside
 * of quotes is refused.
 */
#include "core/map_sql.h"

#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "core/mapfile.h"
#include "core/match.h"

#define MAP_SQL_HOSTS_MAX 32

/* "host", "host:port", "[address]:port" behind inet:, or unix:PATH. */
static int
map_sql_host(struct mapfile *file, struct slice word,
	     struct sql_target *target, struct err *err)
{
	size_t colon = word.len, end = word.len;
	int64_t port = 0;

	if (slice_starts(word, "unix:")) {
		target->host = slice_string(file, slice_from(word, 5));
		if (target->host[0] == '/')
			return 0;
		return err_config(err, "%s:%u: hosts: %s is no absolute path",
				  file->path, mapfile_where(file, "hosts"),
				  target->host);
	}
	if (slice_starts(word, "inet:"))
		word = slice_from(word, 5);
	colon = end = word.len;
	if (word.len > 0 && word.data[0] == '[') {
		end = slice_find(word, 0, ']');
		colon = end + 1;
		word = slice_from(word, 1);
		end--, colon--;
	} else if (slice_find(word, 0, ':') < word.len) {
		end = colon = slice_find(word, 0, ':');
	}
	target->host = slice_string(file, slice_cut(word, 0, end));
	if (target->host[0] == '\0' || strchr(target->host, '/') != NULL ||
	    (colon < word.len &&
	     (!str_int64(slice_string(file, slice_from(word, colon + 1)),
			 &port) || port < 1 || port > 65535)))
		return err_config(err, "%s:%u: hosts: expected unix:/path, "
				  "inet:host or inet:host:port", file->path,
				  mapfile_where(file, "hosts"));
	target->port = (unsigned)port;
	return 0;
}

/* Sockets of this machine first, as Postfix does, then in the order given. */
static int
map_sql_hosts(struct mapfile *file, const struct sql_target *common,
	      struct sql_target *targets, size_t *count, struct err *err)
{
	const char *text = mapfile_text(file, "hosts", "localhost");
	struct slice word;

	*count = 0;
	if (*slice_trim(slice_of(text)).data == '\0')
		text = "localhost";
	for (int inet = 0; inet <= 1; inet++) {
		struct slice rest = slice_of(text);

		while (map_word(&rest, &word)) {
			if (slice_starts(word, "unix:") == (inet == 1))
				continue;
			if (*count == MAP_SQL_HOSTS_MAX)
				return err_config(err, "%s: over %d hosts",
						  file->path,
						  MAP_SQL_HOSTS_MAX);
			targets[*count] = *common;
			if (map_sql_host(file, word, &targets[(*count)++],
					 err) < 0)
				return -1;
		}
	}
	return 0;
}

static void
map_sql_check_mode(struct mapfile *file, const char *password)
{
	struct stat info;

	if (*password != '\0' && stat(file->path, &info) == 0 &&
	    (info.st_mode & S_IROTH) != 0)
		problem_add(file->problems, PROBLEM_WARNING, file->path,
			    mapfile_where(file, "password"),
			    "the file holds a password, and everybody may "
			    "read it");
}

static int
map_sql_target(struct mapfile *file, struct sql_target *target,
	       struct err *err)
{
	size_t ignored;

	*target = (struct sql_target){
		.user = mapfile_text(file, "user", ""),
		.password = mapfile_text(file, "password", ""),
		.dbname = mapfile_text(file, "dbname", ""),
		.charset = mapfile_text(file, "charset", "utf8mb4"),
		.option_file = mapfile_text(file, "option_file", NULL),
		.option_group = mapfile_text(file, "option_group", "client"),
		.tls_ca = mapfile_text(file, "tls_CAfile", NULL),
		.tls_ca_path = mapfile_text(file, "tls_CApath", NULL),
		.tls_cert = mapfile_text(file, "tls_cert_file", NULL),
		.tls_key = mapfile_text(file, "tls_key_file", NULL),
		.tls_ciphers = mapfile_text(file, "tls_ciphers", NULL),
	};
	map_sql_check_mode(file, target->password);
	/* Postfix 3.9 has these two; our pool has its own times. */
	if (mapfile_count(file, "idle_interval", 0, &ignored, err) < 0 ||
	    mapfile_count(file, "retry_interval", 0, &ignored, err) < 0)
		return -1;
	return mapfile_bool(file, "tls_verify_cert", false,
			    &target->tls_verify, err);
}

static struct pool *
map_sql_pool(struct map_home *home, const struct sql_driver *driver,
	     const struct sql_target *targets, size_t count)
{
	for (size_t i = 0; i < home->pool_count; i++)
		if (pool_matches(home->pools[i], driver, targets, count))
			return home->pools[i];
	mem_grow(home, home->pools, home->pool_count);
	home->pools[home->pool_count] =
		pool_new(home, driver, targets, count, home->connections);
	return home->pools[home->pool_count++];
}

/* The query, or what the settings before Postfix 2.2 make one of. */
static const char *
map_sql_query(struct mapfile *file, struct err *err)
{
	const char *query = mapfile_text(file, "query", NULL);
	const char *field = mapfile_text(file, "select_field", NULL);
	const char *table = mapfile_text(file, "table", NULL);
	const char *where = mapfile_text(file, "where_field", NULL);
	const char *more = mapfile_text(file, "additional_conditions", "");

	if (query != NULL && *query != '\0')
		return query;
	if (query == NULL && field != NULL && table != NULL && where != NULL)
		return mem_printf(file, "SELECT %s FROM %s WHERE %s = '%%s' %s",
				  field, table, where, more);
	err_config(err, "%s: there is no query", file->path);
	return NULL;
}

static int
map_sql_templates(struct map_sql *sql, struct mapfile *file,
		  const char *quotes, struct err *err)
{
	const char *query = map_sql_query(file, err);
	const char *format = mapfile_text(file, "result_format", "%s");

	if (query == NULL)
		return -1;
	if (query[0] == '"' || query[0] == '\'')
		return err_config(err, "%s:%u: the query stands in quotes: "
				  "they would be part of it", file->path,
				  mapfile_where(file, "query"));
	if (template_parse(sql, query, true, quotes, &sql->query, err) < 0)
		return err_prefix(err, "%s:%u: query", file->path,
				  mapfile_where(file, "query"));
	template_prepare(sql, &sql->query, &sql->statement);
	if (template_parse(sql, format, false, "", &sql->format, err) < 0)
		return err_prefix(err, "%s:%u: result_format", file->path,
				  mapfile_where(file, "result_format"));
	return 0;
}

static int
map_sql_common(struct map_sql *sql, struct map_home *home,
	       struct mapfile *file, const char *quotes, struct err *err)
{
	const char *domains = mapfile_text(file, "domain", "");

	if (map_sql_templates(sql, file, quotes, err) < 0 ||
	    mapfile_count(file, "expansion_limit", 0, &sql->expansion_limit,
			  err) < 0)
		return -1;
	if (*domains == '\0')
		return 0;
	sql->domains = match_open(home, domains, false, err);
	return sql->domains != NULL
		       ? 0
		       : err_prefix(err, "%s:%u: domain", file->path,
				    mapfile_where(file, "domain"));
}

static int
map_mysql_read(struct map_sql *sql, struct map_home *home,
	       struct mapfile *file, struct err *err)
{
	struct sql_target common, targets[MAP_SQL_HOSTS_MAX];
	size_t count;

	if (map_sql_common(sql, home, file, "'\"\\", err) < 0 ||
	    map_sql_target(file, &common, err) < 0 ||
	    map_sql_hosts(file, &common, targets, &count, err) < 0 ||
	    mapfile_bool(file, "require_result_set", true,
			 &sql->require_result_set, err) < 0)
		return -1;
	sql->pool = map_sql_pool(home, &sql_mariadb, targets, count);
	return 0;
}

static int
map_sqlite_read(struct map_sql *sql, struct map_home *home,
		struct mapfile *file, struct err *err)
{
	struct sql_target target = {
		.path = mapfile_text(file, "dbpath", NULL),
	};

	if (map_sql_common(sql, home, file, "'", err) < 0)
		return -1;
	if (target.path == NULL || *target.path == '\0')
		return err_config(err, "%s: dbpath is not set", file->path);
	sql->pool = map_sql_pool(home, &sql_sqlite, &target, 1);
	return 0;
}

static int
map_sql_open(void *mem, struct map_home *home, const char *path,
	     int (*reader)(struct map_sql *sql, struct map_home *home,
			   struct mapfile *file, struct err *err),
	     void **state, struct err *err)
{
	struct map_sql *sql = mem_new(mem, struct map_sql);
	struct mapfile *file;

	if (path[0] != '/' && path[0] != '.')
		return err_config(err, "tables described in main.cf are not "
				  "read; name a file");
	file = mapfile_read(mem, path, home->problems, err);
	if (file == NULL || reader(sql, home, file, err) < 0)
		return -1;
	mapfile_check(file);
	sql->habits = mem_new(mem, struct map_habits);
	*state = sql;
	return 0;
}

int
map_mysql_open(void *mem, struct map_home *home, const char *path,
	       void **state, struct err *err)
{
	return map_sql_open(mem, home, path, map_mysql_read, state, err);
}

int
map_sqlite_open(void *mem, struct map_home *home, const char *path,
		void **state, struct err *err)
{
	return map_sql_open(mem, home, path, map_sqlite_read, state, err);
}
