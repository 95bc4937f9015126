/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_RULE_LIST_H
#define RULE_RULE_LIST_H

/* Looking words up in the settings of rule files that are lists: stock rules
 * name thousands of domains. */

#include "rule/ruleset.h"

/* Gathers the globs of a complete list and makes its look-ups quick; below
 * mem. */
void rule_list_index(void *mem, struct rule_list *list);
/* Where a word stands last in the list, from 1; 0: nowhere, or the list is
 * NULL. Globs are words here. */
size_t rule_list_place(const struct rule_list *list, struct slice word);

#endif
