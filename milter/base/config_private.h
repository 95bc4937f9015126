/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_CONFIG_PRIVATE_H
#define BASE_CONFIG_PRIVATE_H

/* The inside of a config, for config.c (what is set, and asked for),
 * config_typed.c (types) and config_text.c (files) alone. */

#include "base/config.h"
#include "base/str.h"

/* A value as its type: one of them. */
struct config_typed {
	int64_t number;
	double fraction;
};

struct config_entry {
	const struct option *option;
	char *value;
	const char *file;
	unsigned line;
	struct setting *history; /* overridden ones, then an empty one */
	size_t history_count;
	struct config_typed typed;
	const char **words; /* LIST */
	const char *action; /* ACTION: the word alone */
};

struct config {
	struct config_entry *entries;
	size_t count;
};

/* One setting; line 0: from no file. */
int config_assign(struct config *config, const char *key, const char *value,
		  const char *file, unsigned line, struct err *err);

/* --- config_typed.c --- */

/* Reads text as the option's type; the error names what was expected. */
int config_typed(const struct option *option, const char *text,
		 struct config_typed *typed, struct err *err);
/* The word that a value of type ACTION begins with. */
struct slice config_action_word(const char *text);

#endif
