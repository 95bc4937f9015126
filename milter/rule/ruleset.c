/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/ruleset.h"

#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "rule/parse.h"

static const char *const ruleset_type_names[RULE_TYPES] = {
	[RULE_EMPTY] = "empty",
	[RULE_HEADER] = "header",
	[RULE_HEADER_EXISTS] = "header exists",
	[RULE_HEADER_EVAL] = "header eval",
	[RULE_BODY] = "body",
	[RULE_BODY_EVAL] = "body eval",
	[RULE_RAWBODY] = "rawbody",
	[RULE_RAWBODY_EVAL] = "rawbody eval",
	[RULE_FULL] = "full",
	[RULE_FULL_EVAL] = "full eval",
	[RULE_URI] = "uri",
	[RULE_URI_DETAIL] = "uri_detail",
	[RULE_MIMEHEADER] = "mimeheader",
	[RULE_META] = "meta",
	[RULE_RBL] = "rbl eval",
	[RULE_ASKDNS] = "askdns",
	[RULE_ATTACHMENT] = "attachment",
};

const char *
rule_type_name(enum rule_type type)
{
	return ruleset_type_names[type];
}

struct rule *
ruleset_find(const struct ruleset *ruleset, const char *name)
{
	return names_get(ruleset->rule_names, name);
}

struct rule *
ruleset_add(struct ruleset *ruleset, const char *name)
{
	struct rule *rule = mem_new(ruleset, struct rule);

	rule->name = mem_strdup(rule, name);
	rule->tflags = "";
	rule->index = ruleset->count;
	if (name[0] == '_' && name[1] == '_')
		rule->flags |= RULE_SUBRULE;
	mem_grow(ruleset, ruleset->rules, ruleset->count);
	ruleset->rules[ruleset->count++] = rule;
	names_set(ruleset->rule_names, rule->name, rule);
	return rule;
}

struct rule *
parse_rule(struct parse *parse, const char *name)
{
	struct rule *rule = ruleset_find(parse->ruleset, name);
	size_t len = strlen(name);

	if (rule != NULL)
		return rule;
	for (size_t i = 0; i < len; i++) {
		if (name[i] != '_' && !str_is_alpha((unsigned char)name[i]) &&
		    (i == 0 || !str_is_digit((unsigned char)name[i]))) {
			parse_error(parse, "'%.60s' is no name of a rule",
				    name);
			return NULL;
		}
	}
	if (len > RULE_NAME_BYTES) {
		parse_error(parse, "the name %.30s... is longer than %d bytes",
			    name, RULE_NAME_BYTES);
		return NULL;
	}
	if (parse->ruleset->count == PARSE_RULES) {
		parse->full = true;
		err_config(parse->err, "%s:%u: more than %d rules",
			   parse->file, parse->line, PARSE_RULES);
		return NULL;
	}
	rule = ruleset_add(parse->ruleset, name);
	rule->file = parse->file;
	rule->line = parse->line;
	return rule;
}

const struct rule_list *
ruleset_list(const struct ruleset *ruleset, const char *key)
{
	uintptr_t at = (uintptr_t)names_get(ruleset->list_names, key);

	return at == 0 ? NULL : &ruleset->lists[at - 1];
}

const char *
ruleset_setting(const struct ruleset *ruleset, const char *key,
		const char *fallback)
{
	const struct rule_list *list = ruleset_list(ruleset, key);

	if (list == NULL || list->count == 0)
		return fallback;
	return list->items[list->count - 1];
}

static struct ruleset *
ruleset_new(void *mem, const struct ruleset_source *source)
{
	struct ruleset *ruleset = mem_new(mem, struct ruleset);

	ruleset->rule_names = names_new(ruleset);
	ruleset->list_names = names_new(ruleset);
	ruleset->score_set = source->network ? 1 : 0;
	ruleset->score_set += source->bayes ? 2 : 0;
	ruleset->lint = source->lint;
	return ruleset;
}

static void
ruleset_directives(struct parse *parse)
{
	const struct directive *const tables[] = {
		directives_rule, directives_about, directives_list,
		directives_setting, directives_report
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		for (const struct directive *at = tables[i]; at->name != NULL;
		     at++)
			names_set(parse->directives, at->name, (void *)at);
	}
}

static void
ruleset_begin(struct parse *parse)
{
	void *mem = parse->mem;

	parse->locale = parse->source->locale == NULL ?
				"en_US" : parse->source->locale;
	parse->plugins = names_new(mem);
	parse->compat = names_new(mem);
	parse->directives = names_new(mem);
	parse->tags = names_new(mem);
	parse->tags_pre = names_new(mem);
	parse->tags_inter = names_new(mem);
	parse->tags_post = names_new(mem);
	parse->report = parse->unsafe_report = BUF(parse->ruleset);
	ruleset_directives(parse);
}

static bool
ruleset_is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int
ruleset_read_path(struct parse *parse, const char *path, const char *suffix)
{
	bool plugins = slice_ends_nocase(slice_of(path), ".pre");

	if (ruleset_is_folder(path))
		return parse_folder(parse, path, suffix);
	if (plugins == (strcmp(suffix, ".pre") == 0))
		return parse_file(parse, path);
	return 0;
}

/* Plugins first, since rule files ask for them. */
static int
ruleset_read(struct parse *parse)
{
	static const char *const none[] = { NULL };
	const struct ruleset_source *source = parse->source;
	const char *const *paths = source->paths == NULL ? none :
							   source->paths;

	for (size_t i = 0; paths[i] != NULL; i++) {
		if (ruleset_read_path(parse, paths[i], ".pre") == -1)
			return -1;
	}
	if (parse->plugin_file == NULL)
		condition_load_stock(parse);
	else if (source->lint)
		condition_check_stock(parse);
	for (size_t i = 0; paths[i] != NULL; i++) {
		if (ruleset_read_path(parse, paths[i], ".cf") == -1)
			return -1;
	}
	if (source->text.data == NULL)
		return 0;
	return parse_memory(parse, "(rules)", source->text);
}

struct ruleset *
ruleset_load(void *mem, const struct ruleset_source *source,
	     struct problems *problems, struct err *err)
{
	struct err ignored;
	struct parse parse = {
		.mem = mem_context(NULL, "ruleset_load"),
		.ruleset = ruleset_new(mem, source),
		.source = source,
		.problems = problems,
		.err = err == NULL ? &ignored : err,
	};

	ruleset_begin(&parse);
	if (ruleset_read(&parse) == -1) {
		mem_free(parse.mem);
		mem_free(parse.ruleset);
		return NULL;
	}
	settings_fill(&parse);
	finish_ruleset(&parse);
	mem_free(parse.mem);
	return parse.ruleset;
}
