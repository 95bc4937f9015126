/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef T_RULES_H
#define T_RULES_H

/* Rule sets for tests; include after tap.h. */

#include "base/mem.h"
#include "rule/ruleset.h"

/* What is wrong with them is told, and is no failure by itself. NULL: they
 * cannot be loaded at all. */
static inline struct ruleset *
rules_load(void *mem, const struct ruleset_source *source)
{
	struct problems *problems = problems_new(mem);
	struct err err = { 0 };
	struct ruleset *ruleset = ruleset_load(mem, source, problems, &err);

	if (ruleset == NULL)
		tap_note("%s", err.text);
	for (size_t i = 0; i < problems->count; i++)
		tap_note("%s", problem_string(mem, &problems->items[i]));
	return ruleset;
}

#endif
