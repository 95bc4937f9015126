/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts that a person reads: never one with bytes that no text has. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mail/prose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = { (const char *)data, size };

	if (prose_is_text(bytes) || prose_is_html(bytes))
		assert(size > 0 && memchr(data, '\0', size) == NULL);
	return 0;
}
