/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "putoff.h"

#include "base/mem.h"
#include "retry.h"

struct putoff {
	struct memory *memory;
};

struct putoff *
putoff_open(const struct config *config)
{
	struct putoff *putoff = mem_new(NULL, struct putoff);
	char *path = mem_printf(putoff, "%s/put-off",
				config_string(config, "state_directory"));

	putoff->memory = memory_open(path);
	putoff_configure(putoff, config);
	return putoff;
}

void
putoff_configure(struct putoff *putoff, const struct config *config)
{
	memory_bound(putoff->memory,
		     (size_t)config_int(config, "put_off_entries"),
		     config_time(config, "put_off_time") / 1000);
}

bool
putoff_again(struct putoff *putoff, int message, size_t prefix, size_t size,
	     struct err *err)
{
	struct digest digest;

	if (retry_digest(message, prefix, memory_key(putoff->memory), &digest,
			 err) < 0)
		return false;
	return memory_note(putoff->memory, &digest, size, "limit") > 1;
}
