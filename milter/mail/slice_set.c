/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/slice_set.h"

#include "base/mem.h"

/* Up to so many are looked through one by one. */
#define LINEAR_MAX 8

static uint32_t
slice_set_hash(struct slice s)
{
	uint32_t hash = HASH_BEGIN;

	for (size_t i = 0; i < s.len; i++)
		hash = hash_byte(hash, (unsigned char)s.data[i]);
	return hash;
}

/* The slot that holds s, or the free one where it belongs. */
static size_t
slice_set_slot(const struct slice_set *set, struct slice s, uint32_t hash)
{
	size_t mask = set->slot_count - 1, slot = hash & mask;

	while (set->slots[slot] != 0) {
		size_t i = set->slots[slot] - 1;

		if (set->hashes[i] == hash && slice_equal(set->items[i], s))
			break;
		slot = (slot + 1) & mask;
	}
	return slot;
}

static void
slice_set_grow(struct slice_set *set)
{
	set->slot_count = set->slot_count == 0 ? 4 * LINEAR_MAX
					       : 2 * set->slot_count;
	mem_free(set->slots);
	set->slots = mem_array(set->mem, uint32_t, set->slot_count);
	for (size_t i = 0; i < set->count; i++)
		set->slots[slice_set_slot(set, set->items[i],
					  set->hashes[i])] = (uint32_t)i + 1;
}

static size_t
slice_set_look(const struct slice_set *set, struct slice s, uint32_t hash)
{
	if (set->slot_count > 0)
		return (size_t)set->slots[slice_set_slot(set, s, hash)] - 1;
	for (size_t i = 0; i < set->count; i++)
		if (set->hashes[i] == hash && slice_equal(set->items[i], s))
			return i;
	return SLICE_SET_NONE;
}

size_t
slice_set_find(const struct slice_set *set, struct slice s)
{
	return slice_set_look(set, s, slice_set_hash(s));
}

size_t
slice_set_add(struct slice_set *set, struct slice s)
{
	uint32_t hash = slice_set_hash(s);
	size_t found = slice_set_look(set, s, hash);

	if (found != SLICE_SET_NONE)
		return found;
	mem_grow(set->mem, set->items, set->count);
	mem_grow(set->mem, set->hashes, set->count);
	set->items[set->count] = s;
	set->hashes[set->count] = hash;
	set->count++;
	if (set->count > LINEAR_MAX && 2 * set->count > set->slot_count)
		slice_set_grow(set);
	else if (set->slot_count > 0)
		set->slots[slice_set_slot(set, s, hash)] =
			(uint32_t)set->count;
	return set->count - 1;
}
