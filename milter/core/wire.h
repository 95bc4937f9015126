/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_WIRE_H
#define CORE_WIRE_H

/*
 * Numbers and texts as bytes, for the way between daemon and inspector. Both
 * ends are the same program, so there is no versioning beyond one tag; but the
 * inspector may have been taken over by a mail, so the reader trusts nothing:
 * after the first thing that does not fit it returns zeros and "" and `bad`
 * stays set.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

void wire_put_number(struct buf *out, int64_t number);
void wire_put_double(struct buf *out, double number);
void wire_put_text(struct buf *out, const char *text); /* NULL stays NULL */

struct wire {
	void *mem; /* owner of the texts that are read */
	struct slice rest;
	bool bad;
};

int64_t wire_number(struct wire *wire);
double wire_double(struct wire *wire);
const char *wire_text(struct wire *wire); /* NULL only if NULL was sent */
const char *wire_text_or_empty(struct wire *wire);
/* A count of things of at least one byte each; 0 and bad if it cannot be. */
size_t wire_count(struct wire *wire);

/*
 * Members of a struct by offset: each a const char *, so that writing and
 * reading cannot drift apart.
 */
void wire_put_members(struct buf *out, const void *base,
		      const size_t *offsets, size_t count);
void wire_members(struct wire *wire, void *base, const size_t *offsets,
		  size_t count);

#endif
