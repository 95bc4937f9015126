/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keepsake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/mem.h"
#include "base/str.h"

#define KEEPSAKE_SUFFIX ".eml"
#define KEEPSAKE_NAMES_MAX 100000

struct keepsake_file {
	char *name;
	int64_t bytes;
	struct timespec written;
};

static int
keepsake_compare(const void *a, const void *b)
{
	const struct timespec *left =
		&((const struct keepsake_file *)a)->written;
	const struct timespec *right =
		&((const struct keepsake_file *)b)->written;

	if (left->tv_sec != right->tv_sec)
		return left->tv_sec < right->tv_sec ? -1 : 1;
	if (left->tv_nsec != right->tv_nsec)
		return left->tv_nsec < right->tv_nsec ? -1 : 1;
	return 0;
}

/* The copies in the folder, oldest first. */
static size_t
keepsake_list(int folder, void *mem, struct keepsake_file **files)
{
	int again = dup(folder);
	DIR *dir = again < 0 ? NULL : fdopendir(again);
	struct dirent *entry;
	size_t count = 0;

	*files = NULL;
	while (dir != NULL && (entry = readdir(dir)) != NULL &&
	       count < KEEPSAKE_NAMES_MAX) {
		struct stat file;

		if (!slice_ends_nocase(slice_of(entry->d_name),
				       KEEPSAKE_SUFFIX) ||
		    fstatat(folder, entry->d_name, &file,
			    AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		mem_grow(mem, *files, count);
		(*files)[count++] = (struct keepsake_file){
			.name = mem_strdup(mem, entry->d_name),
			.bytes = file.st_size,
			.written = file.st_mtim,
		};
	}
	if (dir != NULL)
		closedir(dir);
	if (count > 0)
		qsort(*files, count, sizeof(**files), keepsake_compare);
	return count;
}

/* Makes room for one more of so many bytes. */
static void
keepsake_make_room(int folder, int64_t bytes,
		   const struct keepsake_limits *limits)
{
	void *mem = mem_context(NULL, "copies");
	struct keepsake_file *files;
	size_t count = keepsake_list(folder, mem, &files);
	size_t left = count;

	for (size_t i = 0; i < count; i++)
		bytes += files[i].bytes;
	for (size_t i = 0; i < count && (left >= limits->count ||
					 bytes > limits->bytes);
	     i++, left--) {
		unlinkat(folder, files[i].name, 0);
		bytes -= files[i].bytes;
	}
	mem_free(mem);
}

static int
keepsake_copy(int from, int to, int64_t bytes)
{
	off_t offset = 0;

	while (offset < bytes) {
		ssize_t n = sendfile(to, from, &offset,
				     (size_t)(bytes - offset));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
	}
	return fsync(to);
}

static int
keepsake_write(int folder, const char *name, int message, int64_t bytes,
	       struct err *err)
{
	char *draft = mem_printf(NULL, "%s.new", name);
	int result = 0, fd;

	unlinkat(folder, draft, 0);
	fd = openat(folder, draft,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0 || keepsake_copy(message, fd, bytes) < 0 ||
	    renameat(folder, draft, folder, name) < 0)
		result = err_errno(err, "cannot keep a copy of the message");
	if (fd >= 0)
		close(fd);
	if (result < 0)
		unlinkat(folder, draft, 0);
	mem_free(draft);
	return result;
}

static int
keepsake_open(const char *path, struct err *err)
{
	int folder;

	if (folder_make(path, 0700, geteuid(), getegid(), err) < 0)
		return -1;
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder < 0 ? err_errno(err, "cannot open %s", path) : folder;
}

int
keepsake_store(const char *path, const char *name, int message,
	       const struct keepsake_limits *limits, struct err *err)
{
	int folder = keepsake_open(path, err), result = 0;
	char *file;
	struct stat size;

	if (folder < 0)
		return -1;
	file = mem_printf(NULL, "%s%s", name, KEEPSAKE_SUFFIX);
	if (faccessat(folder, file, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		if (fstat(message, &size) < 0)
			result = err_errno(err, "cannot look at the message");
		else if (size.st_size > limits->bytes || limits->count == 0)
			result = err_permanent(err, "the message is too large "
					       "for a copy of it");
		if (result == 0) {
			keepsake_make_room(folder, size.st_size, limits);
			result = keepsake_write(folder, file, message,
						size.st_size, err);
		}
	}
	mem_free(file);
	close(folder);
	return result;
}
