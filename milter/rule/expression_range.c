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

static unsigned
range_cost(const struct range_values *values, size_t index)
{
	return values->traits[index] & RANGE_COST;
}

/* The largest that an open value can be. */
static double
range_most(const struct range_values *values, size_t index)
{
	return values->traits[index] & RANGE_ENDLESS ? INFINITY : 1;
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
	return range_cost(values, b->cause) < range_cost(values, a->cause)
		       ? b->cause
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

static void
range_set(struct range *range, double value)
{
	range->least = range->most = value;
	range->known = true;
}

/* What is not open. */
static double
range_now(const struct range_values *values, size_t index)
{
	return values->open[index] == RANGE_ZERO ? 0 : values->values[index];
}

static void
range_value(const struct range_values *values, size_t index,
	    struct range *range)
{
	if (values->open[index] < RANGE_OPEN) {
		range_set(range, range_now(values, index));
		return;
	}
	*range = (struct range){
		.most = range_most(values, index),
		.cause = (uint32_t)index,
		.whole = true,
	};
}

/* Takes its operands off the stack and puts what comes of them on top. */
static struct range *
range_operate(struct range *top, enum expression_op op,
	      const struct range_values *values)
{
	switch (op) {
	case EXPRESSION_NOT:
		*top = range_not(top);
		return top;
	case EXPRESSION_NEGATE:
		*top = top->known ? range_known(-top->least)
				  : range_between(-top->most, -top->least,
						  top->cause);
		return top;
	case EXPRESSION_PLUS:
		return top;
	case EXPRESSION_SELECT:
		top[-2] = range_select(&top[-2], &top[-1], top);
		return top - 2;
	default:
		top[-1] = range_both(values, op, &top[-1], top);
		return top - 1;
	}
}

/* Whether it is done, in place: the left operand stands at `a`. */
static bool
range_quick(struct range *a, enum expression_op op,
	    const struct range_values *values)
{
	const struct range *b = a + 1;

	if (op == EXPRESSION_AND && a->known) {
		if (a->least != 0)
			*a = *b;
		return true;
	}
	if (op != EXPRESSION_OR)
		return false;
	if (a->known && a->least == 0)
		*a = *b;
	if (a->known || range_is_zero(b))
		return true;
	if (b->known || a->least != b->least || a->most != b->most)
		return false;
	a->cause = range_cause(values, a, b);
	a->whole = a->whole && b->whole;
	return true;
}

/* Whether VALUE and ADD follow behind step i. */
static bool
range_goes_on(const struct expression *expression, size_t i)
{
	return i + 2 < expression->count &&
	       expression->steps[i + 1].op == EXPRESSION_VALUE &&
	       expression->steps[i + 2].op == EXPRESSION_ADD;
}

/* Adds values to the one on top as long as such steps follow. Returns the last
 * step that is done. */
static size_t
range_sum(const struct expression *expression, size_t i,
	  const struct range_values *values, struct range *top)
{
	struct range sum = *top;
	size_t first = i;

	for (; range_goes_on(expression, i); i += 2) {
		size_t index = expression->steps[i + 1].of.index;

		if (values->open[index] < RANGE_OPEN) {
			sum.least += range_now(values, index);
			sum.most += range_now(values, index);
			continue;
		}
		if (sum.known ||
		    range_cost(values, index) < range_cost(values, sum.cause))
			sum.cause = (uint32_t)index;
		sum.most += range_most(values, index);
		sum.known = false;
	}
	if (isnan(sum.least) || isnan(sum.most))
		return first;
	*top = range_between(sum.least, sum.most, sum.cause);
	return i;
}

/*
 * Most steps of stock rules are in sums and choices of dozens of rules, which
 * are gone through again after each that was asked for: they do without what
 * other operators need, and what a decided && or || has on its right is left
 * out.
 */
struct range
expression_range(const struct expression *expression,
		 const struct range_values *values)
{
	struct range stack[EXPRESSION_DEPTH + 1], *top = stack;

	range_set(top, 0);
	for (size_t i = 0; i < expression->count; i++) {
		const struct expression_step *step = &expression->steps[i];

		if (step->op == EXPRESSION_VALUE) {
			range_value(values, step->of.index, ++top);
			if (range_goes_on(expression, i))
				i = range_sum(expression, i, values, top);
			step = &expression->steps[i];
		} else if (step->op == EXPRESSION_NUMBER) {
			range_set(++top, step->of.number);
		} else if (range_quick(top - 1, step->op, values)) {
			top--;
		} else {
			top = range_operate(top, step->op, values);
		}
		while (step->left_of != 0 && top->known &&
		       (top->least != 0) == (expression->steps[step->left_of]
						     .op == EXPRESSION_OR)) {
			i = step->left_of;
			step = &expression->steps[i];
		}
	}
	return *top;
}
