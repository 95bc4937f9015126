/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

/*
 * Settings as in Postfix's main.cf: `key = value`, `#` starts a comment line,
 * a line that begins with white space continues the one before. Each module
 * declares its keys in an option table; reader, `ispfilter config`, the shipped
 * ispfilter.conf and the manual's check are all driven by these tables.
 *
 * One precedence rule: the last line read wins. A config is filled by one
 * thread and read-only afterwards. Strings live as long as the config.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/problem.h"

enum option_type {
	OPTION_STRING, /* any text */
	OPTION_LIST,   /* words separated by commas or white space */
	OPTION_BOOL,   /* yes or no */
	OPTION_INT,
	OPTION_SIZE,   /* bytes; suffix K, M or G */
	OPTION_TIME,   /* milliseconds; suffix ms, s, m, h, d; none: seconds */
	OPTION_NUMBER, /* decimal fraction */
	OPTION_CHOICE, /* one of the words in `choices` */
	OPTION_MODE,   /* octal file mode */
	OPTION_ACTION, /* one of `choices`; any text may stand behind it */
	OPTION_LINES,  /* continuation lines stay lines of their own */
};

struct option {
	const char *key;
	enum option_type type;
	const char *value;   /* default, written as in the file */
	int64_t min, max;    /* INT, SIZE, TIME (in ms); both 0: not bounded */
	const char *choices; /* CHOICE, ACTION: words separated by blanks */
	const char *help;    /* a sentence for config -d and ispfilter.conf */
};

#define OPTION_END { .key = NULL }

struct config;

struct config *config_new(void *mem);
/* Adds a table that ends with OPTION_END; a key must be declared only once. */
void config_declare(struct config *config, const struct option *table);
/*
 * Reads a file, then the *.conf files of the folder conf.d beside it, sorted.
 * What is wrong goes to problems; such a line changes nothing. Returns -1 if
 * the file cannot be read, or if problems holds errors when it is done.
 */
int config_read(struct config *config, const char *path,
		struct problems *problems, struct err *err);
/* The same from text that is already in memory; name stands for the file. */
int config_parse(struct config *config, const char *name, const char *text,
		 size_t len, struct problems *problems);
/* One setting, as from the command line; origin is shown by config why. */
int config_set(struct config *config, const char *key, const char *value,
	       const char *origin, struct err *err);

/* The value of a declared key; asking for another or another type aborts. */
const char *config_string(const struct config *config, const char *key);
bool config_bool(const struct config *config, const char *key);
int64_t config_int(const struct config *config, const char *key); /* INT SIZE */
int64_t config_time(const struct config *config, const char *key); /* ms */
double config_number(const struct config *config, const char *key);
/* CHOICE, ACTION: its place among the choices, from 0. */
unsigned config_choice(const struct config *config, const char *key);
/* ACTION: the word alone, and the text behind it, or "". */
const char *config_action(const struct config *config, const char *key);
const char *config_action_text(const struct config *config, const char *key);
unsigned config_mode(const struct config *config, const char *key);
/* LIST: the words; NULL-terminated, never NULL. */
const char *const *config_list(const struct config *config, const char *key);

/* Where each value came from: every declared option in order of declaration. */
struct setting {
	const struct option *option;
	const char *value; /* LINES: joined by LF, one for each of the file */
	const char *file; /* NULL: the default */
	unsigned line;
};
/* The value as it stands in a file, behind "key =". */
char *setting_text(void *mem, const struct setting *setting);
size_t config_count(const struct config *config);
struct setting config_setting(const struct config *config, size_t index);
/* The index of key, or -1. */
long config_find(const struct config *config, const char *key);
/* The earlier lines that a later one overrode, oldest first; ends with NULL
 * option. */
const struct setting *config_history(const struct config *config, size_t index);
/* All settings that differ from the default, as text that config_parse
 * reads. */
char *config_text(void *mem, const struct config *config);

#endif
