/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Received fields of any kind, and the relays of whole messages. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "mail/message.h"
#include "mail/received.h"
#include "mail/received_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const headers[] = { "X-Originating-IP", NULL };
	struct relay_settings settings = { .originating_ip_headers = headers };
	struct slice input = { (const char *)data, size };
	void *mem = mem_context(NULL, "fuzz");
	struct received_line line;
	const struct relays *relays;

	received_read(mem, input, &line);
	relays = received_relays(message_parse(mem, input, NULL), &settings);
	if (relays->trusted_count > relays->count ||
	    relays->internal_count > relays->count)
		__builtin_trap();
	mem_free(mem);
	return 0;
}
