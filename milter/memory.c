/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "memory_file.h"

#define MEMORY_ENTRIES 1000
#define MEMORY_SECONDS (7 * 86400)
#define MEMORY_LINES_MORE 1000 /* that the file may have beyond its entries */
#define MEMORY_PEEK_MAX 1000000

struct memory {
	pthread_mutex_t lock;
	struct digest_key key;
	struct memory_file file;
	struct memory_entry *entries; /* the last noted last */
	size_t count, max, room;
	int64_t seconds;
};

static struct memory_entry *
memory_look(struct memory *memory, const struct digest *digest)
{
	for (size_t i = 0; i < memory->count; i++)
		if (digest_equal(&memory->entries[i].digest, digest))
			return &memory->entries[i];
	return NULL;
}

static void
memory_remove(struct memory *memory, struct memory_entry *entry)
{
	size_t behind = memory->count - 1 - (size_t)(entry - memory->entries);

	memmove(entry, entry + 1, behind * sizeof(*entry));
	memory->count--;
}

/* A line of the file, or the same by ourselves: the newest state of one. */
static void
memory_take(void *arg, const struct memory_entry *entry)
{
	struct memory *memory = arg;
	struct memory_entry *there = memory_look(memory, &entry->digest);

	if (there != NULL)
		memory_remove(memory, there);
	if (entry->count == 0)
		return;
	while (memory->count >= memory->max)
		memory_remove(memory, memory->entries);
	if (memory->count == memory->room) {
		memory->room = memory->room * 2 + 16;
		memory->entries = mem_resize(memory, memory->entries,
					     memory->room);
	}
	memory->entries[memory->count++] = *entry;
}

/* Also after the clock was set back: nothing stays longer than it may. */
static void
memory_expire(struct memory *memory)
{
	int64_t now = clock_wall();

	for (size_t i = memory->count; i-- > 0;) {
		struct memory_entry *entry = &memory->entries[i];

		if (entry->last > now)
			entry->last = now;
		if (entry->last < now - memory->seconds)
			memory_remove(memory, entry);
	}
}

static void
memory_lock(struct memory *memory)
{
	pthread_mutex_lock(&memory->lock);
	memory_file_refresh(&memory->file, memory_take, memory);
}

static void
memory_unlock(struct memory *memory)
{
	pthread_mutex_unlock(&memory->lock);
}

static void
memory_write(struct memory *memory)
{
	memory_file_write(&memory->file, &memory->key, memory->entries,
			  memory->count);
}

static void
memory_change(struct memory *memory, const struct memory_entry *entry)
{
	struct memory_entry changed = *entry;

	memory_expire(memory);
	memory_take(memory, &changed);
	if (!memory_file_append(&memory->file, &changed) ||
	    memory->file.lines > memory->max + MEMORY_LINES_MORE)
		memory_write(memory);
}

static void
memory_free(void *ptr)
{
	struct memory *memory = ptr;

	memory_file_close(&memory->file);
	pthread_mutex_destroy(&memory->lock);
}

static struct memory *
memory_new(const char *path)
{
	struct memory *memory = mem_new(NULL, struct memory);

	pthread_mutex_init(&memory->lock, NULL);
	memory->file.path = mem_strdup(memory, path);
	memory->file.fd = -1;
	memory->max = MEMORY_ENTRIES;
	memory->seconds = MEMORY_SECONDS;
	mem_on_free(memory, memory_free);
	return memory;
}

struct memory *
memory_open(const char *path)
{
	struct memory *memory = memory_new(path);
	struct err err;
	enum memory_load result = memory_file_load(
		&memory->file, &memory->key, memory_take, memory, &err);

	if (result == MEMORY_BAD) {
		log_error("%s: what it knew of messages is forgotten",
			  err.text);
		memory_file_put_aside(&memory->file);
	}
	if (result == MEMORY_OTHER && memory->count > 0)
		log_info("%s is of another version: its %zu messages are "
			 "forgotten", path, memory->count);
	if (result != MEMORY_LOADED) {
		memory->count = 0;
		digest_key_new(&memory->key);
	}
	memory_expire(memory);
	memory_write(memory);
	return memory;
}

void
memory_close(struct memory *memory)
{
	mem_free(memory);
}

void
memory_bound(struct memory *memory, size_t entries, int64_t seconds)
{
	memory_lock(memory);
	while (memory->count > entries)
		memory_remove(memory, memory->entries);
	memory->max = entries;
	memory->seconds = seconds;
	memory_unlock(memory);
}

const struct digest_key *
memory_key(const struct memory *memory)
{
	return &memory->key;
}

bool
memory_has_size(struct memory *memory, size_t size)
{
	bool found = false;

	memory_lock(memory);
	for (size_t i = 0; i < memory->count && !found; i++)
		found = memory->entries[i].size == size;
	memory_unlock(memory);
	return found;
}

bool
memory_find(struct memory *memory, const struct digest *digest,
	    struct memory_entry *entry)
{
	const struct memory_entry *there;

	memory_lock(memory);
	there = memory_look(memory, digest);
	if (there != NULL && there->last < clock_wall() - memory->seconds)
		there = NULL;
	if (there != NULL && entry != NULL)
		*entry = *there;
	memory_unlock(memory);
	return there != NULL;
}

unsigned
memory_note(struct memory *memory, const struct digest *digest, size_t size,
	    const char *reason)
{
	struct memory_entry entry = {
		.digest = *digest,
		.size = size,
		.first = clock_wall(),
	};
	const struct memory_entry *there;

	memory_lock(memory);
	there = memory_look(memory, digest);
	if (there != NULL)
		entry = *there;
	entry.last = clock_wall();
	entry.count += entry.count < UINT32_MAX;
	snprintf(entry.reason, sizeof(entry.reason), "%s", reason);
	memory_change(memory, &entry);
	memory_unlock(memory);
	return entry.count;
}

void
memory_forget(struct memory *memory, const struct digest *digest)
{
	const struct memory_entry *there;

	memory_lock(memory);
	there = memory_look(memory, digest);
	if (there != NULL) {
		struct memory_entry gone = *there;

		gone.count = 0;
		memory_change(memory, &gone);
	}
	memory_unlock(memory);
}

struct memory *
memory_peek(const char *path, struct err *err)
{
	struct memory *memory = memory_new(path);
	enum memory_load result;

	memory->max = MEMORY_PEEK_MAX;
	result = memory_file_load(&memory->file, &memory->key, memory_take,
				  memory, err);
	if (result == MEMORY_LOADED || result == MEMORY_OTHER)
		return memory;
	mem_free(memory);
	return NULL;
}

size_t
memory_list(struct memory *memory, void *mem, struct memory_entry **entries)
{
	size_t count;

	memory_lock(memory);
	memory_expire(memory);
	count = memory->count;
	*entries = mem_array(mem, struct memory_entry, count);
	if (count > 0)
		memcpy(*entries, memory->entries, count * sizeof(**entries));
	memory_unlock(memory);
	return count;
}
