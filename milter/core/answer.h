/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_ANSWER_H
#define CORE_ANSWER_H

/*
 * What is known of recipients that were found, for a while: a fresh answer
 * saves look-ups, an older one helps while the database is down. Unknown
 * recipients are not kept, since a wrong 550 would lose mail. Any thread; the
 * number of answers is bounded, the one not used for longest goes first.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/virtual.h"

struct answers;

struct answers *answers_new(void *mem, size_t limit);
/* Keeps an answer that is KNOWN or FOREIGN; others drop what was known. */
void answers_keep(struct answers *answers, const char *address,
		  const struct virtual_answer *answer);
/* An answer not older than max_age (ms), copied below mem; *age in ms. */
bool answers_find(void *mem, struct answers *answers, const char *address,
		  int64_t max_age, struct virtual_answer *answer,
		  int64_t *age);

#endif
