/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/check_scratch.h"

#include <stdatomic.h>

#include "base/mem.h"

#define SPARE_MESSAGE (1 << 20) /* size after which room is given back */

struct check_spare {
	_Atomic(struct check_scratch *) scratch; /* owned by itself */
};

static void
check_spare_free(void *ptr)
{
	struct check_spare *spare = ptr;

	mem_free(atomic_exchange(&spare->scratch, NULL));
}

struct check_spare *
check_spare_new(void *mem)
{
	struct check_spare *spare = mem_new(mem, struct check_spare);

	mem_on_free(spare, check_spare_free);
	return spare;
}

struct check_scratch *
check_scratch_take(struct check_spare *spare)
{
	struct check_scratch *scratch = atomic_exchange(&spare->scratch, NULL);

	if (scratch != NULL)
		return scratch;
	scratch = mem_new(NULL, struct check_scratch);
	scratch->regex = regex_scratch_new(scratch);
	scratch->sieve = sieve_scratch_new(scratch);
	return scratch;
}

void
check_scratch_give(struct check_spare *spare, struct check_scratch *scratch,
		   size_t message_size)
{
	regex_scratch_deadline(scratch->regex, 0);
	if (message_size <= SPARE_MESSAGE)
		scratch = atomic_exchange(&spare->scratch, scratch);
	mem_free(scratch);
}
