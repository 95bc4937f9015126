/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/maildir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

int
maildir_sync(int fd)
{
	int result;

	do
		result = fsync(fd);
	while (result < 0 && errno == EINTR);
	return result < 0 && errno == EINVAL ? 0 : result;
}

int
maildir_write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ENOSPC;
		if (n <= 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

long
maildir_read(int folder, const char *name, char *bytes, size_t max)
{
	int fd = openat(folder, name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;
	int saved;

	if (fd < 0)
		return -1;
	while (n != 0 && len <= max) {
		n = read(fd, bytes + len, max + 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		len += (size_t)n;
	}
	saved = errno;
	close(fd);
	errno = saved;
	return n < 0 ? -1 : (long)len;
}

int
maildir_each(int folder, int (*each)(void *arg, const char *name), void *arg)
{
	/* Not dup(2): the two would share one position in the folder. */
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int result = 0, saved;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while (result == 0) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			break;
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			result = each(arg, entry->d_name);
	}
	saved = errno;
	closedir(dir);
	errno = saved;
	return result == 0 && saved != 0 ? -1 : result;
}

static void
maildir_close(void *ptr)
{
	struct maildir *folder = ptr;
	const int fds[] = { folder->fd, folder->cur, folder->new, folder->tmp };

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void
maildir_close_above(void *ptr)
{
	int *fds = ptr; /* ends with -1 */

	for (; *fds >= 0; fds++)
		close(*fds);
}

static struct maildir *
maildir_new(void *mem, unsigned mode, size_t above)
{
	struct maildir *folder = mem_new(mem, struct maildir);

	folder->fd = folder->cur = folder->new = folder->tmp = -1;
	folder->mode = mode;
	mem_on_free(folder, maildir_close);
	folder->above = mem_array(folder, int, above + 1);
	for (size_t i = 0; i <= above; i++)
		folder->above[i] = -1;
	mem_on_free(folder->above, maildir_close_above);
	return folder;
}

/* Opens a folder below another, and makes it if mode is not 0. */
static int
maildir_step(int parent, const char *name, unsigned mode, struct err *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(parent, name, flags);

	if (fd < 0 && errno == ENOENT && mode != 0) {
		if (mkdirat(parent, name, mode) < 0 && errno != EEXIST)
			return err_errno(err, "cannot make the folder %s",
					 name);
		fd = openat(parent, name, flags);
	}
	if (fd >= 0)
		return fd;
	if (errno == ENOTDIR || errno == ELOOP)
		return err_config(err, "%s is not a folder, or a symbolic link",
				  name);
	return err_errno(err, "cannot open the folder %s", name);
}

/*
 * The folders inside. tmp is made last, and only when all above it has reached
 * the disk: where there is a tmp, a delivery need not sync more than new.
 */
static int
maildir_inside(struct maildir *folder, const struct maildir *root,
	       struct err *err)
{
	folder->cur = maildir_step(folder->fd, "cur", folder->mode, err);
	if (folder->cur < 0)
		return -1;
	folder->new = maildir_step(folder->fd, "new", folder->mode, err);
	if (folder->new < 0)
		return -1;
	folder->tmp = openat(folder->fd, "tmp",
			     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder->tmp >= 0)
		return 0;
	if (errno != ENOENT)
		return err_errno(err, "cannot open the folder tmp");
	for (size_t i = 0; root != NULL && i < root->above_count; i++)
		if (maildir_sync(root->above[i]) < 0)
			return err_errno(err, "cannot sync a folder above");
	if ((root != NULL && maildir_sync(root->fd) < 0) ||
	    maildir_sync(folder->fd) < 0)
		return err_errno(err, "cannot sync the folder");
	folder->tmp = maildir_step(folder->fd, "tmp", folder->mode, err);
	return folder->tmp < 0 ? -1 : 0;
}

/* From the fixed folder down to the Maildir. */
static int
maildir_descend(struct maildir *folder, const struct maildir_place *place,
		struct err *err)
{
	int fd = open(place->fixed, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, "cannot open %s", place->fixed);
	for (size_t i = 0; i < place->count; i++) {
		folder->above[folder->above_count++] = fd;
		fd = maildir_step(fd, place->names[i], folder->mode, err);
		if (fd < 0)
			return err_prefix(err, "below %s", place->fixed);
	}
	folder->fd = fd;
	return 0;
}

struct maildir *
maildir_open(void *mem, const struct maildir_place *place, unsigned mode,
	     struct err *err)
{
	struct maildir *folder = maildir_new(mem, mode, place->count);

	if (maildir_descend(folder, place, err) == 0 &&
	    maildir_inside(folder, folder, err) == 0)
		return folder;
	mem_free(folder);
	return NULL;
}

/* The empty file by which Maildir++ knows a subfolder. */
static int
maildir_mark(const struct maildir *folder, struct err *err)
{
	int fd = openat(folder->fd, "maildirfolder",
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			folder->mode & 0666);

	if (fd < 0 && errno != EEXIST)
		return err_errno(err, "cannot make maildirfolder");
	if (fd >= 0)
		close(fd);
	return 0;
}

static bool
maildir_is_there(int parent, const char *name)
{
	struct stat status;

	return fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ||
	       errno != ENOENT;
}

struct maildir *
maildir_open_folder(void *mem, const struct maildir *root, const char *name,
		    enum maildir_need need, struct err *err)
{
	struct maildir *folder;

	err->kind = ERR_NONE;
	if (!maildir_is_there(root->fd, name)) {
		/* First subscribed, then made: a delivery that dies in between
		 * is repeated and does the rest. */
		if (need == MAILDIR_EXISTING ||
		    maildir_subscribe(root, name, err) < 0)
			return NULL;
	}
	folder = maildir_new(mem, root->mode, 0);
	folder->fd = maildir_step(root->fd, name, folder->mode, err);
	if (folder->fd >= 0 && maildir_mark(folder, err) == 0 &&
	    maildir_inside(folder, root, err) == 0)
		return folder;
	mem_free(folder);
	return NULL;
}
