/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directives that define rules or say something of one: header, body, meta,
 * score, describe, tflags ... (Conf.pm; Conf/Parser.pm, add_test). A later
 * definition replaces an earlier one, also its type; scores, flags and
 * descriptions stay.
 */
#include "rule/parse.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "rule/pattern.h"

#define DIRECTIVE_ARGS 64

static const struct {
	const char *word;
	unsigned flag;
} directive_flags[] = {
	{ "nice", RULE_NICE },
	{ "net", RULE_NET },
	{ "learn", RULE_LEARN },
	{ "userconf", RULE_USERCONF },
	{ "noautolearn", RULE_NOAUTOLEARN },
	{ "multiple", RULE_MULTIPLE },
	{ "nosubject", RULE_NOSUBJECT },
	{ "concat", RULE_CONCAT },
	{ "autolearn_force", RULE_AUTOLEARN_FORCE },
	{ "publish", RULE_PUBLISH },
	{ NULL, 0 },
};

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

/* The name in front of a definition; NULL: complained of. */
static struct rule *
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
	rule->arg_count = 0;
	rule->has_captures = rule->uses_captures = false;
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
					      "type", NULL };
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
				   "declared and type, no '%.*s'",
			    rule->name, (int)(len > 60 ? 60 : len), value);
		return;
	}
	directive_match(parse, rule, RULE_ATTACHMENT, value);
	if (rule->type == RULE_ATTACHMENT) {
		rule->field = (enum attachment_field)field;
		rule->header = NULL;
	}
}

static void
directive_action(struct parse *parse, const struct directive *directive,
		 char *value)
{
	static const struct {
		const char *word;
		enum rule_action action;
	} actions[] = {
		{ "none", RULE_ACTION_NONE },
		{ "tag", RULE_ACTION_TAG },
		{ "quarantine", RULE_ACTION_QUARANTINE },
		{ "tempfail", RULE_ACTION_TEMPFAIL },
		{ "discard", RULE_ACTION_DISCARD },
		{ "reject", RULE_ACTION_REJECT },
	};
	const size_t count = sizeof(actions) / sizeof(*actions);
	struct rule *rule = directive_rule(parse, directive, &value);
	char *word;

	if (rule == NULL)
		return;
	word = parse_word(&value);
	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(actions[i].word, word) != 0)
			continue;
		rule->action = actions[i].action;
		rule->action_text = *value == '\0' ? NULL :
				    mem_strdup(parse->ruleset, value);
		return;
	}
	parse_error(parse, "%s: no action is called '%.60s'", rule->name,
		    word);
}

/* meta, askdns, uri_detail: kept as written. */
static void
directive_text(struct parse *parse, const struct directive *directive,
	       char *value)
{
	struct rule *rule = directive_rule(parse, directive, &value);

	if (rule == NULL)
		return;
	directive_define(parse, rule, (enum rule_type)directive->number);
	rule->expression = mem_strdup(parse->ruleset, value);
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

/* -1.5 or, relative to what was, (-1.5) */
static bool
directive_number(char *word, double *number, bool *relative)
{
	size_t len = strlen(word), digits;
	const char *at;

	if (len > 2 && word[0] == '(' && word[len - 1] == ')') {
		word[len - 1] = '\0';
		word++;
		*relative = true;
	}
	at = word + (*word == '-');
	digits = strspn(at, "0123456789");
	if (digits == 0)
		return false;
	at += digits;
	if (*at == '.') {
		digits = strspn(++at, "0123456789");
		if (digits == 0)
			return false;
		at += digits;
	}
	*number = strtod(word, NULL);
	return *at == '\0' && isfinite(*number);
}

static void
directive_score(struct parse *parse, const struct directive *directive,
		char *value)
{
	struct rule *rule = directive_rule(parse, directive, &value);
	bool relative = false;
	double score[5];
	size_t count = 0;
	char *word;

	if (rule == NULL)
		return;
	while (count < 5 && (word = parse_word(&value)) != NULL) {
		if (!directive_number(word, &score[count++], &relative)) {
			parse_error(parse, "%s: '%.60s' is not a score",
				    rule->name, word);
			return;
		}
	}
	if (count != 1 && count != 4) {
		parse_error(parse, "%s: a rule has 1 or 4 scores",
			    rule->name);
		return;
	}
	if (relative && !(rule->flags & RULE_HAS_SCORE)) {
		parse_error(parse, "%s: a relative score needs one before",
			    rule->name);
		return;
	}
	for (size_t i = 0; i < 4; i++)
		rule->score[i] = (relative ? rule->score[i] : 0) +
				 score[count == 1 ? 0 : i];
	rule->flags |= RULE_HAS_SCORE;
}

static void
directive_describe(struct parse *parse, const struct directive *directive,
		   char *value)
{
	struct rule *rule = directive_rule(parse, directive, &value);

	if (rule != NULL)
		rule->describe = mem_strdup(parse->ruleset, value);
}

/* A later line replaces an earlier one. */
static void
directive_tflags(struct parse *parse, const struct directive *directive,
		 char *value)
{
	struct rule *rule = directive_rule(parse, directive, &value);
	char *word;

	if (rule == NULL)
		return;
	rule->tflags = mem_strdup(parse->ruleset, value);
	rule->maxhits = 0;
	rule->range = NULL;
	for (size_t i = 0; directive_flags[i].word != NULL; i++)
		rule->flags &= ~directive_flags[i].flag;
	while ((word = parse_word(&value)) != NULL) {
		for (size_t i = 0; directive_flags[i].word != NULL; i++) {
			if (strcmp(directive_flags[i].word, word) == 0)
				rule->flags |= directive_flags[i].flag;
		}
		if (strncmp(word, "maxhits=", 8) == 0)
			rule->maxhits = (unsigned)strtoul(word + 8, NULL, 10);
		else if (strncmp(word, "range=", 6) == 0)
			rule->range = mem_strdup(parse->ruleset, word + 6);
	}
}

static void
directive_priority(struct parse *parse, const struct directive *directive,
		   char *value)
{
	struct rule *rule = directive_rule(parse, directive, &value);
	int64_t priority;

	if (rule == NULL)
		return;
	if (!str_int64(value, &priority) || priority < -1000000 ||
	    priority > 1000000) {
		parse_error(parse, "%s: '%.60s' is not a priority",
			    rule->name, value);
		return;
	}
	rule->priority = (int)priority;
}

const struct directive directives_rule[] = {
	{ "header", directive_header, NULL, 0 },
	{ "body", directive_body, NULL, RULE_BODY },
	{ "rawbody", directive_body, NULL, RULE_RAWBODY },
	{ "full", directive_body, NULL, RULE_FULL },
	{ "uri", directive_body, NULL, RULE_URI },
	{ "mimeheader", directive_mimeheader, NULL, 0 },
	{ "attachment", directive_attachment, NULL, 0 },
	{ "action", directive_action, NULL, 0 },
	{ "meta", directive_text, NULL, RULE_META },
	{ "askdns", directive_text, NULL, RULE_ASKDNS },
	{ "uri_detail", directive_text, NULL, RULE_URI_DETAIL },
	{ "reuse", directive_reuse, NULL, 0 },
	{ "score", directive_score, NULL, 0 },
	{ "describe", directive_describe, NULL, 0 },
	{ "tflags", directive_tflags, NULL, 0 },
	{ "priority", directive_priority, NULL, 0 },
	{ NULL, NULL, NULL, 0 },
};
