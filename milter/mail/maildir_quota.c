/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * maildirsize of Maildir++: the first line is the quota it was counted for
 * ("1000000S,100C"), each further line adds bytes and mails. Every process
 * appends; what was lost or miscounted is mended when the file is counted anew:
 * when it has grown to 5120 bytes, when the quota has changed, and before mail
 * is refused for it, unless it was counted within the last quarter of an hour.
 */
#include "mail/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define MAILDIRSIZE "maildirsize"
#define MAILDIRSIZE_MAX 5120
#define MAILDIRSIZE_FRESH (15 * 60)
#define MAILDIRSIZE_DIGITS 18 /* a number that fits, whatever it says */

struct maildir_usage {
	int64_t bytes, messages;
	unsigned lines; /* behind the first */
};

static void
maildir_quota_line(char *text, size_t room, const struct maildir_quota *quota)
{
	int n = 0;

	text[0] = '\0';
	if (quota->bytes != 0)
		n = snprintf(text, room, "%lldS", (long long)quota->bytes);
	if (quota->messages != 0)
		snprintf(text + n, room - (size_t)n, "%s%lldC",
			 n != 0 ? "," : "", (long long)quota->messages);
}

static bool
maildir_number(struct slice word, int64_t *number)
{
	char text[MAILDIRSIZE_DIGITS + 2];

	if (word.len == 0 || word.len > MAILDIRSIZE_DIGITS)
		return false;
	memcpy(text, word.data, word.len);
	text[word.len] = '\0';
	return str_int64(text, number);
}

/* The file, and sizes in names, are the user's to write. */
static void
maildir_sum(int64_t *sum, int64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = more < 0 ? INT64_MIN : INT64_MAX;
}

/* False if this is not a count for this quota. */
static bool
maildir_usage_parse(struct slice text, const struct maildir_quota *quota,
		    struct maildir_usage *usage)
{
	char wanted[64];
	struct slice line, word;

	*usage = (struct maildir_usage){ 0 };
	maildir_quota_line(wanted, sizeof(wanted), quota);
	if (text.len > MAILDIRSIZE_MAX || !slice_line(&text, &line) ||
	    !slice_is(slice_trim(line), wanted))
		return false;
	for (; slice_line(&text, &line); usage->lines++) {
		int64_t bytes, messages;

		if (!slice_word(&line, " \r\n", &word) ||
		    !maildir_number(word, &bytes) ||
		    !slice_word(&line, " \r\n", &word) ||
		    !maildir_number(word, &messages))
			return false;
		maildir_sum(&usage->bytes, bytes);
		maildir_sum(&usage->messages, messages);
	}
	return usage->lines > 0 && usage->bytes >= 0 && usage->messages >= 0;
}

struct maildir_count {
	int folder;
	struct maildir_usage usage;
};

/* The size a name tells (",S=123"), or the file's. */
static int
maildir_count_mail(void *arg, const char *name)
{
	struct maildir_count *count = arg;
	const char *size = strstr(name, ",S=");
	struct slice digits = slice_of(size == NULL ? "" : size + 3);
	struct stat status;
	int64_t bytes;

	if (!maildir_number(
		    slice_cut(digits, 0, strspn(digits.data, "0123456789")),
		    &bytes)) {
		if (fstatat(count->folder, name, &status, AT_SYMLINK_NOFOLLOW) <
		    0)
			return errno == ENOENT ? 0 : -1;
		bytes = status.st_size;
	}
	maildir_sum(&count->usage.bytes, bytes);
	count->usage.messages++;
	return 0;
}

/* new or cur of a folder; one that is not there holds nothing. */
static int
maildir_count_half(struct maildir_count *count, int folder, const char *name)
{
	int result, saved;

	count->folder = openat(folder, name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (count->folder < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	result = maildir_each(count->folder, maildir_count_mail, count);
	saved = errno;
	close(count->folder);
	errno = saved;
	return result;
}

struct maildir_folders {
	int root;
	struct maildir_count count;
};

static int
maildir_count_folder(void *arg, const char *name)
{
	struct maildir_folders *folders = arg;
	int fd, result, saved;

	if (name[0] != '.')
		return 0;
	fd = openat(folders->root, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) /* a file such as .lock, or a link: not a mail folder */
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
			       ? 0
			       : -1;
	result = maildir_count_half(&folders->count, fd, "new");
	if (result == 0)
		result = maildir_count_half(&folders->count, fd, "cur");
	saved = errno;
	close(fd);
	errno = saved;
	return result;
}

static int
maildir_count_all(const struct maildir *root, struct maildir_usage *usage,
		  struct err *err)
{
	struct maildir_folders folders = { .root = root->fd };

	if (maildir_count_half(&folders.count, root->fd, "new") != 0 ||
	    maildir_count_half(&folders.count, root->fd, "cur") != 0 ||
	    maildir_each(root->fd, maildir_count_folder, &folders) != 0)
		return err_errno(err, "cannot count the Maildir");
	*usage = folders.count.usage;
	usage->lines = 1;
	return 0;
}

static int
maildir_usage_write(const struct maildir *root,
		    const struct maildir_quota *quota,
		    const struct maildir_usage *usage, const char *key,
		    struct err *err)
{
	char line[64], text[160], name[128];
	int fd, result;

	maildir_quota_line(line, sizeof(line), quota);
	snprintf(text, sizeof(text), "%s\n%lld %lld\n", line,
		 (long long)usage->bytes, (long long)usage->messages);
	snprintf(name, sizeof(name), MAILDIRSIZE ".%s.P%ld.%lld", key,
		 (long)getpid(), (long long)clock_us());
	fd = openat(root->tmp, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    root->mode & 0666);
	if (fd < 0)
		return err_errno(err, "cannot make maildirsize");
	result = maildir_write_all(fd, text, strlen(text));
	if (close(fd) == 0 && result == 0 &&
	    renameat(root->tmp, name, root->fd, MAILDIRSIZE) == 0)
		return 0;
	err_errno(err, "cannot write maildirsize");
	unlinkat(root->tmp, name, 0);
	return -1;
}

static bool
maildir_usage_is_fresh(const struct maildir *root,
		       const struct maildir_usage *usage)
{
	struct stat status;

	return usage->lines <= 1 &&
	       fstatat(root->fd, MAILDIRSIZE, &status, AT_SYMLINK_NOFOLLOW) ==
		       0 &&
	       status.st_mtime > clock_wall() - MAILDIRSIZE_FRESH;
}

static bool
maildir_is_over(const struct maildir_quota *quota,
		const struct maildir_usage *usage, int64_t size)
{
	return (quota->bytes != 0 && usage->bytes > quota->bytes - size) ||
	       (quota->messages != 0 && usage->messages >= quota->messages);
}

int
maildir_quota_check(const struct maildir *root,
		    const struct maildir_quota *quota, const char *key,
		    int64_t size, bool *over, struct err *err)
{
	char bytes[MAILDIRSIZE_MAX + 1];
	struct maildir_usage usage = { 0 };
	long len;

	*over = false;
	if (quota->bytes == 0 && quota->messages == 0)
		return 0;
	len = maildir_read(root->fd, MAILDIRSIZE, bytes, MAILDIRSIZE_MAX);
	if (len < 0 && errno != ENOENT)
		return err_errno(err, "cannot read maildirsize");
	if (len >= 0 &&
	    maildir_usage_parse((struct slice){ bytes, (size_t)len }, quota,
				&usage)) {
		*over = maildir_is_over(quota, &usage, size);
		if (!*over || maildir_usage_is_fresh(root, &usage))
			return 0;
	}
	if (maildir_count_all(root, &usage, err) < 0 ||
	    maildir_usage_write(root, quota, &usage, key, err) < 0)
		return -1;
	*over = maildir_is_over(quota, &usage, size);
	return 0;
}

int
maildir_quota_add(const struct maildir *root, int64_t size, struct err *err)
{
	char text[64];
	int fd = openat(root->fd, MAILDIRSIZE,
			O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK |
				O_CLOEXEC);
	int result;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_errno(err, "cannot open maildirsize");
	snprintf(text, sizeof(text), "%lld 1\n", (long long)size);
	result = maildir_write_all(fd, text, strlen(text));
	if (result < 0)
		err_errno(err, "cannot write maildirsize");
	close(fd);
	return result;
}
