/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inputs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define INPUTS_DEPTH 100 /* folders in folders */

static int
inputs_not_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 &&
	       strcmp(entry->d_name, "..") != 0;
}

static void inputs_path(const struct inputs_visitor *visitor, const char *path,
			unsigned depth);

static void
inputs_folder(const struct inputs_visitor *visitor, const char *folder,
	      unsigned depth)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, inputs_not_dots, alphasort);

	if (count < 0) {
		visitor->unreadable(visitor->arg, folder, strerror(errno));
		return;
	}
	for (int i = 0; i < count; i++) {
		char *path = mem_printf(NULL, "%s/%s", folder,
					entries[i]->d_name);

		inputs_path(visitor, path, depth + 1);
		mem_free(path);
		free(entries[i]);
	}
	free(entries);
}

static void
inputs_path(const struct inputs_visitor *visitor, const char *path,
	    unsigned depth)
{
	struct stat info;
	const char *why = NULL;

	if (depth > INPUTS_DEPTH)
		why = "too many folders in folders";
	else if (stat(path, &info) < 0)
		why = strerror(errno);
	else if (S_ISDIR(info.st_mode))
		inputs_folder(visitor, path, depth);
	else if (S_ISREG(info.st_mode))
		visitor->file(visitor->arg, path);
	else
		why = "not a regular file";
	if (why != NULL)
		visitor->unreadable(visitor->arg, path, why);
}

void
inputs_visit(const struct inputs_visitor *visitor, const char *path)
{
	inputs_path(visitor, path, 0);
}

int
inputs_open(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? err_temporary(err, "%s", strerror(errno)) : fd;
}

int
inputs_map_open(int fd, struct slice *bytes, struct err *err)
{
	struct stat info;
	void *map = NULL;

	*bytes = SLICE("");
	if (fstat(fd, &info) < 0)
		map = MAP_FAILED;
	else if (info.st_size > 0)
		map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE,
			   fd, 0);
	if (map == MAP_FAILED)
		return err_temporary(err, "%s", strerror(errno));
	if (map != NULL)
		*bytes = (struct slice){ map, (size_t)info.st_size };
	return 0;
}

int
inputs_map(const char *path, struct slice *bytes, struct err *err)
{
	int fd = inputs_open(path, err), result;

	if (fd < 0)
		return -1;
	result = inputs_map_open(fd, bytes, err);
	close(fd);
	return result;
}

void
inputs_unmap(struct slice bytes)
{
	if (bytes.len > 0)
		munmap((void *)(uintptr_t)bytes.data, bytes.len);
}
