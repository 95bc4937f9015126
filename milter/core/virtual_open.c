/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/virtual_run.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

static int
virtual_open_list(struct map_home *home, const struct config *config,
		  const char *key, struct map_list *list, struct err *err)
{
	if (map_list_open(home, config_string(config, key), list, err) < 0)
		return err_prefix(err, "%s", key);
	return 0;
}

static int
virtual_open_match(struct map_home *home, const struct config *config,
		   const char *key, bool parents, struct match **match,
		   struct err *err)
{
	*match = match_open(home, config_string(config, key), parents, err);
	return *match != NULL ? 0 : err_prefix(err, "%s", key);
}

static int
virtual_open_domains(struct virtual *virtual, struct map_home *home,
		     const struct config *config, struct err *err)
{
	struct slice alias =
		slice_of(config_string(config, "virtual_alias_domains"));

	virtual->alias_keys_are_domains =
		slice_is(slice_trim(alias), "$virtual_alias_maps");
	if (!virtual->alias_keys_are_domains &&
	    virtual_open_match(home, config, "virtual_alias_domains", false,
			       &virtual->alias_domains, err) < 0)
		return -1;
	if (virtual_open_match(home, config, "virtual_mailbox_domains", false,
			       &virtual->mailbox_domains, err) < 0)
		return -1;
	return virtual_open_match(home, config, "relay_domains", true,
				  &virtual->relay_domains, err);
}

struct virtual *
virtual_open(void *mem, const struct config *config,
	     struct problems *problems, struct err *err)
{
	struct virtual *virtual = mem_new(mem, struct virtual);
	struct map_home *home = map_home_new(
		virtual, (size_t)config_int(config, "sql_connections"),
		problems);

	virtual->delimiters = mem_strdup(
		virtual, config_string(config, "recipient_delimiter"));
	virtual->recursion_limit = (size_t)config_int(
		config, "virtual_alias_recursion_limit");
	virtual->expansion_limit = (size_t)config_int(
		config, "virtual_alias_expansion_limit");
	virtual->length_limit = (size_t)config_int(
		config, "virtual_alias_address_length_limit");
	if (virtual_open_domains(virtual, home, config, err) < 0 ||
	    virtual_open_list(home, config, "virtual_mailbox_maps",
			      &virtual->mailbox_maps, err) < 0 ||
	    virtual_open_list(home, config, "virtual_alias_maps",
			      &virtual->alias_maps, err) < 0 ||
	    virtual_open_list(home, config, "relay_recipient_maps",
			      &virtual->relay_maps, err) < 0) {
		mem_free(virtual);
		return NULL;
	}
	return virtual;
}

void
virtual_remember(struct virtual *virtual, size_t domains, int64_t time)
{
	if (domains > 0 && time > 0)
		virtual->domains = answers_new(virtual, domains);
	virtual->domain_time = time;
}

/* Asks one map about a key that no table should have. */
static void
virtual_lint_map(const struct map *map, const char *key, const char *sample,
		 int64_t time_limit, struct problems *problems)
{
	struct lookup lookup = { .mem = mem_context(NULL, "virtual_lint"),
				 .deadline = clock_ms() + time_limit };
	char *table = NULL;
	const char *value;
	struct err err;
	int scans;

	if (map_find(&lookup, map, slice_of(sample), &value, &err) < 0) {
		problem_add(problems, PROBLEM_ERROR, NULL, 0, "%s: %s", key,
			    err.text);
		mem_free(lookup.mem);
		return;
	}
	scans = map_scans(&lookup, map, slice_of(sample), &table, &err);
	if (scans < 0)
		problem_add(problems, PROBLEM_WARNING, NULL, 0,
			    "%s: %s: cannot tell whether the query scans "
			    "tables: %s", key, map_name(map), err.text);
	else if (scans > 0)
		problem_add(problems, PROBLEM_WARNING, NULL, 0,
			    "%s: %s: the query reads all rows of %s each time;"
			    " see sql/README.md for one that an index serves",
			    key, map_name(map), table);
	mem_free(lookup.mem);
}

static void
virtual_lint_list(const struct map_list *list, const char *key,
		  const char *sample, int64_t time_limit,
		  struct problems *problems)
{
	for (size_t i = 0; i < list->count; i++)
		if (map_is_sql(list->maps[i]))
			virtual_lint_map(list->maps[i], key, sample,
					 time_limit, problems);
}

void
virtual_lint(const struct virtual *virtual, int64_t time_limit,
	     struct problems *problems)
{
	static const char domain[] = "ispfilter-lint.example";
	static const char address[] = "lint@ispfilter-lint.example";

	virtual_lint_list(match_maps(virtual->mailbox_domains),
			  "virtual_mailbox_domains", domain, time_limit,
			  problems);
	if (virtual->alias_domains != NULL)
		virtual_lint_list(match_maps(virtual->alias_domains),
				  "virtual_alias_domains", domain, time_limit,
				  problems);
	virtual_lint_list(match_maps(virtual->relay_domains), "relay_domains",
			  domain, time_limit, problems);
	virtual_lint_list(&virtual->mailbox_maps, "virtual_mailbox_maps",
			  address, time_limit, problems);
	virtual_lint_list(&virtual->alias_maps, "virtual_alias_maps", address,
			  time_limit, problems);
	virtual_lint_list(&virtual->relay_maps, "relay_recipient_maps",
			  address, time_limit, problems);
}
