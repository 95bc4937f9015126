/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/expression_range.h"

#include <math.h>

static struct range
range_known(double value)
{
	return (struct range){ .known = true, .least = value, .most = value };
}

/* Something between these; NaN is never between anything. */
static struct range
range_between(double least, double most, uint32_t cause)
{
	struct range range = { .least = least, .most = most, .cause = cause };

	if (least == most)
		return range_known(least);
	if (isnan(least) || isnan(most)) {
		range.least = -INFINITY;
		range.most = INFINITY;
	}
	return range;
}

static struct range
range_anything(uint32_t cause)
{
	return range_between(-INFINITY, INFINITY, cause);
}

static bool
range_is_zero(const struct range *range)
{
	return range->known && range->least == 0;
}

static bool
range_is_not_zero(const struct range *range)
{
	if (range->known)
		return range->least != 0;
	return range->least > 0 || range->most < 0;
}

/* Which of the two is to be asked for; one of them is not known. */
static uint32_t
range_cause(const struct range_values *values, const struct range *a,
	    const struct range *b)
{
	if (a->known)
		return b->cause;
	if (b->known)
		return a->cause;
	return values->cost[b->cause] < values->cost[a->cause] ? b->cause
							       : a->cause;
}

static struct range
range_either(const struct range *a, const struct range *b, uint32_t cause)
{
	if (a->known && b->known && a->least == b->least)
		return *a;
	return range_between(fmin(a->least, b->least), fmax(a->most, b->most),
			     cause);
}

static struct range
range_truth(uint32_t cause)
{
	struct range range = range_between(0, 1, cause);

	range.whole = true;
	return range;
}

static struct range
range_not(const struct range *a)
{
	if (range_is_not_zero(a) || range_is_zero(a))
		return range_known(range_is_zero(a));
	return range_truth(a->cause);
}

/* a is 0, then it is a, else b. */
static struct range
range_and(const struct range_values *values, const struct range *a,
	  const struct range *b)
{
	struct range zero = range_known(0);

	if (range_is_zero(a) || range_is_zero(b))
		return zero;
	if (range_is_not_zero(a))
		return *b;
	return range_either(&zero, b, range_cause(values, a, b));
}

static struct range
range_or(const struct range_values *values, const struct range *a,
	 const struct range *b)
{
	if (range_is_zero(a))
		return *b;
	if (range_is_not_zero(a))
		return *a;
	/* 0 or 1, else 1. */
	if (a->whole && a->most == 1 && b->known && b->least == 1)
		return *b;
	return range_either(a, b, range_cause(values, a, b));
}

static struct range
range_multiply(const struct range *a, const struct range *b, uint32_t cause)
{
	double one = a->least * b->least, two = a->least * b->most;
	double three = a->most * b->least, four = a->most * b->most;

	if (isnan(one) || isnan(two) || isnan(three) || isnan(four))
		return range_anything(cause);
	return range_between(fmin(fmin(one, two), fmin(three, four)),
			     fmax(fmax(one, two), fmax(three, four)), cause);
}

/* always: how it is in any case; never: how it cannot be. */
static struct range
range_compare(bool always, bool never, uint32_t cause)
{
	if (always || never)
		return range_known(always);
	return range_truth(cause);
}

/* One of the two at least is not known. */
static struct range
range_apply(enum expression_op op, const struct range *a,
	    const struct range *b, uint32_t cause)
{
	bool apart = a->most < b->least || a->least > b->most;

	if ((a->known && isnan(a->least)) || (b->known && isnan(b->least)))
		return range_anything(cause);
	switch (op) {
	case EXPRESSION_MULTIPLY:
		return range_multiply(a, b, cause);
	case EXPRESSION_ADD:
		return range_between(a->least + b->least, a->most + b->most,
				     cause);
	case EXPRESSION_SUBTRACT:
		return range_between(a->least - b->most, a->most - b->least,
				     cause);
	case EXPRESSION_LESS:
		return range_compare(a->most < b->least, a->least >= b->most,
				     cause);
	case EXPRESSION_GREATER:
		return range_compare(a->least > b->most, a->most <= b->least,
				     cause);
	case EXPRESSION_NOT_GREATER:
		return range_compare(a->most <= b->least, a->least > b->most,
				     cause);
	case EXPRESSION_NOT_LESS:
		return range_compare(a->least >= b->most, a->most < b->least,
				     cause);
	case EXPRESSION_EQUAL:
		return range_compare(false, apart, cause);
	case EXPRESSION_UNEQUAL:
		return range_compare(apart, false, cause);
	default: /* bits, and quotients */
		return range_anything(cause);
	}
}

static struct range
range_both(const struct range_values *values, enum expression_op op,
	   const struct range *a, const struct range *b)
{
	if (op == EXPRESSION_AND)
		return range_and(values, a, b);
	if (op == EXPRESSION_OR)
		return range_or(values, a, b);
	if (a->known && b->known)
		return range_known(expression_apply(op, a->least, b->least));
	return range_apply(op, a, b, range_cause(values, a, b));
}

static struct range
range_select(const struct range *test, const struct range *yes,
	     const struct range *no)
{
	if (range_is_not_zero(test))
		return *yes;
	if (range_is_zero(test))
		return *no;
	return range_either(yes, no, test->cause);
}

static struct range
range_value(const struct range_values *values, size_t index)
{
	struct range range;

	if (!values->open[index])
		return range_known(values->values[index]);
	range = range_between(0, values->most[index], (uint32_t)index);
	range.whole = true;
	return range;
}

static size_t
range_step(struct range *stack, size_t top, const struct expression_step *step,
	   const struct range_values *values)
{
	struct range *at = &stack[top];

	switch (step->op) {
	case EXPRESSION_NUMBER:
		at[1] = range_known(step->of.number);
		return top + 1;
	case EXPRESSION_VALUE:
		at[1] = range_value(values, step->of.index);
		return top + 1;
	case EXPRESSION_NOT:
		*at = range_not(at);
		return top;
	case EXPRESSION_NEGATE:
		*at = at->known ? range_known(-at->least)
				: range_between(-at->most, -at->least,
						at->cause);
		return top;
	case EXPRESSION_PLUS:
		return top;
	case EXPRESSION_SELECT:
		at[-2] = range_select(&at[-2], &at[-1], at);
		return top - 2;
	default:
		at[-1] = range_both(values, step->op, &at[-1], at);
		return top - 1;
	}
}

struct range
expression_range(const struct expression *expression,
		 const struct range_values *values)
{
	struct range stack[EXPRESSION_DEPTH + 1];
	size_t top = 0;

	stack[0] = range_known(0);
	for (size_t i = 0; i < expression->count; i++)
		top = range_step(stack, top, &expression->steps[i], values);
	return stack[top];
}
