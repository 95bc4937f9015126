/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * First byte: flags; then the pattern, a NUL, and the subject. Where a pattern
 * matches, its needs must be met.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "../needs.h"

#include "base/clock.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct slice input = { (const char *)data + 1, size - 1 };
	struct regex_scratch *scratch = regex_scratch_new(mem);
	struct regex *regex;
	size_t end, from, to;

	if (size == 0)
		goto out;
	end = slice_find(input, 0, '\0');
	regex = regex_compile(mem, slice_cut(input, 0, end),
			      data[0] & ~(unsigned)REGEX_ONCE, NULL);
	input = slice_from(input, end + 1);
	if (regex == NULL)
		goto out;
	regex_scratch_deadline(scratch, clock_ms() + 100);
	if (regex_match(regex, scratch, input, 0) == REGEX_YES) {
		assert(needs_let_pass(mem, regex, input));
		assert(regex_span(scratch, 0, &from, &to));
		assert(to <= input.len);
		for (unsigned i = 1; i <= regex_groups(regex); i++) {
			regex_group_name(regex, i);
			if (regex_span(scratch, i, &from, &to))
				assert(from <= input.len && to <= input.len);
		}
	}
out:
	mem_free(mem);
	return 0;
}
