/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_REDIRECT_H
#define RULE_REDIRECT_H

/* redirector_pattern: where links of redirecting sites lead to. */

#include "rule/parse.h"

/* Compiles the patterns into the rule set's uri settings. */
void redirect_compile(struct parse *parse);

#endif
