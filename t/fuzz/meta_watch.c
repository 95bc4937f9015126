/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A meta that is tried only when a watched rule hits must not hit without one:
 * with 0 for these and anything for the others the expression is 0. The first
 * bytes say what each rule costs, the rest choose pieces of an expression.
 */
#include <assert.h>
#include <stdint.h>

#include "base/mem.h"
#include "rule/meta_watch.h"

#define RULES 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const pieces[] = {
	"A", "B", "C", "D", "A", "B", "C", "D", "0", "1", "2", "0.5",
	"999999999", "(", "(", ")", ")", "!", "-", "+", "&&", "&&", "||", "||",
	"+", "-", "*", "/", "<", ">", "<=", ">=", "==", "!=", "^", "?", ":",
};

static int
resolve(void *context, struct slice name, struct slice argument,
	struct expression_step *step, struct err *err)
{
	step->op = EXPRESSION_VALUE;
	step->of.index = (unsigned char)name.data[0] % RULES;
	return 0;
}

/* Each way to give the rules values but those that are watched. */
static void
try_values(const struct expression *expression, const struct watch *watch)
{
	static const double choice[] = { 0, 1, -1, 2.5 };

	for (unsigned way = 0; way < 1 << (2 * RULES); way++) {
		double values[RULES];

		for (unsigned i = 0; i < RULES; i++)
			values[i] = choice[way >> (2 * i) & 3];
		for (size_t i = 0; i < watch->count; i++)
			values[watch->rules[i]] = 0;
		assert(expression_run(expression, values) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct buf text = BUF(mem);
	uint32_t cost[RULES];
	const struct expression *expression;
	struct watch watch;
	struct err err;
	size_t i;

	for (i = 0; i < RULES; i++)
		cost[i] = i >= size || data[i] == 255 ? UINT32_MAX : data[i];
	buf_text(&text, "");
	for (; i < size; i++)
		buf_printf(&text, "%s ",
			   pieces[data[i] %
				  (sizeof(pieces) / sizeof(*pieces))]);
	expression = expression_compile(mem, buf_string(&text), NULL, resolve,
					NULL, &err);
	if (expression != NULL && watch_find(&watch, expression, cost))
		try_values(expression, &watch);
	mem_free(mem);
	return 0;
}
