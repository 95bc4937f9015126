/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/names.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define NAMES_FIRST_SIZE 64 /* a power of two */

struct names_entry {
	const char *key;
	void *value; /* NULL: free */
};

struct names {
	struct names_entry *entries;
	size_t size; /* a power of two */
	size_t used;
};

struct names *
names_new(void *mem)
{
	struct names *names = mem_new(mem, struct names);

	names->size = NAMES_FIRST_SIZE;
	names->entries = mem_array(names, struct names_entry, names->size);
	return names;
}

static uint32_t
names_hash(const char *key)
{
	uint32_t hash = HASH_BEGIN;

	for (; *key != '\0'; key++)
		hash = hash_byte(hash, (unsigned char)*key);
	return hash;
}

/* The entry of key, or the free one where it belongs. */
static struct names_entry *
names_entry(const struct names *names, const char *key)
{
	size_t i = names_hash(key) & (names->size - 1);

	while (names->entries[i].value != NULL &&
	       strcmp(names->entries[i].key, key) != 0)
		i = (i + 1) & (names->size - 1);
	return &names->entries[i];
}

static void
names_double(struct names *names)
{
	struct names_entry *old = names->entries;
	size_t size = names->size;

	names->size *= 2;
	names->entries = mem_array(names, struct names_entry, names->size);
	for (size_t i = 0; i < size; i++) {
		if (old[i].value != NULL)
			*names_entry(names, old[i].key) = old[i];
	}
	mem_free(old);
}

void
names_set(struct names *names, const char *key, void *value)
{
	struct names_entry *entry;

	if (2 * names->used >= names->size)
		names_double(names);
	entry = names_entry(names, key);
	if (entry->value == NULL) {
		names->used++;
		entry->key = key;
	}
	entry->value = value;
}

void *
names_get(const struct names *names, const char *key)
{
	return names_entry(names, key)->value;
}

const char *
names_nearest(const struct names *names, const char *key)
{
	unsigned best = 1 + (unsigned)strlen(key) / 5;
	const char *found = NULL;

	for (size_t i = 0; i < names->size; i++) {
		const struct names_entry *entry = &names->entries[i];
		unsigned distance;

		if (entry->value == NULL)
			continue;
		distance = str_distance(key, entry->key);
		if (distance > best)
			continue;
		if (distance < best || found == NULL ||
		    strcmp(entry->key, found) < 0)
			found = entry->key;
		best = distance;
	}
	return found;
}
