/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as an address: refused, or written so that it reads the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	char *text = mem_strndup(mem, (const char *)data, size);
	struct address address, again;
	struct slice list = { (const char *)data, size }, item, folded;

	if (address_parse(mem, text, &address) == ADDRESS_OK) {
		char *written = address_string(mem, &address);

		/* Quotes may make it longer than an address may be. */
		if (address_parse(mem, written, &again) == ADDRESS_OK &&
		    (strcmp(address.local, again.local) != 0 ||
		     strcmp(address.domain, again.domain) != 0))
			abort();
	}
	while (address_next(&list, &item))
		if (item.len == 0)
			abort();
	list = (struct slice){ (const char *)data, size };
	folded = address_fold(mem, list);
	if (!slice_equal(folded, address_fold(mem, folded)))
		abort();
	mem_free(mem);
	return 0;
}
