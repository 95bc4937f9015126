/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "mail/address_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct header_address *items;
	size_t count = address_list(mem, (struct slice){ (const char *)data,
							 size }, &items);
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++) {
		address_host_is_valid(items[i].address);
		bytes += items[i].address.len + items[i].name.len;
	}
	assert(bytes <= size);
	mem_free(mem);
	return 0;
}
