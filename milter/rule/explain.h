/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_EXPLAIN_H
#define RULE_EXPLAIN_H

/*
 * Why rules hit or did not, in words for an admin, after a check that was run
 * with options.explain (explain_rule: with options.trace). All text is
 * printable ASCII, in lines that end with LF, and bounded.
 */

#include "rule/check.h"

/* What made a meta true: its expression, then each part that hit with its
 * place and match, parts of parts indented below it. */
const char *explain_meta(void *mem, struct check *check,
			 const struct rule *rule);

/* Everything about one rule: its definition and where it stands, what it was
 * held against, what came of it or why it does not run. */
const char *explain_rule(void *mem, struct check *check,
			 const struct rule *rule);

/* A meta that one condition more would have made true. */
struct explain_near {
	const struct rule *rule;
	const char *lacked; /* "__A or __B; not with __C" */
};

#define EXPLAIN_NEAR 20 /* of them at most, those of high score first */
#define EXPLAIN_NEAR_SCORE 0.5 /* less is not worth a line */

/* Near misses: metas of EXPLAIN_NEAR_SCORE or more that have some of what they
 * ask for, and lack one thing. Returns how many. */
size_t explain_near(void *mem, struct check *check,
		    struct explain_near **list);

#endif
