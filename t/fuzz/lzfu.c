/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compressed RTF: bounded by its input, whatever the head says. */
#include <stdint.h>

#include "base/mem.h"
#include "mail/lzfu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct slice in = { mem_copy(mem, data, size), size };
	bool unknown;
	struct slice text = lzfu_read(mem, in, &unknown);

	if (text.len > 9 * size || (unknown && text.len > 0))
		__builtin_trap();
	mem_free(mem);
	return 0;
}
