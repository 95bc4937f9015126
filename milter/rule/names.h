/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_NAMES_H
#define RULE_NAMES_H

/*
 * Values by name: rules, settings, directives, plugins. An open hash table
 * that grows; the keys are not copied and must outlive it. Filled by one
 * thread, read by any number afterwards.
 */

#include <stddef.h>

struct names;

struct names *names_new(void *mem);
/* Sets or replaces; value must not be NULL. */
void names_set(struct names *names, const char *key, void *value);
/* The key nearest to a misspelt one, or NULL if none is near. Looks at all. */
const char *names_nearest(const struct names *names, const char *key);
/* NULL if there is none. */
void *names_get(const struct names *names, const char *key);

#endif
