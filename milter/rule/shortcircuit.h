/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_SHORTCIRCUIT_H
#define RULE_SHORTCIRCUIT_H

/*
 * Ending a check early (Plugin/Shortcircuit.pm): a rule that is named by a
 * `shortcircuit` line, or a score beyond a bound, decides. Only where a .pre
 * file loads the plugin.
 */

#include "rule/check.h"
#include "rule/parse.h"

/* Carries out such a line. */
void shortcircuit_line(struct parse *parse, const struct directive *directive,
		       char *value);
/* What the lines come to, if the plugin is loaded; before scores are
 * settled. */
void shortcircuit_settle(struct parse *parse);
/* A check begins; a rule with that score has hit. */
void shortcircuit_begin(struct check *check);
void shortcircuit_hit(struct check *check, const struct rule *rule,
		      double score);

#endif
