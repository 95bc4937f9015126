/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a rule file: it loads, with or without problems. */
#include <stdint.h>

#include "base/mem.h"
#include "rule/ruleset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct ruleset_source source = {
		.text = { (const char *)data, size },
		.lint = size > 0 && (data[size - 1] & 1) != 0,
		.no_jit = true,
	};
	struct problems *problems = problems_new(mem);
	struct err err;

	ruleset_load(mem, &source, problems, &err);
	mem_free(mem);
	return 0;
}
