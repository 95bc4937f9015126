/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/config.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define CONFIG_FILE_MAX (1024 * 1024)

struct config_entry {
	const struct option *option;
	char *value;
	const char *file;
	unsigned line;
	struct setting *history; /* overridden ones, then an empty one */
	size_t history_count;
	/* The value as its type */
	int64_t number;
	double fraction;
	const char **words;
	const char *action; /* ACTION: the word alone */
};

struct config {
	struct config_entry *entries;
	size_t count;
};

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

/* A number with one of the suffixes; factors in the order of the suffixes. */
static bool
config_scaled(const char *text, const char *const *suffixes,
	      const int64_t *factors, int64_t plain, int64_t *result)
{
	char *end;
	long long number;
	int64_t factor = plain;

	if (!str_is_digit((unsigned char)text[0]))
		return false;
	number = strtoll(text, &end, 10);
	while (*end == ' ')
		end++;
	for (size_t i = 0; *end != '\0'; i++) {
		if (suffixes[i] == NULL)
			return false;
		if (strcmp(suffixes[i], end) != 0)
			continue;
		factor = factors[i];
		break;
	}
	if (number == LLONG_MAX || number > INT64_MAX / factor)
		return false;
	*result = number * factor;
	return true;
}

static bool
config_size_value(const char *text, int64_t *result)
{
	static const char *const suffixes[] = { "K", "k", "M", "m",
						"G", "g", NULL };
	static const int64_t factors[] = { 1 << 10, 1 << 10, 1 << 20,
					   1 << 20, 1 << 30, 1 << 30 };

	return config_scaled(text, suffixes, factors, 1, result);
}

static bool
config_time_value(const char *text, int64_t *result)
{
	static const char *const suffixes[] = { "ms", "s", "m", "h",
						"d",  "w", NULL };
	static const int64_t factors[] = { 1,	    1000,     60000,
					   3600000, 86400000, 604800000 };

	return config_scaled(text, suffixes, factors, 1000, result);
}

static bool
config_choice_value(const char *choices, const char *text, int64_t *result)
{
	struct slice rest = slice_of(choices), word;

	for (*result = 0; slice_word(&rest, " ", &word); (*result)++)
		if (slice_is(word, text))
			return true;
	return false;
}

/* The word that such a value begins with. */
static struct slice
config_action_word(const char *text)
{
	return slice_cut(slice_of(text), 0, slice_find(slice_of(text), 0, ' '));
}

static bool
config_action_value(const char *choices, const char *text, int64_t *result)
{
	char *word = slice_string(NULL, config_action_word(text));
	bool ok = config_choice_value(choices, word, result);

	mem_free(word);
	return ok;
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

static bool
config_bool_value(const char *text, int64_t *result)
{
	*result = strcmp(text, "yes") == 0;
	return *result || strcmp(text, "no") == 0;
}

static bool
config_mode_value(const char *text, int64_t *result)
{
	char *end;

	*result = strtol(text, &end, 8);
	return str_is_digit((unsigned char)text[0]) && *end == '\0' &&
	       *result >= 0 && *result <= 07777;
}

static bool
config_number_value(const char *text, double *result)
{
	char *end;

	*result = strtod(text, &end);
	return end != text && *end == '\0' && *result == *result &&
	       *result < 1e15 && *result > -1e15;
}

static const char *
config_wanted(const struct option *option)
{
	switch (option->type) {
	case OPTION_BOOL:
		return "yes or no";
	case OPTION_INT:
		return "a whole number";
	case OPTION_SIZE:
		return "a size such as 512, 64K or 10M";
	case OPTION_TIME:
		return "a time such as 500ms, 30s, 5m, 2h or 1d";
	case OPTION_NUMBER:
		return "a number";
	case OPTION_MODE:
		return "an octal mode such as 0660";
	default:
		return option->choices;
	}
}

/* Reads text as the option's type; the error names what was expected. */
static int
config_typed(const struct option *option, const char *text,
	     struct config_entry *entry, struct err *err)
{
	bool ok = true;

	switch (option->type) {
	case OPTION_STRING:
	case OPTION_LIST:
	case OPTION_LINES:
		return 0;
	case OPTION_BOOL:
		ok = config_bool_value(text, &entry->number);
		break;
	case OPTION_INT:
		ok = str_int64(text, &entry->number);
		break;
	case OPTION_SIZE:
		ok = config_size_value(text, &entry->number);
		break;
	case OPTION_TIME:
		ok = config_time_value(text, &entry->number);
		break;
	case OPTION_NUMBER:
		ok = config_number_value(text, &entry->fraction);
		break;
	case OPTION_CHOICE:
		ok = config_choice_value(option->choices, text,
					 &entry->number);
		break;
	case OPTION_MODE:
		ok = config_mode_value(text, &entry->number);
		break;
	case OPTION_ACTION:
		ok = config_action_value(option->choices, text,
					 &entry->number);
		break;
	}
	if (!ok)
		return err_config(err, "%s = %s: expected %s%s", option->key,
				  text, option->choices != NULL ? "one of: "
								: "",
				  config_wanted(option));
	if ((option->min != 0 || option->max != 0) &&
	    (entry->number < option->min || entry->number > option->max))
		return err_config(err, "%s = %s: must be from %lld to %lld%s",
				  option->key, text, (long long)option->min,
				  (long long)option->max,
				  option->type == OPTION_TIME ? " milliseconds"
							      : "");
	return 0;
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
	     const struct config_entry *typed, const char *value,
	     const char *file, unsigned line)
{
	if (entry->value != NULL && entry->file != NULL)
		config_remember(config, entry);
	entry->value = mem_strdup(config, value);
	entry->file = mem_strdup(config, file);
	entry->line = line;
	entry->number = typed->number;
	entry->fraction = typed->fraction;
	if (entry->option->type == OPTION_LIST)
		config_words_value(config, entry);
	if (entry->option->type == OPTION_ACTION)
		entry->action = slice_string(config,
					     config_action_word(value));
}

void
config_declare(struct config *config, const struct option *table)
{
	struct err err;

	for (; table->key != NULL; table++) {
		struct config_entry entry = { .option = table };
		size_t n = config->count;

		if (config_find(config, table->key) >= 0 ||
		    config_typed(table, table->value, &entry, &err) < 0) {
			fprintf(stderr, "option table: bad key %s\n",
				table->key);
			abort();
		}
		mem_grow(config, config->entries, n);
		config->entries[n] = entry;
		config->count++;
		config_store(config, &config->entries[n], &entry, table->value,
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

static int
config_assign(struct config *config, const char *key, const char *value,
	      const char *file, unsigned line, struct err *err)
{
	long index = config_find(config, key);
	struct config_entry typed = { 0 };

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

/*
 * The value out of a line with its continuations, which LF parts: a blank
 * stands for these, unless the key keeps its lines.
 */
static char *
config_value(const struct config *config, const char *key, struct slice raw)
{
	long index = config_find(config, key);
	struct buf out = BUF(NULL);
	struct slice line;

	while (raw.len > 0 && str_is_space((unsigned char)raw.data[0]) &&
	       raw.data[0] != '\n')
		raw = slice_from(raw, 1);
	if (index >= 0 && config->entries[index].option->type == OPTION_LINES)
		return slice_string(NULL, raw);
	buf_text(&out, "");
	while (slice_line(&raw, &line)) {
		line = slice_trim(line);
		if (out.len > 0 && line.len > 0)
			buf_char(&out, ' ');
		buf_slice(&out, line);
	}
	return out.data;
}

/* One line with those that continue it. */
static void
config_line(struct config *config, struct slice text, const char *name,
	    unsigned line, struct problems *problems)
{
	size_t equals = slice_find(text, 0, '=');
	char *key, *value;
	struct err err;

	if (equals == text.len) {
		char *shown = str_escape(NULL, slice_trim(text), 60);

		problem_add(problems, PROBLEM_ERROR, name, line,
			    "expected \"key = value\", found \"%s\"", shown);
		mem_free(shown);
		return;
	}
	key = slice_string(NULL, slice_trim(slice_cut(text, 0, equals)));
	value = config_value(config, key, slice_from(text, equals + 1));
	if (memchr(text.data, '\0', text.len) != NULL)
		problem_add(problems, PROBLEM_ERROR, name, line,
			    "the line holds a NUL byte");
	else if (config_assign(config, key, value, name, line, &err) < 0)
		problem_add(problems, PROBLEM_ERROR, name, line, "%s",
			    err.text);
	mem_free(key);
	mem_free(value);
}

int
config_parse(struct config *config, const char *name, const char *text,
	     size_t len, struct problems *problems)
{
	struct slice rest = { text, len }, line;
	struct buf logical = BUF(NULL);
	unsigned number = 0, first = 0, last = 0;
	size_t before = problems->errors;

	while (slice_line(&rest, &line)) {
		struct slice trimmed = slice_trim(line);

		number++;
		if (trimmed.len == 0 || trimmed.data[0] == '#')
			continue;
		if (line.data[0] == ' ' || line.data[0] == '\t') {
			if (first == 0) {
				problem_add(problems, PROBLEM_ERROR, name,
					    number,
					    "a continuation line without a "
					    "line before it");
				continue;
			}
			for (; last < number; last++)
				buf_char(&logical, '\n');
			buf_slice(&logical, trimmed);
			continue;
		}
		if (first != 0)
			config_line(config, buf_view(&logical), name, first,
				    problems);
		buf_reset(&logical);
		buf_slice(&logical, trimmed);
		first = last = number;
	}
	if (first != 0)
		config_line(config, buf_view(&logical), name, first, problems);
	mem_free(logical.data);
	return problems->errors == before ? 0 : -1;
}

static int
config_read_one(struct config *config, const char *path,
		struct problems *problems, struct err *err)
{
	char *text = mem_array(NULL, char, CONFIG_FILE_MAX + 1);
	FILE *file = fopen(path, "re");
	size_t len;

	if (file == NULL) {
		mem_free(text);
		err_errno(err, "cannot open %s", path);
		err->kind = ERR_CONFIG;
		return -1;
	}
	len = fread(text, 1, CONFIG_FILE_MAX + 1, file);
	if (ferror(file) || len > CONFIG_FILE_MAX) {
		fclose(file);
		mem_free(text);
		return err_config(err, "cannot read %s: %s", path,
				  len > CONFIG_FILE_MAX ? "over 1 MB"
							: "read error");
	}
	fclose(file);
	config_parse(config, path, text, len, problems);
	mem_free(text);
	return 0;
}

/* A folder that is there but cannot be read must not look like an empty one. */
static int
config_glob_error(const char *path, int number)
{
	return number != ENOENT;
}

static int
config_read_folder(struct config *config, const char *path,
		   struct problems *problems, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *pattern = mem_printf(NULL, "%.*sconf.d/*.conf",
				   slash ? (int)(slash - path + 1) : 0, path);
	glob_t found;
	int result = 0, status = glob(pattern, 0, config_glob_error, &found);

	if (status != 0 && status != GLOB_NOMATCH)
		result = err_config(err, "cannot read %s", pattern);
	if (status == 0) {
		for (size_t i = 0; i < found.gl_pathc && result == 0; i++)
			result = config_read_one(config, found.gl_pathv[i],
						 problems, err);
		globfree(&found);
	}
	mem_free(pattern);
	return result;
}

int
config_read(struct config *config, const char *path, struct problems *problems,
	    struct err *err)
{
	if (config_read_one(config, path, problems, err) < 0 ||
	    config_read_folder(config, path, problems, err) < 0)
		return -1;
	if (problems->errors != 0)
		return err_config(err, "%s: %zu error%s in the settings", path,
				  problems->errors,
				  problems->errors == 1 ? "" : "s");
	return 0;
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
	return config_entry(config, key, 1u << OPTION_BOOL)->number != 0;
}

int64_t
config_int(const struct config *config, const char *key)
{
	return config_entry(config, key,
			    1u << OPTION_INT | 1u << OPTION_SIZE)->number;
}

int64_t
config_time(const struct config *config, const char *key)
{
	return config_entry(config, key, 1u << OPTION_TIME)->number;
}

double
config_number(const struct config *config, const char *key)
{
	return config_entry(config, key, 1u << OPTION_NUMBER)->fraction;
}

unsigned
config_choice(const struct config *config, const char *key)
{
	return (unsigned)config_entry(config, key,
				      1u << OPTION_CHOICE | 1u << OPTION_ACTION)
		->number;
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
	return (unsigned)config_entry(config, key, 1u << OPTION_MODE)->number;
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

char *
setting_text(void *mem, const struct setting *setting)
{
	struct buf out = BUF(mem);

	buf_text(&out, "");
	if (setting->value[0] != '\0' && setting->value[0] != '\n')
		buf_char(&out, ' ');
	for (const char *s = setting->value; *s != '\0'; s++) {
		buf_char(&out, *s);
		if (*s == '\n' && s[1] != '\n')
			buf_char(&out, '\t');
	}
	return out.data;
}

char *
config_text(void *mem, const struct config *config)
{
	struct buf out = BUF(mem);

	buf_text(&out, "");
	for (size_t i = 0; i < config->count; i++) {
		struct setting setting = config_setting(config, i);
		char *text;

		if (strcmp(setting.value, setting.option->value) == 0)
			continue;
		text = setting_text(NULL, &setting);
		buf_printf(&out, "%s =%s\n", setting.option->key, text);
		mem_free(text);
	}
	return out.data;
}
