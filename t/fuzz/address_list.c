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
	struct header_address *same;
	size_t bytes = 0;

	assert(address_list_by_pattern(mem, (struct slice){ (const char *)data,
							    size }, &same) ==
	       count);
	for (size_t i = 0; i < count; i++) {
		assert(slice_equal(items[i].address, same[i].address));
		assert(slice_equal(items[i].name, same[i].name));
		assert((items[i].address.data == NULL) ==
		       (same[i].address.data == NULL));
		assert((items[i].name.data == NULL) ==
		       (same[i].name.data == NULL));
		address_host_is_valid(items[i].address);
		bytes += items[i].address.len + items[i].name.len;
	}
	assert(bytes <= size);
	mem_free(mem);
	return 0;
}
