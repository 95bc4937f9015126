/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef T_EXPRESSIONS_H
#define T_EXPRESSIONS_H

/* Expressions over rules A to F, for tests. */

#include "rule/expression.h"

#define RULES 6

static inline int
expressions_resolve(void *context, struct slice name, struct slice argument,
		    struct expression_step *step, struct err *err)
{
	(void)context;
	(void)argument;
	(void)err;
	*step = (struct expression_step){
		.op = EXPRESSION_VALUE, .of.index = (size_t)(name.data[0] - 'A')
	};
	return 0;
}

static inline struct expression *
expressions_compile(void *mem, const char *text)
{
	return expression_compile(mem, text, NULL, expressions_resolve, NULL,
				  NULL);
}

/* The same numbers in each run. */
static inline unsigned
draw(unsigned below)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return (state >> 16) % below;
}

/* Operands and operators by turns, so that it compiles. */
static inline const char *
draw_expression(void *mem)
{
	static const char *const operators[] = {
		"&&", "&&", "&&", "||", "||", "+", "+", "-", "*", "/", "<",
		">", "<=", ">=", "==", "!=", "^",
	};
	struct buf text = BUF(mem);
	unsigned open = 0;

	for (unsigned left = 1 + draw(8);;) {
		while (draw(3) == 0) {
			buf_text(&text, draw(3) == 0 ? "!(" : "(");
			open++;
		}
		if (draw(4) == 0)
			buf_printf(&text, "%s%u", draw(4) == 0 ? "-" : "",
				   draw(4));
		else
			buf_printf(&text, "%s%c", draw(4) == 0 ? "!" : "",
				   'A' + (char)draw(RULES));
		while (open > 0 && draw(2) == 0) {
			buf_char(&text, ')');
			open--;
		}
		if (--left == 0)
			break;
		buf_printf(&text, " %s ", operators[draw(17)]);
	}
	while (open-- > 0)
		buf_char(&text, ')');
	return buf_string(&text);
}

#endif
