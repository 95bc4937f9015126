/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_EVAL_H
#define RULE_EVAL_H

/*
 * Eval rules: functions of SpamAssassin's plugins, each table named after the
 * plugin it follows. One file a plugin: eval_header.c, eval_html.c ...
 */

#include "rule/check.h"

struct eval {
	const char *name; /* as in "eval:name(...)" */
	eval_function run; /* NULL: known, but not run; see why */
	const char *why;   /* "needs the network", ... */
};

/*
 * Compiles rule->regex for an eval that matches one; flags: enum regex_flag, as
 * the rule set wants them. It stays NULL where the argument that says it is
 * left out. -1: it is not valid.
 */
int eval_prepare(struct rule *rule, unsigned flags, struct err *err);
/* The type that the rule's eval asks for and it does not have, or NULL. */
const char *eval_wrong_type(const struct rule *rule);
/* rule->regex matches text; false also at a limit. */
bool eval_regex_matches(struct check *check, const struct rule *rule,
			struct slice text);

struct eval_plugin {
	const char *name; /* "HeaderEval" of Mail::SpamAssassin::Plugin:: */
	const struct eval *evals;   /* that run; ends with name NULL, or NULL */
	const struct eval *missing; /* that do not, likewise */
	enum rule_type type; /* that their rules must have; 0: any */
};

/* All plugins that are known, built in or not; ends with name NULL (eval.c). */
extern const struct eval_plugin eval_plugins[];

/* By name, or NULL; *plugin says whose it is. */
const struct eval *eval_find(const char *name, const char **plugin);

#endif
