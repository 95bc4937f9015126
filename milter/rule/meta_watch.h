/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_META_WATCH_H
#define RULE_META_WATCH_H

/*
 * Rules of which one must hit before a meta can: of "A && B" either alone, of
 * "A || B" both, of "A + B + C > 1" all three, of "!A" none can be named.
 */

#include <stdbool.h>
#include <stdint.h>

#include "rule/expression.h"

#define WATCH_RULES 24 /* at most; with more, watching saves nothing */

struct watch {
	uint32_t rules[WATCH_RULES]; /* indexes */
	size_t count;
};

/*
 * Fills in watch: as long as the values of its rules are 0, so is that of the
 * expression. cost, by rule index: how often its value is not 0, more or less;
 * the cheapest set is taken. UINT32_MAX: it may not be watched. False: there is
 * no such set.
 */
bool watch_find(struct watch *watch, const struct expression *expression,
		const uint32_t *cost);

#endif
