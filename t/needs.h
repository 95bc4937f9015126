/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef T_NEEDS_H
#define T_NEEDS_H

/* What a pattern needs, beside a text; for tests and fuzz targets. */

#include "rule/sieve.h"
#include "wrap/regex.h"
#include "wrap/regex_needs.h"

/* Whether a sieve of its own lets the pattern be tried on the text. */
static inline bool
needs_let_pass(void *mem, const struct regex *regex, struct slice text)
{
	const struct regex_needs *needs = regex_needs(regex);
	const uint32_t *slots;
	struct sieve *sieve;

	if (needs == NULL)
		return true;
	sieve = sieve_new(mem, needs->bare);
	for (uint32_t i = 0; i < needs->count; i++)
		sieve_add(sieve, i, &needs->clauses[i]);
	sieve_finish(sieve);
	return sieve_scan(sieve, sieve_scratch_new(mem), text, &slots) > 0;
}

#endif
