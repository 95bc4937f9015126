/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_SLICE_SET_H
#define MAIL_SLICE_SET_H

/*
 * Slices, each once, in the order they came; found by hash. The bytes belong to
 * somebody else. Bounded by its owner, as colliding hashes cost up to the
 * square of the count.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct slice_set {
	void *mem; /* owner of what follows */
	struct slice *items;
	uint32_t *hashes;
	uint32_t *slots; /* index + 1, or 0 */
	size_t count;
	size_t slot_count;
};

#define SLICE_SET(owner) ((struct slice_set){ .mem = (owner) })
#define SLICE_SET_NONE ((size_t)-1)

size_t slice_set_find(const struct slice_set *set, struct slice s);
/* The index of s, which is added if it is new. */
size_t slice_set_add(struct slice_set *set, struct slice s);

#endif
