/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expressions of metas and `if` lines, as Perl evaluates them. */
#include "tap.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "rule/expression.h"

/* A 0, B 1, C 2.5, D -3 */
static const double values[] = { 0, 1, 2.5, -3 };

static const struct {
	const char *text;
	double value; /* NAN: it must be refused */
} cases[] = {
	{ "1 + 2 * 3", 7 },
	{ "(1 + 2) * 3", 9 },
	{ "7 - 2 - 1", 4 },
	{ "8 / 2 / 2", 2 },
	{ "1 / 0", 0 },
	{ "-B + 3", 2 },
	{ "- -B", 1 },
	{ "!A + 1", 2 },
	{ "!(A + 1)", 0 },
	{ "!!C", 1 },
	{ "B && C", 2.5 },
	{ "A && C", 0 },
	{ "C || B", 2.5 },
	{ "A || C", 2.5 },
	{ "A || B && A", 0 },
	{ "B + C > 3", 1 },
	{ "B + C > 3.5", 0 },
	{ "B + C >= 3.5", 1 },
	{ "(B + C) < 4 == 1", 1 },
	{ "B != 1", 0 },
	{ "D <= -3", 1 },
	{ "6 ^ 3", 5 },
	{ "A ? 5 : 6", 6 },
	{ "B?C:D", 2.5 },
	{ "A ? 1 : A ? 2 : 3", 3 },
	{ "B ? A ? 1 : 2 : 3", 2 },
	{ "B+C-D", 6.5 },
	{ "  C  ", 2.5 },
	{ "((((B))))", 1 },
	{ "A || B || A || A", 1 },
	{ "3.004002 >= 3.004002", 1 },
	{ "", NAN },
	{ "(", NAN },
	{ ")", NAN },
	{ "(A", NAN },
	{ "A)", NAN },
	{ "A B", NAN },
	{ "A &&", NAN },
	{ "&& A", NAN },
	{ "A & B", NAN },
	{ "A | B", NAN },
	{ "A , B", NAN },
	{ "A ** B", NAN },
	{ "A ? B", NAN },
	{ "A : B", NAN },
	{ "A ? (B : C)", NAN },
	{ "1 < 2 < 3", NAN },
	{ "1 == 1 == 1", NAN },
	{ "A = B", NAN },
	{ "Z", NAN },
	{ "$A", NAN },
	{ "A::B", NAN },
	{ "\"A\"", NAN },
};

static int
resolve(void *context, struct slice name, struct slice argument,
	struct expression_step *step, struct err *err)
{
	size_t index = (size_t)(name.data[0] - 'A');

	if (name.len != 1 || index > 3)
		return err_config(err, "unknown");
	step->op = EXPRESSION_VALUE;
	step->of.index = index;
	return 0;
}

static struct expression *
compile(void *mem, const char *text, struct err *err)
{
	return expression_compile(mem, text, NULL, resolve, NULL, err);
}

static void
test_case(void *mem, size_t i)
{
	struct err err = { .text = "" };
	struct expression *expression = compile(mem, cases[i].text, &err);
	double value;

	if (isnan(cases[i].value)) {
		tap_ok(expression == NULL && *err.text != '\0',
		       "'%s' is refused: %s", cases[i].text, err.text);
		return;
	}
	if (!tap_ok(expression != NULL, "'%s' compiles %s", cases[i].text,
		    err.text))
		return;
	value = expression_run(expression, values);
	tap_ok(fabs(value - cases[i].value) < 1e-12, "'%s' is %g",
	       cases[i].text, value);
}

static char *
repeat(void *mem, const char *before, const char *middle, const char *after,
       size_t count)
{
	struct buf out = BUF(mem);

	for (size_t i = 0; i < count; i++)
		buf_text(&out, before);
	buf_text(&out, middle);
	for (size_t i = 0; i < count; i++)
		buf_text(&out, after);
	return mem_strdup(mem, buf_string(&out));
}

static void
test_bounds(void *mem)
{
	struct expression *expression;
	struct err err;

	expression = compile(mem, repeat(mem, "(", "B", ")", 200), &err);
	tap_ok(expression != NULL && expression_run(expression, values) == 1,
	       "200 parentheses are fine");
	tap_ok(compile(mem, repeat(mem, "(", "B", ")", 100000), &err) == NULL,
	       "100000 are refused: %s", err.text);
	tap_ok(compile(mem, repeat(mem, "!", "B", "", 100000), &err) == NULL,
	       "100000 times ! is refused: %s", err.text);
	expression = compile(mem, repeat(mem, "", "B", "+B", 50000), &err);
	tap_ok(expression != NULL &&
		       expression_run(expression, values) == 50001,
	       "a sum of 50001 is fine");
	tap_ok(compile(mem, repeat(mem, "", "B", "+B", 200000), &err) == NULL,
	       "a sum of 200001 is refused: %s", err.text);
	tap_ok(compile(mem, repeat(mem, "B?", "B", ":B", 100000), &err) ==
		       NULL,
	       "100000 questions are refused: %s", err.text);
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_case(mem, i);
	test_bounds(mem);
	mem_free(mem);
	return tap_done();
}
