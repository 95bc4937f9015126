/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as an expression: refused, or run without harm. */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "rule/expression.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
fuzz_resolve(void *context, struct slice name, struct slice argument,
	     struct expression_step *step, struct err *err)
{
	step->op = EXPRESSION_VALUE;
	step->of.index = (unsigned char)name.data[0] % 4;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const functions[] = { "can", "plugin", NULL };
	static const double values[4] = { 0, 1, 2.5, -3 };
	void *mem = mem_context(NULL, "fuzz");
	const struct expression *expression;
	struct err err;

	expression = expression_compile(mem,
					mem_strndup(mem, (const char *)data,
						    size),
					functions, fuzz_resolve, NULL, &err);
	if (expression != NULL)
		expression_run(expression, values);
	mem_free(mem);
	return 0;
}
