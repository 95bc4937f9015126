/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_PARSE_H
#define RULE_PARSE_H

/*
 * What the readers of rule files share while a rule set is being built; only
 * parse.c, condition.c, directive*.c, replace.c and ruleset.c include this.
 * It lives as long as the loading does.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/problem.h"
#include "mail/received.h"
#include "rule/names.h"
#include "rule/ruleset.h"

/* Bounds of what an admin's files may ask for. */
#define PARSE_FILE_BYTES (16 << 20)
#define PARSE_TOTAL_BYTES (128 << 20)
#define PARSE_FILES 2000
#define PARSE_LINE_BYTES (64 << 10)
#define PARSE_INCLUDE_DEPTH 10
#define PARSE_IF_DEPTH 100
#define PARSE_RULES 100000
#define PARSE_REMOVAL_STEPS 100000000 /* entries looked at to take some away */
#define PARSE_REPLACED_BYTES (32 << 20) /* of patterns with tags filled in */

struct parse {
	void *mem; /* for what goes when loading is done */
	struct ruleset *ruleset;
	const struct ruleset_source *source;
	struct problems *problems;
	const char *locale;
	const char *file; /* where we are; lives with the rule set */
	unsigned line;
	size_t bytes; /* read so far */
	unsigned depth; /* of includes */
	const char *plugin_file; /* of the first loadplugin line; or NULL */
	unsigned plugin_line;
	struct names *plugins; /* loaded, by full name */
	struct names *compat; /* enable_compat words */
	struct names *directives;
	/* replace_tag and its kin, by name; rules are flagged instead. */
	struct names *tags, *tags_pre, *tags_inter, *tags_post;
	struct regex **redirects; /* of redirector_pattern, in order */
	size_t redirect_count;
	struct netset *trusted, *internal, *msa;
	struct buf report, unsafe_report;
	size_t removal_steps, replaced_bytes;
	bool full; /* a bound was passed: reading ends */
	struct err *err; /* says which */
};

struct directive {
	const char *name; /* lower case, _ for - */
	/* value: what follows the name, trimmed; may be cut up in place. */
	void (*run)(struct parse *parse, const struct directive *directive,
		    char *value);
	const char *key; /* of the setting it changes; NULL: its own name */
	size_t number;   /* for run: enum rule_type, offset of a member ... */
};

/* Tables that end with name NULL, by file. */
extern const struct directive directives_rule[];    /* directive.c */
extern const struct directive directives_about[];   /* directive_about.c */
extern const struct directive directives_list[];    /* directive_list.c */
extern const struct directive directives_setting[]; /* directive_setting.c */
extern const struct directive directives_report[];  /* directive_report.c */

/* Complains of the line that is being read. */
void parse_error(struct parse *parse, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void parse_warning(struct parse *parse, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/*
 * Reads a file, or one type of a folder's files, sorted. -1 with parse->err
 * set if it cannot be read or a bound is passed.
 */
int parse_file(struct parse *parse, const char *path);
int parse_folder(struct parse *parse, const char *path, const char *suffix);
/* Rules that are in memory; name stands for the file. */
int parse_memory(struct parse *parse, const char *name, struct slice text);
/* Takes the next blank-separated word off the front; NULL if there is none.
 * The word is NUL-terminated in place. */
char *parse_word(char **rest);

/* `if` expressions (condition.c); -1: malformed, and complained of. */
int condition_value(struct parse *parse, const char *text, bool *value);
/* loadplugin and its like; the stock set where no file names a plugin. */
void condition_load_plugin(struct parse *parse, const char *name);
void condition_load_stock(struct parse *parse);
/* Warns if lines named plugins, and most of the stock set is not among them. */
void condition_check_stock(struct parse *parse);

/* The rule that a line names first; NULL: complained of. *value moves on. */
struct rule *directive_rule(struct parse *parse,
			    const struct directive *directive, char **value);
/* The rule of that name, made (RULE_EMPTY) if there is none; NULL if the name
 * is not one, which is complained of (ruleset.c). */
struct rule *parse_rule(struct parse *parse, const char *name);
/* Settings by key (directive_list.c). Words are not copied. */
void setting_set(struct ruleset *ruleset, const char *key, const char *value);
void setting_add(struct ruleset *ruleset, const char *key, const char *item);
void setting_clear(struct ruleset *ruleset, const char *key);

/* Fills in the replace_tags of a rule's pattern (replace.c); NULL with err set
 * if the result passes a bound. */
char *replace_pattern(void *mem, struct parse *parse, const char *pattern,
		      struct err *err);

/* Settings into ruleset->settings, once all is read (settings.c). */
void settings_fill(struct parse *parse);
/* What follows reading: regexes, metas, scores, order (finish.c). */
void finish_ruleset(struct parse *parse);

#endif
