/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directives that define rules: header, body, meta ... (Conf.pm;
 * Conf/Parser.pm, add_test). A later definition replaces an earlier one, also
 * its type; scores, flags and descriptions stay.
 */
#include "rule/parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "rule/meta.h"
#include "rule/pattern.h"

#define DIRECTIVE_ARGS 64

static const struct {
	const char *word;
	unsigned select;
} directive_selects[] = {
	{ "raw", SELECT_RAW },
	{ "addr", SELECT_ADDR },
	{ "name", SELECT_NAME },
	{ "first", SELECT_FIRST },
	{ "last", SELECT_LAST },
	{ "host", SELECT_HOST },
	{ "domain", SELECT_DOMAIN },
	{ "ip", SELECT_IP },
	{ "revip", SELECT_REVIP },
	{ NULL, 0 },
};

struct rule *
directive_rule(struct parse *parse, const struct directive *directive,
	       char **value)
{
	char *name = parse_word(value);

	if (name == NULL || **value == '\0') {
		parse_error(parse, "%s without a %s", directive->name,
			    name == NULL ? "name" : "definition");
		return NULL;
	}
	return parse_rule(parse, name);
}

/* Makes rule one of that type, with nothing left of an earlier definition. */
static void
directive_define(struct parse *parse, struct rule *rule, enum rule_type type)
{
	rule->type = type;
	rule->file = parse->file;
	rule->line = parse->line;
	rule->flags |= RULE_DEFINED;
	rule->flags &= ~(unsigned)RULE_NEGATED;
	rule->pattern = rule->modifiers = NULL;
	rule->header = rule->if_unset = NULL;
	rule->select = 0;
	rule->function = rule->expression = NULL;
	rule->args = NULL;
	rule->numbers = NULL;
	rule->arg_count = 0;
	rule->has_captures = rule->uses_captures = false;
	rule->is_scouted = false;
}

/* Whether a definition may replace an earlier one; SpamAssassin looks at once,
 * we only where there is something to lose. */
static bool
directive_may_replace(struct parse *parse, const struct rule *rule,
		      const char *pattern, const char *modifiers)
{
	struct regex *regex;
	struct err err;

	if (!(rule->flags & RULE_DEFINED))
		return true;
	regex = pattern_compile(parse->mem, pattern, modifiers, REGEX_NO_JIT,
				&err);
	if (regex == NULL)
		parse_error(parse, "%s: %s; the earlier definition stays",
			    rule->name, err.text);
	mem_free(regex);
	return regex != NULL;
}

/* The pattern of a rule; on -1 it is complained of and nothing has changed. */
static int
directive_pattern(struct parse *parse, struct rule *rule, enum rule_type type,
		  const char *text)
{
	const char *pattern, *modifiers;
	struct err err;

	if (pattern_split(parse->ruleset, text, &pattern, &modifiers, &err) ==
	    -1) {
		parse_error(parse, "%s: %s", rule->name, err.text);
		return -1;
	}
	if (!directive_may_replace(parse, rule, pattern, modifiers))
		return -1;
	directive_define(parse, rule, type);
	rule->pattern = pattern;
	rule->modifiers = modifiers;
	rule->has_captures = pattern_captures(pattern);
	rule->uses_captures = pattern_has_tags(pattern);
	/* What sets tags runs before all that may ask for them. */
	if (rule->has_captures)
		rule->priority = -10000;
	return 0;
}

/*
 * The next argument: in quotes, or a plain word. A quote ends the argument only
 * in front of a comma or the end (Parser::pack_eval_args).
 */
static bool
directive_argument(const char **rest, struct slice *argument)
{
	const char *at = *rest + strspn(*rest, " \t"), *end = at;

	if (*at == '\'' || *at == '"') {
		do {
			end = strchr(end + 1, *at);
			if (end == NULL)
				return false;
			*rest = end + 1 + strspn(end + 1, " \t");
		} while (**rest != ',' && **rest != '\0');
		*argument = (struct slice){ at + 1, (size_t)(end - at - 1) };
	} else {
		while (str_is_alnum((unsigned char)*end) ||
		       (*end != '\0' && strchr(".:-", *end) != NULL))
			end++;
		*argument = (struct slice){ at, (size_t)(end - at) };
		*rest = end + strspn(end, " \t");
		if (end == at || (**rest != ',' && **rest != '\0'))
			return false;
	}
	if (**rest == ',')
		(*rest)++;
	return true;
}

/* "name(arguments)" */
static void
directive_eval(struct parse *parse, struct rule *rule, enum rule_type type,
	       char *text)
{
	const char *args[DIRECTIVE_ARGS + 1] = { NULL };
	char *open = strchr(text, '('), *close = strrchr(text, ')');
	size_t count = 0, name = 0;
	struct slice argument;
	const char *rest;

	while (str_is_alnum((unsigned char)text[name]) || text[name] == '_')
		name++;
	if (name == 0 || open != text + name || close == NULL ||
	    close[1] != '\0') {
		parse_error(parse, "%s: an eval is written name(arguments)",
			    rule->name);
		return;
	}
	*open = *close = '\0';
	for (rest = open + 1; rest[strspn(rest, " \t")] != '\0';) {
		if (count == DIRECTIVE_ARGS ||
		    !directive_argument(&rest, &argument)) {
			parse_error(parse, "%s: cannot read the arguments "
					   "at '%.60s'", rule->name, rest);
			return;
		}
		args[count++] = slice_string(parse->ruleset, argument);
	}
	directive_define(parse, rule, type);
	rule->function = mem_strdup(parse->ruleset, text);
	rule->args = mem_copy(parse->ruleset, args,
			      (count + 1) * sizeof(*args));
	rule->arg_count = count;
	rule->numbers = mem_array(parse->ruleset, double, count + 1);
	for (size_t i = 0; i < count; i++)
		rule->numbers[i] = strtod(args[i], NULL);
}

/* body, rawbody, full, uri; an eval has the type that follows. */
static void
directive_body(struct parse *parse, const struct directive *directive,
	       char *value)
{
	struct rule *rule = directive_rule(parse, directive, &value);
	enum rule_type type = (enum rule_type)directive->number;

	if (rule == NULL)
		return;
	if (type != RULE_URI && strncmp(value, "eval:", 5) == 0)
		directive_eval(parse, rule, type + 1, value + 5);
	else
		directive_pattern(parse, rule, type, value);
}

/* "Name:raw:last" into its parts; -1: complained of. */
static int
directive_select(struct parse *parse, const char *rule, char *header,
		 unsigned *select)
{
	char *colon = strchr(header, ':'), *word;

	*select = 0;
	if (colon == NULL)
		return 0;
	*colon = '\0';
	for (word = colon + 1; word != NULL && *word != '\0'; word = colon) {
		size_t i = 0;

		colon = strchr(word, ':');
		if (colon != NULL)
			*colon++ = '\0';
		while (directive_selects[i].word != NULL &&
		       strcasecmp(directive_selects[i].word, word) != 0)
			i++;
		if (directive_selects[i].word == NULL) {
			parse_error(parse, "%s: no header modifier is called "
					   ":%.60s", rule, word);
			return -1;
		}
		*select |= directive_selects[i].select;
	}
	return 0;
}

/* Takes " [if-unset: x]" off the end; NULL if there is none. */
static char *
directive_if_unset(char *text)
{
	char *end = text + strlen(text), *at = text, *found = NULL;

	if (end == text || end[-1] != ']')
		return NULL;
	while ((at = strstr(at, "[if-unset:")) != NULL) {
		if (at > text && str_is_space((unsigned char)at[-1]) &&
		    str_is_space((unsigned char)at[10])) {
			found = at;
			break;
		}
		at++;
	}
	if (found == NULL)
		return NULL;
	end[-1] = '\0';
	at = found;
	while (at > text && str_is_space((unsigned char)at[-1]))
		at--;
	*at = '\0';
	at = found + 10;
	return at + strspn(at, " \t");
}

/* Name =~ /pattern/, with !~ and [if-unset: x]: header and mimeheader. */
static void
directive_match(struct parse *parse, struct rule *rule, enum rule_type type,
		char *value)
{
	size_t len = strcspn(value, "=! \t");
	char *header = value, *operator = value + len, *unset, *text;
	bool negated;
	unsigned select;

	operator += strspn(operator, " \t");
	negated = *operator == '!';
	if (len == 0 || (*operator != '=' && !negated) || operator[1] != '~') {
		parse_error(parse, "%s: wanted: Name =~ /regex/", rule->name);
		return;
	}
	text = operator + 2;
	text += strspn(text, " \t");
	header[len] = '\0';
	for (const char *c = header; *c != '\0'; c++) {
		if (!str_is_alnum((unsigned char)*c) &&
		    strchr("_.-:", *c) == NULL) {
			parse_error(parse, "%s: '%.60s' is no header name",
				    rule->name, header);
			return;
		}
	}
	unset = directive_if_unset(text);
	if (directive_select(parse, rule->name, header, &select) == -1 ||
	    directive_pattern(parse, rule, type, text) == -1)
		return;
	rule->header = mem_strdup(parse->ruleset, header);
	rule->select = select;
	rule->if_unset = mem_strdup(parse->ruleset, unset);
	if (negated)
		rule->flags |= RULE_NEGATED;
}

static void
directive_exists(struct parse *parse, struct rule *rule, char *header)
{
	size_t len = strlen(header);

	if (len > 0 && header[len - 1] == ':')
		header[--len] = '\0';
	for (size_t i = 0; i <= len; i++) {
		if (i == len ? len == 0 :
			       !str_is_alnum((unsigned char)header[i]) &&
				       strchr("_.-", header[i]) == NULL) {
			parse_error(parse, "%s: exists: wants a header name",
				    rule->name);
			return;
		}
	}
	directive_define(parse, rule, RULE_HEADER_EXISTS);
	rule->header = mem_strdup(parse->ruleset, header);
}

static void
directive_header(struct parse *parse, const struct directive *directive,
		 char *value)
{
	struct rule *rule = directive_rule(parse, directive, &value);

	if (rule == NULL)
		return;
	if (strncmp(value, "rbleval:", 8) == 0)
		value += 3;
	if (strncmp(value, "eval:check_rbl", 14) == 0 ||
	    strncmp(value, "eval:check_dns", 14) == 0)
		directive_eval(parse, rule, RULE_RBL, value + 5);
	else if (strncmp(value, "eval:", 5) == 0)
		directive_eval(parse, rule, RULE_HEADER_EVAL, value + 5);
	else if (strncmp(value, "exists:", 7) == 0)
		directive_exists(parse, rule, value + 7);
	else
		directive_match(parse, rule, RULE_HEADER, value);
}

static void
directive_mimeheader(struct parse *parse, const struct directive *directive,
		     char *value)
{
	struct rule *rule = directive_rule(parse, directive, &value);

	if (rule != NULL)
		directive_match(parse, rule, RULE_MIMEHEADER, value);
}

/* attachment NAME field =~ /regex/ */
static void
directive_attachment(struct parse *parse, const struct directive *directive,
		     char *value)
{
	static const char *const fields[] = { "name", "path", "declared",
					      "type", "finding",
					      NULL };
	struct rule *rule = directive_rule(parse, directive, &value);
	size_t len = strcspn(value, "=! \t"), field = 0;

	if (rule == NULL)
		return;
	while (fields[field] != NULL &&
	       (strlen(fields[field]) != len ||
		strncmp(fields[field], value, len) != 0))
		field++;
	if (fields[field] == NULL) {
		parse_error(parse, "%s: an attachment has name, path, "
				   "declared, type and finding, no '%.*s'",
			    rule->name, (int)(len > 60 ? 60 : len), value);
		return;
	}
	directive_match(parse, rule, RULE_ATTACHMENT, value);
	if (rule->type == RULE_ATTACHMENT) {
		rule->field = (enum attachment_field)field;
		rule->header = NULL;
	}
}

/* meta, askdns, uri_detail: kept as written. */
static void
directive_text(struct parse *parse, const struct directive *directive,
	       char *value)
{
	const char *before = "";
	struct rule *rule = directive_rule(parse, directive, &value);
	struct err err;

	if (rule == NULL)
		return;
	if (directive->number == RULE_META && rule->flags & RULE_DEFINED &&
	    !meta_is_valid(value, &err)) {
		parse_error(parse, "%s: %s; the earlier definition stays",
			    rule->name, err.text);
		return;
	}
	/* Lines of one uri_detail rule add up. */
	if (directive->number == RULE_URI_DETAIL &&
	    rule->type == RULE_URI_DETAIL)
		before = rule->expression;
	directive_define(parse, rule, (enum rule_type)directive->number);
	rule->expression = mem_printf(parse->ruleset, "%s%s%s", before,
				      *before == '\0' ? "" : " ", value);
}

/* reuse NAME [OTHER...]: defines an empty rule, unless there is one. */
static void
directive_reuse(struct parse *parse, const struct directive *directive,
		char *value)
{
	char *name = parse_word(&value);
	struct rule *rule = name == NULL ? NULL : parse_rule(parse, name);

	if (name == NULL)
		parse_error(parse, "reuse without a name");
	if (rule != NULL && !(rule->flags & RULE_DEFINED))
		directive_define(parse, rule, RULE_EMPTY);
}

const struct directive directives_rule[] = {
	{ "header", directive_header, NULL, 0 },
	{ "body", directive_body, NULL, RULE_BODY },
	{ "rawbody", directive_body, NULL, RULE_RAWBODY },
	{ "full", directive_body, NULL, RULE_FULL },
	{ "uri", directive_body, NULL, RULE_URI },
	{ "mimeheader", directive_mimeheader, NULL, 0 },
	{ "attachment", directive_attachment, NULL, 0 },
	{ "meta", directive_text, NULL, RULE_META },
	{ "askdns", directive_text, NULL, RULE_ASKDNS },
	{ "uri_detail", directive_text, NULL, RULE_URI_DETAIL },
	{ "reuse", directive_reuse, NULL, 0 },
	{ NULL, NULL, NULL, 0 },
};
