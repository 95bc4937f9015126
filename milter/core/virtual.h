/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_VIRTUAL_H
#define CORE_VIRTUAL_H

/*
 * Where mail for an address ends up, as Postfix finds it: virtual(5) aliases
 * with recursion, then the domain's class and its table of mailboxes. The
 * settings have Postfix's names and meanings. Read-only once open; any thread.
 *
 * A look-up in a table of addresses tries user+extension@domain, user@domain
 * and @domain; each in all maps before the next.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/err.h"
#include "core/map.h"
#include "mail/address.h"

struct virtual;

enum virtual_outcome {
	VIRTUAL_KNOWN,   /* at least one final address takes mail */
	VIRTUAL_UNKNOWN, /* ours, and it leads nowhere */
	VIRTUAL_FOREIGN, /* not ours, and not aliased to us */
};

struct virtual_answer {
	enum virtual_outcome outcome;
	const char *table;   /* UNKNOWN: "virtual mailbox table" or so */
	char **mailboxes;    /* final ones of ours, lower case */
	size_t mailbox_count;
	size_t remote_count; /* final addresses elsewhere */
	size_t lookups;
};

/* Called with one line of text for each step; depth is for indentation. */
struct virtual_watch {
	void (*step)(void *arg, unsigned depth, const char *text);
	void *arg;
	bool explain; /* ask databases whether each query scans a table */
};

/* The keys virtual_open() reads; part of the stage's option table. */
#define VIRTUAL_OPTIONS                                                        \
	{ "virtual_mailbox_domains", OPTION_STRING, "",                        \
	  .help = "Domains whose addresses have mailboxes here: names, "       \
		  "files and maps, as in Postfix's main.cf." },                \
	{ "virtual_mailbox_maps", OPTION_STRING, "",                           \
	  .help = "Maps that know every mailbox; none: all addresses of "      \
		  "virtual_mailbox_domains are taken." },                      \
	{ "virtual_alias_domains", OPTION_STRING, "$virtual_alias_maps",       \
	  .help = "Domains whose addresses are all aliases; "                  \
		  "$virtual_alias_maps: those that the alias maps have as "    \
		  "a key." },                                                  \
	{ "virtual_alias_maps", OPTION_STRING, "",                             \
	  .help = "Maps from addresses, or @domain, to other addresses." },    \
	{ "relay_domains", OPTION_STRING, "",                                  \
	  .help = "Domains, with those below them, that are passed on." },     \
	{ "relay_recipient_maps", OPTION_STRING, "",                           \
	  .help = "Maps that know every address of relay_domains; none: "      \
		  "all are taken." },                                          \
	{ "recipient_delimiter", OPTION_STRING, "",                            \
	  .help = "Characters that part the user from an extension, as in "    \
		  "user+extension@domain." },                                  \
	{ "virtual_alias_recursion_limit", OPTION_INT, "1000", 1, 10000,       \
	  .help = "Aliases that may follow upon each other." },                \
	{ "virtual_alias_expansion_limit", OPTION_INT, "1000", 1, 100000,      \
	  .help = "Addresses that one recipient may stand for." },             \
	{ "virtual_alias_address_length_limit", OPTION_INT, "1000", 64, 10000, \
	  .help = "Bytes of an address that an alias gives." },                \
	{ "sql_connections", OPTION_INT, "8", 1, 1000,                         \
	  .help = "Connections to each database, shared by all threads." }

/* Problems in map files go to problems. Below mem. Errors: configuration. */
struct virtual *virtual_open(void *mem, const struct config *config,
			     struct problems *problems, struct err *err);
/*
 * From now on remembers what the tables say of so many domains, for so long
 * (ms): those with mailboxes here, and those that are not ours and that no
 * alias stands for as a whole. Nobody is refused because of it. Before any
 * other thread uses it.
 */
void virtual_remember(struct virtual *virtual, size_t domains, int64_t time);
/*
 * The answer hangs below mem. -1: a table cannot tell (temporary), or the
 * aliases have no end (permanent).
 */
int virtual_resolve(void *mem, const struct virtual *virtual,
		    const struct address *address, int64_t deadline,
		    const struct virtual_watch *watch,
		    struct virtual_answer *answer, struct err *err);
/* Connects to the databases and looks for queries that read whole tables. */
void virtual_lint(const struct virtual *virtual, int64_t time_limit,
		  struct problems *problems);

#endif
