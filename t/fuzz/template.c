/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Up to the first empty line: a template, then the mail. What comes of it must
 * be fit for a header whatever the two hold.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "rule/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
assert_header(const char *value)
{
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		assert(c == '\t' || c == '\n' || (c >= 0x20 && c < 0x7f));
		assert(c != '\n' || value[1] == '\t');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ruleset *ruleset;
	struct slice input = { (const char *)data, size };
	size_t end = slice_search(input, 0, SLICE("\n\n"));
	struct ruleset_source source = {
		.text = SLICE("header A_RULE_OF_SOME_LENGTH exists:From\n"
			      "header (B) exists:From\nbody __C /c/\n"
			      "describe A_RULE_OF_SOME_LENGTH it says From\n"),
		.no_jit = true,
	};
	void *mem = mem_context(NULL, "fuzz");
	struct check *check;
	struct err err;

	if (ruleset == NULL)
		ruleset = ruleset_load(NULL, &source, problems_new(mem), &err);
	check = check_message(mem, ruleset,
			      message_parse(mem, slice_from(input, end + 2),
					    NULL),
			      NULL);
	assert_header(check_header_field(check, "X-Spam-Test",
					 slice_string(mem, slice_cut(input, 0,
								     end))));
	check_report(check);
	mem_free(mem);
	return 0;
}
