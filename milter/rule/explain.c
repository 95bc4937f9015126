/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts that made a meta true, as a tree. */
#include "rule/explain.h"

#include "base/mem.h"
#include "rule/meta.h"

#define EXPLAIN_DEPTH 8	     /* metas in metas */
#define EXPLAIN_PARTS 60     /* lines of one tree */
#define EXPLAIN_MATCH 100    /* of a matched text */
#define EXPLAIN_EXPRESSION 200

/* Parts still to be told, the next one last: a stack instead of recursion. */
struct explain_part {
	const struct rule *rule;
	unsigned depth;
};

struct explain_tree {
	struct check *check;
	struct explain_part *stack;
	size_t count;
	struct buf out;
	unsigned lines;
};

static const struct check_hit *
explain_hit(const struct check *check, const struct rule *rule)
{
	size_t low = 0, high = check->hit_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct check_hit *hit = &check->hits[middle];
		int order = strcmp(rule->name, hit->rule->name);

		if (order == 0)
			return hit;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static void
explain_push(struct explain_tree *tree, const struct rule *rule,
	     unsigned depth)
{
	mem_grow(tree->out.mem, tree->stack, tree->count);
	tree->stack[tree->count++] = (struct explain_part){ rule, depth };
}

static void
explain_push_parts(struct explain_tree *tree, const struct rule *rule,
		   unsigned depth)
{
	if (rule->meta == NULL || depth >= EXPLAIN_DEPTH)
		return;
	for (size_t i = rule->meta->depend_count; i-- > 0;) {
		const struct rule *part = rule->meta->depends[i];

		if (tree->check->values[part->index] != 0)
			explain_push(tree, part, depth);
	}
}

static void
explain_expression(struct explain_tree *tree, const struct rule *rule)
{
	void *mem = tree->out.mem;

	buf_printf(&tree->out, "meta: %s\n",
		   str_escape(mem, slice_trim(slice_of(rule->expression)),
			      EXPLAIN_EXPRESSION));
}

static void
explain_place(struct explain_tree *tree, const struct check_hit *hit)
{
	buf_text(&tree->out, hit->place);
	if (hit->matched.len > 0)
		buf_printf(&tree->out, ": \"%s\"",
			   str_escape(tree->out.mem, hit->matched,
				      EXPLAIN_MATCH));
	buf_char(&tree->out, '\n');
}

static void
explain_part(struct explain_tree *tree, struct explain_part part)
{
	const struct check_hit *hit = explain_hit(tree->check, part.rule);
	double value = tree->check->values[part.rule->index];

	buf_printf(&tree->out, "%*s%s", (int)part.depth * 2, "",
		   part.rule->name);
	if (value != 1)
		buf_printf(&tree->out, " = %.15g", value);
	buf_text(&tree->out, "  ");
	if (part.rule->meta != NULL)
		explain_expression(tree, part.rule);
	else if (hit != NULL && hit->place != NULL)
		explain_place(tree, hit);
	else
		buf_text(&tree->out, "hits\n");
}

const char *
explain_meta(void *mem, struct check *check, const struct rule *rule)
{
	struct explain_tree tree = { .check = check, .out = BUF(mem) };

	if (rule->meta == NULL)
		return "";
	explain_expression(&tree, rule);
	explain_push_parts(&tree, rule, 1);
	while (tree.count > 0 && tree.lines++ < EXPLAIN_PARTS) {
		struct explain_part part = tree.stack[--tree.count];

		explain_part(&tree, part);
		explain_push_parts(&tree, part.rule, part.depth + 1);
	}
	if (tree.count > 0)
		buf_text(&tree.out, "  ...\n");
	return buf_string(&tree.out);
}
