/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_REDIRECT_H
#define RULE_REDIRECT_H

/* redirector_pattern: where links of redirecting sites lead to. */

#include "rule/parse.h"

/* Carries out such a line: its pattern goes to the rule set's uri settings. */
void redirect_line(struct parse *parse, const struct directive *directive,
		   char *value);

#endif
