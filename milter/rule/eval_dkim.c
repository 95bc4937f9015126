/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DKIM: what can be said without looking at signatures. */
#include "rule/check.h"
#include "rule/eval_tables.h"

/* A message that we were given whole: signatures, where they are looked at, can
 * be depended on. Without the network none are. */
static int
dkim_dependable(struct check *check, const struct rule *rule)
{
	return check->ruleset->score_set & 1;
}

const struct eval evals_dkim[] = {
	{ "check_dkim_dependable", dkim_dependable, NULL },
	{ NULL, NULL, NULL },
};
