/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as the value of Date. */
#include <stdint.h>

#include "base/mem.h"
#include "mail/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct slice text = { (const char *)data, size };
	int64_t seconds;

	date_parse(mem, text, &seconds);
	mem_free(mem);
	return 0;
}
