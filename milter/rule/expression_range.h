/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_EXPRESSION_RANGE_H
#define RULE_EXPRESSION_RANGE_H

/*
 * An expression of which not all values are known: what it can come to, and if
 * that is not one value, which of the open ones is best asked for next.
 */

#include <stdbool.h>
#include <stdint.h>

#include "rule/expression.h"

struct range {
	double least, most; /* the same when known: the value */
	uint32_t cause; /* if not known: index of an open value */
	bool known;
	bool whole; /* if not known: it is 0, or 1 and more */
};

#define RANGE_COST 0x7f    /* of asking; the cheapest cause is preferred */
#define RANGE_ENDLESS 0x80 /* what is open may be any number, else 0 or 1 */

/* Most values are 0, which is told without a look at them. */
enum range_open {
	RANGE_ZERO,
	RANGE_VALUE, /* values[] says */
	RANGE_OPEN,
};

/* All by the index of a value. */
struct range_values {
	const double *values;
	const uint8_t *open; /* enum range_open, or more: not known */
	const uint8_t *traits;
};

struct range expression_range(const struct expression *expression,
			      const struct range_values *values);

#endif
