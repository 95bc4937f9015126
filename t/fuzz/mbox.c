/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as an mbox: no byte is lost and no message is empty. */
#include <stdint.h>
#include <stdlib.h>

#include "mail/mbox.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size }, message;
	size_t bytes = 0, count = 0;

	while (mbox_next(&rest, &message)) {
		if (message.len == 0 || (count > 0 && !mbox_is(message)))
			abort();
		bytes += message.len;
		count++;
	}
	if (bytes != size)
		abort();
	return 0;
}
