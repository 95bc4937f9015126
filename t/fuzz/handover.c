/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The header as Postfix hands it over: slices stay inside the message. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/handover.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct slice whole, struct slice part)
{
	assert(part.data == NULL || part.len == 0 ||
	       (part.data >= whole.data &&
		part.data + part.len <= whole.data + whole.len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice raw = { (const char *)data, size };
	struct handover handover;

	handover_read(raw, &handover);
	inside(raw, handover.message);
	inside(raw, handover.queue_id);
	assert(handover.arrived >= 0);
	return 0;
}
