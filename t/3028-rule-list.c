/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Look-ups in a list with an index, beside the same list without one. */
#include "tap.h"

#include "base/mem.h"
#include "rule/rule_list.h"

static const char *words[] = {
	"a.test", "b.test", "!c.test", "*.d.test", "c.test",
	"b.test", "e?.test", "",       "f.test",   "g.test",
};

static void
is_place(const struct rule_list *list, struct slice word, long long wanted)
{
	tap_is_int((long long)rule_list_place(list, word), wanted,
		   slice_string(NULL, word));
}

static void
test_list(const struct rule_list *list)
{
	is_place(list, SLICE("a.test"), 1);
	is_place(list, SLICE("b.test"), 6); /* where it stands last */
	is_place(list, SLICE("!c.test"), 3);
	is_place(list, SLICE("c.test"), 5);
	is_place(list, SLICE("x.d.test"), 0);
	is_place(list, SLICE("*.d.test"), 4);
	is_place(list, SLICE("A.test"), 0);
	is_place(list, SLICE("a.test\0x"), 0);
	is_place(list, SLICE(""), 0);
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");
	struct rule_list list = { .items = words, .count = 10 };
	struct rule_list few = { .items = words, .count = 4 };

	test_list(&list);
	rule_list_index(mem, &list);
	tap_ok(list.places != NULL, "a long list is indexed");
	test_list(&list);
	tap_is_int((long long)list.glob_count, 2, "its globs are known");
	rule_list_index(mem, &few);
	tap_ok(few.places == NULL, "a short one is not");
	tap_is_int((long long)few.glob_count, 1, "but its glob is known");
	tap_ok(few.globs[0] == words[3], "and which one it is");
	tap_is_int((long long)rule_list_place(NULL, SLICE("a")), 0,
		   "a list that was never set is empty");
	mem_free(mem);
	return tap_done();
}
