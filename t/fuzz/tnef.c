/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Outlook's winmail.dat, and files inside a text. */
#include <assert.h>

#include "base/mem.h"
#include "mail/embedded.h"
#include "mail/tnef.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(struct slice s)
{
	volatile char sum = 0;

	for (size_t i = 0; i < s.len; i++)
		sum = (char)(sum ^ s.data[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct slice in = { mem_copy(mem, data, size), size };
	struct tnef tnef = tnef_read(mem, in);
	struct embedded found;
	size_t at = 0, before = 0;

	for (size_t i = 0; i < tnef.count; i++) {
		check_inside(tnef.files[i].bytes);
		for (size_t k = 0; tnef.files[i].names[k] != NULL; k++)
			check_inside(slice_of(tnef.files[i].names[k]));
	}
	while (embedded_next(mem, in, &at, &found)) {
		assert(at > before && at <= size);
		before = at;
		check_inside(found.bytes);
		check_inside(slice_of(found.name));
	}
	mem_free(mem);
	return 0;
}
