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

struct eval_plugin {
	const char *name; /* "HeaderEval" of Mail::SpamAssassin::Plugin:: */
	const struct eval *evals;   /* that run; ends with name NULL, or NULL */
	const struct eval *missing; /* that do not, likewise */
};

/* All plugins that are known, built in or not; ends with name NULL (eval.c). */
extern const struct eval_plugin eval_plugins[];

/* By name, or NULL; *plugin says whose it is. */
const struct eval *eval_find(const char *name, const char **plugin);

#endif
