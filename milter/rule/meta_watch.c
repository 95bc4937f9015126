/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program of an expression is run over sets in the place of values. Where
 * the parts leave a choice, the cheaper set is kept.
 */
#include "rule/meta_watch.h"

#include "base/mem.h"

struct watch_value {
	bool known; /* while the rules of the set are 0, so is this */
	struct watch set;
	uint64_t cost;
	bool is_number;
	double number;
};

static struct watch_value
watch_rule(uint32_t rule, uint32_t cost)
{
	struct watch_value value = { .known = cost != UINT32_MAX };

	if (value.known) {
		value.set.rules[value.set.count++] = rule;
		value.cost = cost;
	}
	return value;
}

/* Either set will do. */
static void
watch_cheaper(struct watch_value *a, const struct watch_value *b)
{
	if (b->known && (!a->known || b->cost < a->cost))
		*a = *b;
	a->is_number = false;
}

/* It takes both sets. */
static void
watch_both(struct watch_value *a, const struct watch_value *b)
{
	a->is_number = false;
	a->known = a->known && b->known &&
		   a->set.count + b->set.count <= WATCH_RULES;
	if (!a->known)
		return;
	for (size_t i = 0; i < b->set.count; i++)
		a->set.rules[a->set.count++] = b->set.rules[i];
	a->cost += b->cost;
}

/* 0 times infinity is not 0: only a number is known not to be infinite. */
static void
watch_scale(enum expression_op op, struct watch_value *a,
	    const struct watch_value *b)
{
	if (b->is_number)
		a->is_number = false;
	else if (op == EXPRESSION_DIVIDE)
		a->known = a->is_number = false;
	else if (a->is_number)
		*a = *b;
	else
		watch_both(a, b);
}

/* Whether 0 compares false with a number, so that the other side must not be
 * 0. */
static bool
watch_zero_fails(enum expression_op op, double number)
{
	switch (op) {
	case EXPRESSION_GREATER:
		return number >= 0;
	case EXPRESSION_NOT_LESS:
		return number > 0;
	case EXPRESSION_LESS:
		return number <= 0;
	case EXPRESSION_NOT_GREATER:
		return number < 0;
	case EXPRESSION_EQUAL:
		return number != 0;
	default:
		return false;
	}
}

static void
watch_apply(enum expression_op op, struct watch_value *a,
	    const struct watch_value *b)
{
	switch (op) {
	case EXPRESSION_AND:
		watch_cheaper(a, b);
		return;
	case EXPRESSION_MULTIPLY:
	case EXPRESSION_DIVIDE:
		watch_scale(op, a, b);
		return;
	case EXPRESSION_OR:
	case EXPRESSION_ADD:
	case EXPRESSION_SUBTRACT:
	case EXPRESSION_XOR:
	case EXPRESSION_UNEQUAL:
		watch_both(a, b);
		return;
	default:
		a->known = a->known && b->is_number &&
			   watch_zero_fails(op, b->number);
		a->is_number = false;
	}
}

static struct watch_value
watch_number(double number)
{
	/* Nothing need be watched for a 0. */
	return (struct watch_value){ .known = number == 0,
				     .is_number = true,
				     .number = number };
}

static size_t
watch_step(struct watch_value *stack, size_t top,
	   const struct expression_step *step, const uint32_t *cost)
{
	switch (step->op) {
	case EXPRESSION_NUMBER:
		stack[++top] = watch_number(step->of.number);
		return top;
	case EXPRESSION_VALUE:
		stack[++top] = watch_rule((uint32_t)step->of.index,
					  cost[step->of.index]);
		return top;
	case EXPRESSION_NOT:
		stack[top].known = stack[top].is_number = false;
		return top;
	case EXPRESSION_NEGATE:
		stack[top].is_number = false;
		return top;
	case EXPRESSION_PLUS:
		return top;
	case EXPRESSION_SELECT:
		top -= 2;
		stack[top].known = stack[top].is_number = false;
		return top;
	default:
		watch_apply(step->op, &stack[top - 1], &stack[top]);
		return top - 1;
	}
}

bool
watch_find(struct watch *watch, const struct expression *expression,
	   const uint32_t *cost)
{
	struct watch_value *stack = mem_array(NULL, struct watch_value,
					      EXPRESSION_DEPTH + 1);
	size_t top = 0;
	bool known;

	for (size_t i = 0; i < expression->count; i++)
		top = watch_step(stack, top, &expression->steps[i], cost);
	known = stack[top].known;
	*watch = stack[top].set;
	mem_free(stack);
	return known;
}
