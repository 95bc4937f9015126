/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which rules must hit before a meta can. */
#include "tap.h"

#include <string.h>

#include "base/mem.h"
#include "expressions.h"
#include "rule/meta_watch.h"

static void
is(void *mem, const char *text, const char *wanted)
{
	static const uint32_t cost[RULES] = { 1, 2, 4, 8, 8, UINT32_MAX };
	struct expression *expression =
		expressions_compile(mem, text);
	char found[WATCH_RULES + 1] = "all";
	struct watch watch;

	if (watch_find(&watch, expression, cost)) {
		for (size_t i = 0; i < watch.count; i++)
			found[i] = (char)('A' + watch.rules[i]);
		found[watch.count] = '\0';
	}
	tap_is(found, wanted, text);
}

/* With values that leave the watched rules 0, the expression is 0. */
static bool
holds(const struct expression *expression)
{
	uint32_t cost[RULES];
	struct watch watch;

	for (size_t i = 0; i < RULES; i++)
		cost[i] = draw(6) == 0 ? UINT32_MAX : draw(9);
	if (!watch_find(&watch, expression, cost))
		return true;
	for (unsigned times = 0; times < 8; times++) {
		double values[RULES];

		for (size_t i = 0; i < RULES; i++)
			values[i] = draw(3);
		for (size_t i = 0; i < watch.count; i++)
			values[watch.rules[i]] = 0;
		if (expression_run(expression, values) != 0)
			return false;
	}
	return true;
}

static void
test_many(void *mem)
{
	unsigned compiled = 0, wrong = 0;

	for (unsigned i = 0; i < 20000; i++) {
		const char *text = draw_expression(mem);
		struct expression *expression = expressions_compile(mem, text);

		if (expression == NULL)
			continue; /* a chain of comparisons */
		compiled++;
		if (holds(expression))
			continue;
		wrong++;
		tap_note("%s", text);
	}
	tap_ok(compiled > 10000, "%u expressions", compiled);
	tap_is_int(wrong, 0, "they are 0 while what is watched is 0");
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	is(mem, "A", "A");
	is(mem, "B && A", "A");
	is(mem, "A && B && C", "A");
	is(mem, "A || B", "AB");
	is(mem, "(A || B) && C", "AB");
	is(mem, "(A || C) && C", "C");
	is(mem, "!A", "all");
	is(mem, "!A && D", "D");
	is(mem, "A + B + C > 1", "ABC");
	is(mem, "A + B >= 0", "all");
	is(mem, "A < 1", "all");
	is(mem, "A < 0", "A");
	is(mem, "2 * A", "A");
	is(mem, "A * B", "AB");
	is(mem, "F && A", "A");
	is(mem, "F", "all");
	is(mem, "F || A", "all");
	is(mem, "0", "");
	is(mem, "1", "all");
	is(mem, "A ? B : C", "all");
	test_many(mem);
	mem_free(mem);
	return tap_done();
}
