/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/shortcircuit.h"

#include <math.h>

#include "base/mem.h"
#include "rule/check_private.h"
#include "rule/eval_tables.h"
#include "rule/names.h"

#define SHORTCIRCUIT_PRIORITY (-200)

static const char *const shortcircuit_words[] = {
	[SHORTCIRCUIT_OFF] = "off",
	[SHORTCIRCUIT_ON] = "on",
	[SHORTCIRCUIT_SPAM] = "spam",
	[SHORTCIRCUIT_HAM] = "ham",
};

void
shortcircuit_line(struct parse *parse, const struct directive *directive,
		  char *value)
{
	struct rule *rule = directive_rule(parse, directive, &value);
	unsigned kind = 0;

	if (rule == NULL)
		return;
	while (kind < 4 && strcmp(shortcircuit_words[kind], value) != 0)
		kind++;
	if (kind == 4)
		parse_error(parse, "%s: shortcircuit is spam, ham, on or off, "
				   "not '%.60s'", rule->name, value);
	else
		rule->shortcircuit = (enum rule_shortcircuit)kind;
}

/* Verdicts come early, and nothing is to be learned from them. */
static void
shortcircuit_settle_rule(struct rule *rule)
{
	if (rule->shortcircuit != SHORTCIRCUIT_SPAM &&
	    rule->shortcircuit != SHORTCIRCUIT_HAM)
		return;
	if (rule->priority == 0)
		rule->priority = SHORTCIRCUIT_PRIORITY;
	rule->flags |= RULE_NOAUTOLEARN;
	if (rule->shortcircuit == SHORTCIRCUIT_HAM)
		rule->flags |= RULE_NICE;
}

void
shortcircuit_settle(struct parse *parse)
{
	struct ruleset *ruleset = parse->ruleset;

	if (names_get(parse->plugins,
		      "Mail::SpamAssassin::Plugin::Shortcircuit") == NULL)
		return;
	ruleset->settings.shortcircuit = true;
	/* Hits whether it has a definition and a score or not. */
	if (ruleset_find(ruleset, "SHORTCIRCUIT") == NULL)
		ruleset_add(ruleset, "SHORTCIRCUIT");
	for (size_t i = 0; i < ruleset->count; i++)
		shortcircuit_settle_rule(ruleset->rules[i]);
}

static void
shortcircuit_tags(struct check *check, const char *rule, const char *type)
{
	const char *both = "no";

	if (rule != NULL)
		both = mem_printf(check, "%s (%s)", rule, type);
	check_tag_set(check, "SC", slice_of(both));
	check_tag_set(check, "SCRULE", slice_of(rule == NULL ? "none" : rule));
	check_tag_set(check, "SCTYPE", slice_of(type));
}

void
shortcircuit_begin(struct check *check)
{
	if (check->ruleset->settings.shortcircuit)
		shortcircuit_tags(check, NULL, "no");
}

static void
shortcircuit_end(struct check *check, const struct rule *by, const char *type,
		 double score)
{
	const struct rule *rule = ruleset_find(check->ruleset, "SHORTCIRCUIT");

	check->shortcircuited = true;
	shortcircuit_tags(check, by == NULL ? NULL : by->name, type);
	if (check->values[rule->index] == 0)
		check_hit_score(check, rule, score, 1, SLICE_NONE,
				by == NULL || !check->options.explain
					? NULL
					: mem_printf(check, "due to %s",
						     by->name));
}

void
shortcircuit_hit(struct check *check, const struct rule *rule, double score)
{
	const struct rule_settings *settings = &check->ruleset->settings;

	if (!settings->shortcircuit || check->shortcircuited)
		return;
	/* Bounds that are not set are NaN, and never passed. */
	if (check->score < settings->shortcircuit_min_ham_score ||
	    check->score > settings->shortcircuit_max_spam_score)
		shortcircuit_end(check, NULL, check->score < 0 ? "ham" : "spam",
				 check->score < 0 ? -0.001 : 0.001);
	if (rule->shortcircuit == SHORTCIRCUIT_ON)
		shortcircuit_end(check, rule, score < 0 ? "ham" : "spam",
				 score < 0 ? -0.0001 : 0.0001);
	else if (rule->shortcircuit == SHORTCIRCUIT_SPAM)
		shortcircuit_end(check, rule, "spam",
				 settings->shortcircuit_spam_score);
	else if (rule->shortcircuit == SHORTCIRCUIT_HAM)
		shortcircuit_end(check, rule, "ham",
				 settings->shortcircuit_ham_score);
}

/* The rule SHORTCIRCUIT asks for this; it hits from here alone. */
static int
shortcircuit_never(struct check *check, const struct rule *rule)
{
	return 0;
}

const struct eval evals_shortcircuit[] = {
	{ "check_shortcircuit", shortcircuit_never, NULL },
	{ NULL, NULL, NULL },
};
