/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_META_H
#define RULE_META_H

/*
 * Meta rules: arithmetic over rule names as Perl evaluates it
 * (Parser::compile_meta_rules, is_meta_valid).
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "rule/expression.h"
#include "rule/ruleset.h"

struct meta {
	struct expression *program; /* VALUE steps: by rule index */
	struct rule **depends; /* distinct rules that it names */
	size_t depend_count;
};

/*
 * Compiles rule->expression; names resolve through ruleset, unknown names are
 * made RULE_EMPTY rules there and, in lint mode, reported as a warning.
 * rules_matching(GLOB) is expanded. Returns -1 with err set if the expression
 * is malformed.
 */
int meta_compile(struct ruleset *ruleset, struct rule *rule,
		 struct problems *problems, struct err *err);
/* Whether it could be compiled, whatever its names mean; false: err says
 * why. */
bool meta_is_valid(const char *expression, struct err *err);
/* The value of the expression; values by rule index. */
double meta_run(const struct meta *meta, const double *values);

#endif
