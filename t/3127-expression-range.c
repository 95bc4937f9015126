/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an expression can come to while some of its values are open. */
#include "tap.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "expressions.h"
#include "rule/expression_range.h"

static const double values[RULES] = { 0, 1, 2, 0, 1, 3 };
static const uint8_t traits[RULES] = {
	1, 2, 4 | RANGE_ENDLESS, 8, 8, 1 | RANGE_ENDLESS,
};

static uint8_t
closed(double value)
{
	return value == 0 ? RANGE_ZERO : RANGE_VALUE;
}

/* wanted: "=" and a number, or the name of what is to be asked for. */
static void
is(const char *text, const char *open_names, const char *wanted)
{
	void *mem = mem_context(NULL, "test");
	struct expression *expression =
		expressions_compile(mem, text);
	uint8_t open[RULES] = { 0 };
	const struct range_values given = { values, open, traits };
	struct range range;
	char found[32];

	for (size_t i = 0; i < RULES; i++)
		open[i] = closed(values[i]);
	for (const char *name = open_names; *name != '\0'; name++)
		open[*name - 'A'] = RANGE_OPEN;
	range = expression_range(expression, &given);
	if (range.known)
		snprintf(found, sizeof(found), "=%g", range.least);
	else
		snprintf(found, sizeof(found), "%c", 'A' + (int)range.cause);
	if (!tap_is(found, wanted, text))
		tap_note("%s are open", open_names);
	mem_free(mem);
}

static void
test_cases(void)
{
	is("A && B", "", "=0");
	is("A && B", "B", "=0"); /* A is 0 */
	is("B && A", "B", "=0");
	is("B && D", "AD", "D");
	is("A && B", "AB", "A"); /* it costs less */
	is("D && C", "DC", "C");
	is("B || D", "D", "=1");
	is("D || B", "D", "=1"); /* 0 or 1, else 1 */
	is("D || C", "D", "D"); /* else 2 */
	is("!D", "D", "D");
	is("!(D || B)", "D", "=0");
	is("A + D > 1", "D", "=0");
	is("A + D > 0", "D", "D");
	is("B + C + D > 2", "D", "=1");
	is("A + D + E > 2", "DE", "=0");
	is("A + D + F > 2", "DF", "F");
	is("A + D + E >= 2", "DE", "D");
	is("A * D", "D", "=0");
	is("(A - D) < 1", "D", "=1");
	is("D / 2 > 1", "D", "D");
	is("C == 2 && B", "", "=1");
	is("D == 2", "D", "=0");
	is("D != 2", "D", "=1");
	is("D ^ B", "D", "D");
	is("A ? D : B", "D", "=1");
	is("B ? A : D", "D", "=0");
	is("D ? B : E", "D", "=1"); /* either way */
	is("D ? B : C", "D", "D");
	is("-D < 1", "D", "=1");
	is("C", "C", "C");
	is("A + B + C + D + E > 5", "DE", "=0");
	is("A + D + B + E + C > 3", "DE", "D"); /* the first of equal cost */
	is("A && D || B", "D", "=1"); /* D is left out */
	is("B || D && E", "DE", "=1");
	is("A && D && E", "DE", "=0");
	is("(D || A) < 2 && (D || A) >= 0", "D", "=1");
}

/*
 * Whatever the open values are in the end: what was known is so, and asking for
 * one cause after the other ends with what the expression is.
 */
static bool
holds(void *mem, const char *text)
{
	const struct expression *expression =
		expressions_compile(mem, text);
	double now[RULES];
	uint8_t open[RULES];
	const struct range_values given = { now, open, traits };
	unsigned asked = 0;

	if (expression == NULL)
		return true; /* a chain of comparisons */
	for (size_t i = 0; i < RULES; i++) {
		now[i] = draw(traits[i] & RANGE_ENDLESS ? 6 : 2);
		open[i] = draw(2) == 0 ? RANGE_OPEN : closed(now[i]);
	}
	for (;;) {
		struct range range = expression_range(expression, &given);
		double value = expression_run(expression, now);

		if (range.known)
			return range.least == value ||
			       (isnan(range.least) && isnan(value));
		if (!(value >= range.least && value <= range.most) &&
		    !isnan(value))
			return false;
		if (open[range.cause] != RANGE_OPEN || ++asked > RULES)
			return false;
		open[range.cause] = closed(now[range.cause]);
	}
}

static void
test_random(void)
{
	void *mem = mem_context(NULL, "test");
	size_t wrong = 0;

	for (size_t i = 0; i < 100000; i++) {
		const char *text = draw_expression(mem);

		if (!holds(mem, text) && wrong++ < 10)
			tap_note("%s", text);
		if (i % 1000 == 0) {
			mem_free(mem);
			mem = mem_context(NULL, "test");
		}
	}
	tap_is_int((long long)wrong, 0, "100,000 expressions of all kinds");
	mem_free(mem);
}

int
main(void)
{
	test_cases();
	test_random();
	return tap_done();
}
