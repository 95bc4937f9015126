/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arrivals.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"

#define ARRIVALS_SETTLE_MS 5000 /* between the two looks that see the same */
#define ARRIVALS_NAMES_MAX 10000 /* of one folder */

/* FNV-1a over the bytes of a number. */
static uint64_t
arrivals_mix(uint64_t hash, uint64_t number)
{
	for (int i = 0; i < 8; i++, number >>= 8)
		hash = (hash ^ (number & 0xff)) * 1099511628211u;
	return hash;
}

static uint64_t
arrivals_file(const char *path)
{
	uint64_t hash = 14695981039346656037u;
	struct stat file;

	for (const char *p = path; *p != '\0'; p++)
		hash = arrivals_mix(hash, (unsigned char)*p);
	if (stat(path, &file) < 0)
		return hash;
	hash = arrivals_mix(hash, (uint64_t)file.st_size);
	hash = arrivals_mix(hash, (uint64_t)file.st_ino);
	hash = arrivals_mix(hash, (uint64_t)file.st_mtim.tv_sec);
	return arrivals_mix(hash, (uint64_t)file.st_mtim.tv_nsec);
}

/* Signatures have names with a suffix; freshclam's own notes do not count, nor
 * does what it is still writing (a folder tmp.*). */
static bool
arrivals_counts(const char *name)
{
	const char *dot = strrchr(name, '.');

	return name[0] != '.' && dot != NULL && strcmp(dot, ".dat") != 0 &&
	       strncmp(name, "tmp.", 4) != 0;
}

/* The same in whatever order the names come. */
static uint64_t
arrivals_path(const char *path)
{
	uint64_t sum = 0;
	DIR *folder = opendir(path);
	struct dirent *entry;
	int names = 0;

	if (folder == NULL)
		return arrivals_file(path);
	while ((entry = readdir(folder)) != NULL &&
	       names++ < ARRIVALS_NAMES_MAX) {
		char *name;

		if (!arrivals_counts(entry->d_name))
			continue;
		name = mem_printf(NULL, "%s/%s", path, entry->d_name);
		sum += arrivals_file(name);
		mem_free(name);
	}
	closedir(folder);
	return sum;
}

static uint64_t
arrivals_paths(const char *const *paths)
{
	uint64_t hash = 0;

	for (; *paths != NULL; paths++)
		hash = arrivals_mix(hash, arrivals_path(*paths));
	return hash;
}

void
arrivals_note(struct arrivals *arrivals, const char *const *paths,
	      int64_t interval)
{
	arrivals->known = arrivals->seen = arrivals_paths(paths);
	arrivals->next = clock_ms() + interval;
}

bool
arrivals_look(struct arrivals *arrivals, const char *const *paths,
	      int64_t interval)
{
	uint64_t now = arrivals_paths(paths);
	bool settled = now == arrivals->seen, changed = now != arrivals->known;

	arrivals->seen = now;
	arrivals->next = clock_ms() + interval;
	if (!changed)
		return false;
	if (!settled && interval > ARRIVALS_SETTLE_MS)
		arrivals->next = clock_ms() + ARRIVALS_SETTLE_MS;
	if (!settled)
		return false;
	arrivals->known = now;
	return true;
}
