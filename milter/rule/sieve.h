/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_SIEVE_H
#define RULE_SIEVE_H

/*
 * Which of many clauses (wrap/regex_needs.h) a text meets, told in one pass
 * over it, so that the other patterns cannot match. A sieve is built by one
 * thread and read-only afterwards; each thread brings its own sieve_scratch.
 */

#include <stdint.h>

#include "base/str.h"
#include "wrap/regex_needs.h"

#define SIEVE_SLOTS (1u << 22) /* so many at most */

struct sieve;
struct sieve_scratch;

/* bare: for needs that speak of bare text, else of folded text. */
struct sieve *sieve_new(void *mem, bool bare);
/* slot: what stands for the clause in results; small numbers, each once. Its
 * needs must speak of the text that the sieve was made for. */
void sieve_add(struct sieve *sieve, uint32_t slot,
	       const struct need_clause *clause);
/* To be called once, when all patterns are in. */
void sieve_finish(struct sieve *sieve);

/* Marks for any number of sieves, one scan at a time. */
struct sieve_scratch *sieve_scratch_new(void *mem);
/* The slots of clauses all of whose needs stand in text, each once, in no
 * order; valid until the next scan. Returns how many. */
size_t sieve_scan(const struct sieve *sieve, struct sieve_scratch *scratch,
		  struct slice text, const uint32_t **slots);

#endif
