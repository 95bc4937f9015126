/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_VIRTUAL_RUN_H
#define CORE_VIRTUAL_RUN_H

/*
 * What the parts of virtual share: virtual.c follows aliases, virtual_final.c
 * says what becomes of an address that has none, virtual_find.c looks
 * addresses up, virtual_open.c reads the settings and checks them.
 */

#include "core/answer.h"
#include "core/match.h"
#include "core/virtual.h"

struct virtual {
	struct match *mailbox_domains, *alias_domains, *relay_domains;
	bool alias_keys_are_domains; /* $virtual_alias_maps */
	struct map_list mailbox_maps, alias_maps, relay_maps;
	const char *delimiters;
	size_t recursion_limit, expansion_limit, length_limit;
	/* By "@domain": KNOWN has mailboxes here; FOREIGN is not ours, and no
	 * alias stands for all of it. NULL: nothing is remembered. */
	struct answers *domains;
	int64_t domain_time;
};

enum virtual_class {
	CLASS_NONE, /* not asked for yet */
	CLASS_MAILBOX,
	CLASS_ALIAS,
	CLASS_RELAY,
	CLASS_OTHER,
};

/* An address on the way: where it came from, and what was found. */
struct virtual_node {
	struct address address;
	char *text;   /* lower case */
	size_t parent; /* index, or its own for the first */
	size_t depth;
	bool repeats; /* an alias of it gives itself: it is final then */
};

struct virtual_domain {
	const char *name;
	enum virtual_class class;
	bool recalled; /* the tables were not asked just now */
};

/* One recipient's resolution. */
struct virtual_run {
	void *mem;
	const struct virtual *virtual;
	const struct virtual_watch *watch;
	struct lookup lookup;
	struct virtual_node *nodes;
	size_t node_count;
	/* Addresses still to visit, and the nodes that gave them. */
	struct virtual_node *waiting;
	size_t waiting_count;
	struct virtual_domain *domains;
	size_t domain_count;
	size_t malformed, unknown;
	size_t depth;
	struct virtual_answer *answer;
};

/* A line for who watches, if anybody does. */
void virtual_say(const struct virtual_run *run, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* struct lookup's trace; arg is the run. */
void virtual_trace(void *arg, const struct map *map, struct slice key,
		   const char *value, const char *error, int64_t us);
/*
 * Looks for the address as tables of addresses are searched: 1, 0 or -1.
 * *found: the address that was there (local "" for @domain); *extension: what
 * was left off, "" if nothing was. Without whole, @domain is not tried.
 */
int virtual_find(struct virtual_run *run, const struct map_list *list,
		 const struct address *address, bool whole, const char **value,
		 struct address *found, const char **extension,
		 struct err *err);
/* Notes the keys by which virtual_find() and virtual_final() are going to ask
 * for this address. */
void virtual_expect(struct virtual_run *run, const struct address *address,
		    enum virtual_class recalled);
/* The class of a domain that is remembered, for all of the run; CLASS_NONE: it
 * is not. */
enum virtual_class virtual_recall(struct virtual_run *run,
				  const struct address *address);
/* No alias stands for all of an address's domain: remembers it if it is not
 * ours. */
void virtual_note(struct virtual_run *run, const struct address *address);
/* Counts what an address leads to that is no alias, into run->answer. */
int virtual_final(struct virtual_run *run, const struct address *address,
		  struct err *err);
/* True if the address was the only one, and its domain is none of ours. */
bool virtual_is_foreign(const struct virtual_run *run);

#endif
