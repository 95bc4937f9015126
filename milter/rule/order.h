/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_ORDER_H
#define RULE_ORDER_H

/* The order in which rules run, and what metas pass on to their parts. */

#include "base/problem.h"
#include "rule/ruleset.h"

/*
 * Settles priorities and inherited tflags and fills in ruleset->order; metas
 * that depend on themselves are reported and not run.
 */
void order_rules(struct ruleset *ruleset, struct problems *problems);

/* Its place within a priority; types of one rank run as one batch. */
int order_rank(enum rule_type type);

#endif
