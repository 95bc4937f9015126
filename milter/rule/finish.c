/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what was read to what runs: default scores, which rules run and why the
 * others do not, their regexes, priorities, and the order. A rule that does
 * not run is reported where that is a mistake in its file, and otherwise says
 * why in rule->not_run.
 */
#include "rule/parse.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "rule/capture.h"
#include "rule/check_private.h"
#include "rule/check_scratch.h"
#include "rule/eval.h"
#include "rule/meta.h"
#include "rule/meta_plan.h"
#include "rule/net.h"
#include "rule/order.h"
#include "rule/pattern.h"
#include "rule/prefilter.h"
#include "rule/profile.h"
#include "rule/shortcircuit.h"
#include "rule/uri_detail.h"
#include "rule/rule_list.h"

static void
finish_problem(const struct parse *parse, enum problem_level level,
	       const struct rule *rule, const char *text)
{
	problem_add(parse->problems, level, rule->file, rule->line, "%s: %s",
		    rule->name, text);
}

/* 1 for a rule without a score, 0.01 for T_..., negative with tflags nice. */
static void
finish_default_score(struct rule *rule)
{
	double score = strncmp(rule->name, "T_", 2) == 0 ? 0.01 : 1.0;

	if (rule->flags & RULE_HAS_SCORE || !(rule->flags & RULE_DEFINED))
		return;
	for (int i = 0; i < 4; i++)
		rule->score[i] = rule->flags & RULE_NICE ? -score : score;
}

static void
finish_metas(const struct parse *parse)
{
	struct ruleset *ruleset = parse->ruleset;
	size_t count = ruleset->count; /* metas may add names */
	struct err err;

	for (size_t i = 0; i < count; i++) {
		struct rule *rule = ruleset->rules[i];

		if (rule->type != RULE_META)
			continue;
		if (meta_compile(ruleset, rule, parse->problems, &err) == 0)
			continue;
		finish_problem(parse, PROBLEM_ERROR, rule, err.text);
		rule->not_run = "its expression is malformed";
		ruleset->score_mass_lost +=
			fabs(rule->score[ruleset->score_set]);
	}
}

static bool
finish_is_eval(const struct rule *rule)
{
	return rule->type == RULE_HEADER_EVAL || rule->type == RULE_BODY_EVAL ||
	       rule->type == RULE_RAWBODY_EVAL ||
	       rule->type == RULE_FULL_EVAL || rule->type == RULE_RBL;
}

/* Reasons that lie in the settings: SpamAssassin would not run it either. */
static const char *
finish_settings_reason(const struct ruleset *ruleset, const struct rule *rule)
{
	bool network = (ruleset->score_set & 1) != 0;
	bool asks = rule->type == RULE_RBL || rule->type == RULE_ASKDNS;

	if (!(rule->flags & RULE_DEFINED))
		return "it is not defined";
	if (rule->type == RULE_EMPTY)
		return "it has no definition";
	if (rule->score[ruleset->score_set] == 0)
		return "score 0";
	if (!network && (asks || (finish_is_eval(rule) &&
				  rule->flags & RULE_NET)))
		return "needs the network";
	if (finish_is_eval(rule) && rule->flags & RULE_LEARN &&
	    !(ruleset->score_set & 2))
		return "needs Bayes";
	return NULL;
}

static const char *
finish_eval(const struct parse *parse, struct rule *rule)
{
	unsigned flags = parse->source->no_jit ? REGEX_NO_JIT : 0;
	const struct eval *eval;
	const char *plugin = NULL;
	struct err err;

	eval = eval_find(rule->function, &plugin);
	if (eval == NULL) {
		finish_problem(parse, PROBLEM_WARNING, rule,
			       mem_printf(parse->mem,
					  "eval %s() is not known here",
					  rule->function));
		return mem_printf(parse->ruleset, "eval %s() is not known",
				  rule->function);
	}
	if (plugin != NULL &&
	    names_get(parse->plugins,
		      mem_printf(parse->mem, "Mail::SpamAssassin::Plugin::%s",
				 plugin)) == NULL)
		return mem_printf(parse->ruleset, "plugin %s is not loaded",
				  plugin);
	rule->eval = eval->run;
	if (eval->run == NULL)
		return eval->why;
	if (eval_wrong_type(rule) != NULL) {
		finish_problem(parse, PROBLEM_ERROR, rule,
			       mem_printf(parse->mem, "%s() is not for a rule "
						      "of this type, but %s",
					  rule->function,
					  eval_wrong_type(rule)));
		return "its eval is for rules of another type";
	}
	if (eval_prepare(rule, flags, &err) < 0) {
		finish_problem(parse, PROBLEM_ERROR, rule, err.text);
		return "its regex is not valid";
	}
	if (net_compile_eval(rule, flags, &err) == 0)
		return NULL;
	finish_problem(parse, PROBLEM_ERROR, rule, err.text);
	return "its arguments are malformed";
}

/* That of a rule that uses tags says only what it needs, or where to try at
 * all; each mail has its own. (Those do without replace_tags.) */
static struct regex *
finish_captures(struct parse *parse, struct rule *rule, const char *pattern,
		unsigned flags, struct err *err)
{
	const char *anything = rule->flags & RULE_REPLACE
				       ? NULL
				       : capture_anything(parse->mem, pattern);

	if (anything == NULL)
		return pattern_compile(rule, pattern, rule->modifiers,
				       REGEX_ONCE, err);
	rule->is_scouted = capture_is_scouted(pattern);
	return pattern_compile(rule, anything, rule->modifiers,
			       rule->is_scouted ? flags : REGEX_NO_JIT, err);
}

/* The regex of a rule; a reason if it does not compile. */
static const char *
finish_regex(struct parse *parse, struct rule *rule)
{
	unsigned flags = parse->source->no_jit ? REGEX_NO_JIT : 0;
	const char *pattern = rule->pattern;
	struct err err;

	if (rule->flags & RULE_REPLACE) {
		pattern = replace_pattern(parse->mem, parse, pattern, &err);
		if (pattern == NULL) {
			finish_problem(parse, PROBLEM_ERROR, rule, err.text);
			return "replace_tags make its regex too long";
		}
	}
	if (rule->uses_captures)
		rule->regex = finish_captures(parse, rule, pattern, flags,
					      &err);
	else
		rule->regex = pattern_compile(rule, pattern, rule->modifiers,
					      flags, &err);
	if (rule->flags & RULE_REPLACE)
		mem_free((void *)pattern);
	if (rule->regex == NULL) {
		finish_problem(parse, PROBLEM_ERROR, rule, err.text);
		return "its regex is not valid";
	}
	/* What only sets a tag may well match everything. */
	if (parse->source->lint && !rule->has_captures &&
	    !rule->uses_captures &&
	    pattern_matches_all(rule->regex))
		finish_problem(parse, PROBLEM_WARNING, rule,
			       "the regular expression matches everything");
	return NULL;
}

static const char *
finish_uri_detail(struct parse *parse, struct rule *rule)
{
	unsigned flags = parse->source->no_jit ? REGEX_NO_JIT : 0;
	struct err err;

	if (names_get(parse->plugins,
		      "Mail::SpamAssassin::Plugin::URIDetail") == NULL)
		return "plugin URIDetail is not loaded";
	if (uri_detail_compile(rule, flags, &err) == 0)
		return NULL;
	finish_problem(parse, PROBLEM_ERROR, rule, err.text);
	return "it is malformed";
}

static const char *
finish_askdns(struct parse *parse, struct rule *rule)
{
	unsigned flags = parse->source->no_jit ? REGEX_NO_JIT : 0;
	struct err err;

	if (names_get(parse->plugins,
		      "Mail::SpamAssassin::Plugin::AskDNS") == NULL)
		return "plugin AskDNS is not loaded";
	if (net_compile_askdns(rule, flags, &err) == 0)
		return NULL;
	finish_problem(parse, PROBLEM_ERROR, rule, err.text);
	return "what it asks for is malformed";
}

/* Reasons that lie with us: SpamAssassin would run it. */
static const char *
finish_own_reason(struct parse *parse, struct rule *rule)
{
	if (rule->type == RULE_ASKDNS)
		return finish_askdns(parse, rule);
	if (rule->type == RULE_URI_DETAIL)
		return finish_uri_detail(parse, rule);
	if (finish_is_eval(rule))
		return finish_eval(parse, rule);
	if (rule->pattern != NULL)
		return finish_regex(parse, rule);
	return NULL;
}

static void
finish_rule(struct parse *parse, struct rule *rule)
{
	struct ruleset *ruleset = parse->ruleset;

	if (rule->not_run == NULL)
		rule->not_run = finish_settings_reason(ruleset, rule);
	if (rule->not_run == NULL) {
		rule->not_run = finish_own_reason(parse, rule);
		if (rule->not_run != NULL)
			ruleset->score_mass_lost +=
				fabs(rule->score[ruleset->score_set]);
	} else if (parse->source->lint && rule->pattern != NULL) {
		finish_regex(parse, rule);
	}
	if (!(rule->flags & RULE_DEFINED))
		return;
	ruleset->defined_by_type[rule->type]++;
	if (rule->not_run == NULL)
		ruleset->usable_by_type[rule->type]++;
}

/* What is said of rules that are not there, and rules that say little. */
static void
finish_lint(const struct parse *parse, const struct rule *rule)
{
	bool defined = (rule->flags & RULE_DEFINED) != 0;

	if (!defined && rule->flags & RULE_HAS_SCORE)
		finish_problem(parse, PROBLEM_WARNING, rule,
			       "has a score but is not defined");
	if (!defined && rule->describe != NULL)
		finish_problem(parse, PROBLEM_WARNING, rule,
			       "has a description but is not defined");
	if (!defined && *rule->tflags != '\0')
		finish_problem(parse, PROBLEM_WARNING, rule,
			       "has tflags but is not defined");
	if (rule->flags & RULE_REPLACE && rule->pattern == NULL)
		finish_problem(parse, PROBLEM_WARNING, rule,
			       "replace_rules names it, but it has no regex");
	if (rule->action != RULE_ACTION_NONE && rule->type != RULE_ATTACHMENT)
		finish_problem(parse, PROBLEM_WARNING, rule,
			       "has an action but is no attachment rule");
	if (defined && strlen(rule->name) > 40 &&
	    !(rule->flags & RULE_SUBRULE) &&
	    strncmp(rule->name, "T_", 2) != 0)
		finish_problem(parse, PROBLEM_WARNING, rule,
			       "the name is longer than 40 characters");
}

void
finish_ruleset(struct parse *parse)
{
	struct ruleset *ruleset = parse->ruleset;

	shortcircuit_settle(parse);
	for (size_t i = 0; i < ruleset->list_count; i++)
		rule_list_index(ruleset, &ruleset->lists[i]);
	for (size_t i = 0; i < ruleset->count; i++)
		finish_default_score(ruleset->rules[i]);
	finish_metas(parse);
	for (size_t i = 0; i < ruleset->count; i++) {
		if (parse->source->lint)
			finish_lint(parse, ruleset->rules[i]);
		finish_rule(parse, ruleset->rules[i]);
	}
	net_compile_uris(ruleset);
	order_rules(ruleset, parse->problems);
	net_index(ruleset);
	header_values_number(ruleset);
	ruleset->prefilter = prefilter_new(ruleset);
	ruleset->meta_plan = meta_plan_new(ruleset);
	ruleset->spare = check_spare_new(ruleset);
	if (parse->source->profile)
		ruleset->profile = profile_new(ruleset, ruleset);
}
