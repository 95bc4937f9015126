/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Networks line by line; each is asked for as an address, too. */
#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"
#include "mail/netset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct netset *set = netset_new(mem);
	struct slice rest = { (const char *)data, size }, line;
	size_t added = 0;

	while (slice_line(&rest, &line))
		added += netset_add(set, slice_string(mem, line));
	if (netset_count(set) != added)
		__builtin_trap();
	rest = (struct slice){ (const char *)data, size };
	while (slice_line(&rest, &line)) {
		netset_contains(set, slice_string(mem, line));
		netset_is_private(slice_string(mem, line));
	}
	mem_free(mem);
	return 0;
}
