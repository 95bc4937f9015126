/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/config_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

struct config *
config_new(void *mem)
{
	return mem_new(mem, struct config);
}

long
config_find(const struct config *config, const char *key)
{
	for (size_t i = 0; i < config->count; i++)
		if (strcmp(config->entries[i].option->key, key) == 0)
			return (long)i;
	return -1;
}

static void
config_words_value(struct config *config, struct config_entry *entry)
{
	struct slice rest = slice_of(entry->value), word;
	size_t count = 0;

	entry->words = mem_array(config, const char *, 8);
	while (slice_word(&rest, ", \t\n", &word)) {
		mem_grow(config, entry->words, count);
		entry->words[count++] = slice_string(config, word);
	}
	mem_grow(config, entry->words, count);
	entry->words[count] = NULL;
}

static void
config_remember(struct config *config, struct config_entry *entry)
{
	size_t n = entry->history_count;

	entry->history = mem_resize(config, entry->history, n + 2);
	entry->history[n] = (struct setting){ entry->option, entry->value,
					      entry->file, entry->line };
	entry->history[n + 1] = (struct setting){ 0 };
	entry->history_count = n + 1;
}

static void
config_store(struct config *config, struct config_entry *entry,
	     const struct config_typed *typed, const char *value,
	     const char *file, unsigned line)
{
	if (entry->value != NULL && entry->file != NULL)
		config_remember(config, entry);
	entry->value = mem_strdup(config, value);
	entry->file = mem_strdup(config, file);
	entry->line = line;
	entry->typed = *typed;
	if (entry->option->type == OPTION_LIST)
		config_words_value(config, entry);
	if (entry->option->type == OPTION_ACTION)
		entry->action = slice_string(config, config_action_word(value));
}

void
config_declare(struct config *config, const struct option *table)
{
	struct err err;

	for (; table->key != NULL; table++) {
		struct config_typed typed = { 0 };
		size_t n = config->count;

		if (config_find(config, table->key) >= 0 ||
		    config_typed(table, table->value, &typed, &err) < 0) {
			fprintf(stderr, "option table: bad key %s\n",
				table->key);
			abort();
		}
		mem_grow(config, config->entries, n);
		config->entries[n] = (struct config_entry){ .option = table };
		config->count++;
		config_store(config, &config->entries[n], &typed, table->value,
			     NULL, 0);
	}
}

/* The declared key that is spelled most like this one, or NULL. */
static const char *
config_nearest(const struct config *config, const char *key)
{
	const char *best = NULL;
	unsigned least = (unsigned)strlen(key) / 3 + 2;

	for (size_t i = 0; i < config->count; i++) {
		const char *other = config->entries[i].option->key;
		unsigned distance = str_distance(key, other);

		if (distance < least) {
			least = distance;
			best = other;
		}
	}
	return best;
}

int
config_assign(struct config *config, const char *key, const char *value,
	      const char *file, unsigned line, struct err *err)
{
	long index = config_find(config, key);
	struct config_typed typed = { 0 };

	if (index < 0) {
		const char *near = config_nearest(config, key);

		return err_config(err, "unknown key \"%s\"%s%s%s", key,
				  near ? "; did you mean \"" : "",
				  near ? near : "", near ? "\"?" : "");
	}
	if (config_typed(config->entries[index].option, value, &typed, err) < 0)
		return -1;
	config_store(config, &config->entries[index], &typed, value, file,
		     line);
	return 0;
}

int
config_set(struct config *config, const char *key, const char *value,
	   const char *origin, struct err *err)
{
	return config_assign(config, key, value, origin, 0, err);
}

static const struct config_entry *
config_entry(const struct config *config, const char *key, unsigned types)
{
	long index = config_find(config, key);

	if (index < 0 ||
	    (types & (1u << config->entries[index].option->type)) == 0) {
		fprintf(stderr, "setting %s: not declared with this type\n",
			key);
		abort();
	}
	return &config->entries[index];
}

const char *
config_string(const struct config *config, const char *key)
{
	return config_entry(config, key, ~0u)->value;
}

bool
config_bool(const struct config *config, const char *key)
{
	return config_entry(config, key, 1u << OPTION_BOOL)->typed.number != 0;
}

int64_t
config_int(const struct config *config, const char *key)
{
	return config_entry(config, key, 1u << OPTION_INT | 1u << OPTION_SIZE)
		->typed.number;
}

int64_t
config_time(const struct config *config, const char *key)
{
	return config_entry(config, key, 1u << OPTION_TIME)->typed.number;
}

double
config_number(const struct config *config, const char *key)
{
	return config_entry(config, key, 1u << OPTION_NUMBER)->typed.fraction;
}

unsigned
config_choice(const struct config *config, const char *key)
{
	return (unsigned)config_entry(config, key,
				      1u << OPTION_CHOICE | 1u << OPTION_ACTION)
		->typed.number;
}

const char *
config_action(const struct config *config, const char *key)
{
	return config_entry(config, key, 1u << OPTION_ACTION)->action;
}

const char *
config_action_text(const struct config *config, const char *key)
{
	const struct config_entry *entry =
		config_entry(config, key, 1u << OPTION_ACTION);
	const char *text = entry->value + strlen(entry->action);

	return text[0] == '\0' ? text : text + 1;
}

unsigned
config_mode(const struct config *config, const char *key)
{
	return (unsigned)config_entry(config, key, 1u << OPTION_MODE)
		->typed.number;
}

const char *const *
config_list(const struct config *config, const char *key)
{
	return config_entry(config, key, 1u << OPTION_LIST)->words;
}

size_t
config_count(const struct config *config)
{
	return config->count;
}

struct setting
config_setting(const struct config *config, size_t index)
{
	const struct config_entry *entry = &config->entries[index];

	return (struct setting){ entry->option, entry->value, entry->file,
				 entry->line };
}

const struct setting *
config_history(const struct config *config, size_t index)
{
	static const struct setting none;

	return config->entries[index].history_count == 0
		       ? &none
		       : config->entries[index].history;
}
