/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/virtual_run.h"

#include <stdarg.h>
#include <string.h>

#include "base/mem.h"

#define VIRTUAL_FORESEEN_MAX 16 /* look-ups of the addresses before */

void
virtual_say(const struct virtual_run *run, const char *format, ...)
{
	char text[2048];
	va_list args;

	if (run->watch == NULL)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	run->watch->step(run->watch->arg, 2 * (unsigned)run->depth + 1, text);
}

static void
virtual_explain(struct virtual_run *run, const struct map *map,
		struct slice key)
{
	struct lookup lookup = { .mem = run->mem,
				 .deadline = run->lookup.deadline };
	char *table = NULL;
	struct err err;

	if (run->watch->explain &&
	    map_scans(&lookup, map, key, &table, &err) > 0)
		virtual_say(run, "  (this query reads all of %s)", table);
}

void
virtual_trace(void *arg, const struct map *map, struct slice key,
	      const char *value, const char *error, int64_t us)
{
	struct virtual_run *run = arg;
	char *shown = str_escape(run->mem, key, 300);

	if (error != NULL) {
		virtual_say(run, "%s \"%s\": %s", map_name(map), shown, error);
		return;
	}
	if (value == NULL)
		virtual_say(run, "%s \"%s\": nothing (%lld.%lld ms)",
			    map_name(map), shown, (long long)us / 1000,
			    (long long)us / 100 % 10);
	else
		virtual_say(run, "%s \"%s\" = \"%s\" (%lld.%lld ms)",
			    map_name(map), shown,
			    str_escape(run->mem, slice_of(value), 1000),
			    (long long)us / 1000, (long long)us / 100 % 10);
	virtual_explain(run, map, key);
}

/* One form of the key; both ways of writing it if it needs quotes. */
static int
virtual_find_key(struct virtual_run *run, const struct map_list *list,
		 const struct address *address, const char **value,
		 struct err *err)
{
	char *text = address_string(run->mem, address);
	int result = map_list_find(&run->lookup, list, slice_of(text), value,
				   err);

	if (result != 0 || text[0] != '"')
		return result;
	text = mem_printf(run->mem, "%s@%s", address->local, address->domain);
	return map_list_find(&run->lookup, list, slice_of(text), value, err);
}

int
virtual_find(struct virtual_run *run, const struct map_list *list,
	     const struct address *address, bool whole, const char **value,
	     struct address *found, const char **extension, struct err *err)
{
	size_t len = strlen(address->local);
	size_t cut = address_extension(run->virtual->delimiters,
				       slice_of(address->local));
	char *domain_key;
	int result;

	*found = *address;
	*extension = "";
	result = virtual_find_key(run, list, address, value, err);
	if (result != 0 || list->count == 0)
		return result;
	if (cut < len) {
		found->local = mem_strndup(run->mem, address->local, cut);
		*extension = address->local + cut;
		result = virtual_find_key(run, list, found, value, err);
		if (result != 0)
			return result;
	}
	found->local = *extension = "";
	if (!whole)
		return 0;
	domain_key = mem_printf(run->mem, "@%s", address->domain);
	return map_list_find(&run->lookup, list, slice_of(domain_key), value,
			     err);
}

/* Why a key is foreseen, for the first address and for those that it leads to:
 * by that the maps learn whether it is needed. */
enum virtual_occasion {
	OCCASION_ADDRESS,
	OCCASION_PLAIN,	 /* without its extension */
	OCCASION_DOMAIN, /* @domain */
	OCCASION_CLASS,
	OCCASION_CLASS_RECALLED,
};

static unsigned
virtual_occasion(const struct virtual_run *run, enum virtual_occasion why)
{
	return 2 * (unsigned)why + (run->depth > 0);
}

/* The forms of the key that virtual_find() tries, but for rare ones. */
static void
virtual_expect_keys(struct virtual_run *run, const struct map_list *list,
		    const struct address *address, bool whole)
{
	size_t cut = address_extension(run->virtual->delimiters,
				       slice_of(address->local));
	struct address plain = {
		mem_strndup(run->mem, address->local, cut), address->domain,
	};

	map_list_expect(&run->lookup, list,
			virtual_occasion(run, OCCASION_ADDRESS),
			slice_of(address_string(run->mem, address)));
	if (cut < strlen(address->local))
		map_list_expect(&run->lookup, list,
				virtual_occasion(run, OCCASION_PLAIN),
				slice_of(address_string(run->mem, &plain)));
	if (whole)
		map_list_expect(&run->lookup, list,
				virtual_occasion(run, OCCASION_DOMAIN),
				slice_of(mem_printf(run->mem, "@%s",
						    address->domain)));
}

void
virtual_expect(struct virtual_run *run, const struct address *address,
	       enum virtual_class recalled)
{
	const struct virtual *virtual = run->virtual;
	bool whole = recalled != CLASS_OTHER;

	/* What was learned of a domain serves the next address too. */
	map_settle(&run->lookup);
	if (run->lookup.foreseen_count > VIRTUAL_FORESEEN_MAX)
		run->lookup.foreseen_count = run->lookup.foreseen_new = 0;
	if (run->watch != NULL || address->domain[0] == '\0' ||
	    address_is_literal(address))
		return;
	virtual_expect_keys(run, &virtual->alias_maps, address, whole);
	if (!whole)
		return;
	virtual_expect_keys(run, &virtual->mailbox_maps, address, true);
	/* Even if it is remembered: a refusal needs to know. */
	map_list_expect(&run->lookup, match_maps(virtual->mailbox_domains),
			virtual_occasion(run, recalled == CLASS_NONE
						      ? OCCASION_CLASS
						      : OCCASION_CLASS_RECALLED),
			slice_of(address->domain));
}
