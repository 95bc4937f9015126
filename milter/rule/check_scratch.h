/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_CHECK_SCRATCH_H
#define RULE_CHECK_SCRATCH_H

/*
 * Room that a check needs while it runs: match data, machine stack, marks. To
 * make it costs as much as many rules, so a rule set keeps one for the next
 * message. Any number of threads may take one at a time.
 */

#include "rule/sieve.h"
#include "wrap/regex.h"

struct check_scratch {
	struct regex_scratch *regex;
	struct sieve_scratch *sieve;
};

struct check_spare; /* of a rule set */

struct check_spare *check_spare_new(void *mem);
/* The spare one, or a new one. */
struct check_scratch *check_scratch_take(struct check_spare *spare);
/* Keeps it for others, unless one is kept, or it has grown over a large
 * mail. */
void check_scratch_give(struct check_spare *spare,
			struct check_scratch *scratch, size_t message_size);

#endif
