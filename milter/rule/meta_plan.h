/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_META_PLAN_H
#define RULE_META_PLAN_H

/*
 * Which metas need looking at. Of the hundreds of metas of a rule set most come
 * out as they do on a mail where no rule hits at all; that is found out once,
 * and on a mail only those metas are evaluated that name a rule which is not as
 * it was then. The same comes out as if all were evaluated (check_meta.c).
 */

#include "rule/check.h"

/* For the rules in order; below ruleset, read-only. */
struct meta_plan *meta_plan_new(struct ruleset *ruleset);
/* Evaluates the metas, all other rules having run. */
void meta_plan_run(struct check *check);

/* Whether a rule may wait until a meta asks for it. */
bool meta_plan_can_wait(const struct ruleset *ruleset, size_t index);

#endif
