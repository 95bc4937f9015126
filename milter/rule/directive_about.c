/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directives that say something of a rule, which may be defined before, later
 * or never: score, describe, subjprefix, tflags, priority, action.
 */
#include "rule/parse.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

static const struct {
	const char *word;
	unsigned flag;
} about_flags[] = {
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

/* -1.5 or, relative to what was, (-1.5) */
static bool
about_number(char *word, double *number, bool *relative)
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
about_score(struct parse *parse, const struct directive *directive,
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
		if (!about_number(word, &score[count++], &relative)) {
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
about_describe(struct parse *parse, const struct directive *directive,
		   char *value)
{
	struct rule *rule = directive_rule(parse, directive, &value);

	if (rule != NULL)
		rule->describe = mem_strdup(parse->ruleset, value);
}

static void
about_subject_prefix(struct parse *parse, const struct directive *directive,
		     char *value)
{
	struct rule *rule = directive_rule(parse, directive, &value);

	if (rule != NULL)
		rule->subject_prefix = mem_strdup(parse->ruleset, value);
}

/* A later line replaces an earlier one. */
static void
about_tflags(struct parse *parse, const struct directive *directive,
		 char *value)
{
	struct rule *rule = directive_rule(parse, directive, &value);
	char *word;

	if (rule == NULL)
		return;
	rule->tflags = mem_strdup(parse->ruleset, value);
	rule->maxhits = 0;
	rule->range = NULL;
	for (size_t i = 0; about_flags[i].word != NULL; i++)
		rule->flags &= ~about_flags[i].flag;
	while ((word = parse_word(&value)) != NULL) {
		for (size_t i = 0; about_flags[i].word != NULL; i++) {
			if (strcmp(about_flags[i].word, word) == 0)
				rule->flags |= about_flags[i].flag;
		}
		if (strncmp(word, "maxhits=", 8) == 0)
			rule->maxhits = (unsigned)strtoul(word + 8, NULL, 10);
		else if (strncmp(word, "range=", 6) == 0)
			rule->range = mem_strdup(parse->ruleset, word + 6);
	}
}

static void
about_priority(struct parse *parse, const struct directive *directive,
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

static void
about_action(struct parse *parse, const struct directive *directive,
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

const struct directive directives_about[] = {
	{ "action", about_action, NULL, 0 },
	{ "score", about_score, NULL, 0 },
	{ "describe", about_describe, NULL, 0 },
	{ "subjprefix", about_subject_prefix, NULL, 0 },
	{ "tflags", about_tflags, NULL, 0 },
	{ "priority", about_priority, NULL, 0 },
	{ NULL, NULL, NULL, 0 },
};
