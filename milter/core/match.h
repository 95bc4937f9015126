/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MATCH_H
#define CORE_MATCH_H

/*
 * Lists of domains as in virtual_mailbox_domains: names, maps, files of such
 * words, and !NAME to exclude one. The first word that matches decides.
 * Read-only once open.
 */

#include "core/map.h"

struct match;

/* parents: NAME also means the names below it, as in relay_domains. Below the
 * home. Errors: configuration. */
struct match *match_open(struct map_home *home, const char *text,
			 bool parents, struct err *err);
/* 1 if the list has the domain, 0 if not, -1 if that cannot be told. */
int match_find(struct lookup *lookup, const struct match *match,
	       struct slice domain, struct err *err);
/* The maps among the words: for lint. */
const struct map_list *match_maps(const struct match *match);

#endif
