/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define MEMORY_FILE_MAX (64 * 1024 * 1024)
#define MEMORY_FILE_MAGIC "ispfilter-memory-1"
#define MEMORY_DIGITS 18 /* of a number */

/* --- lines --- */

static bool
memory_word(struct slice *rest, struct slice *word)
{
	return slice_word(rest, " ", word);
}

static bool
memory_number(struct slice *rest, int64_t *value)
{
	struct slice word;
	uint64_t number;

	if (!memory_word(rest, &word) ||
	    !slice_number(word, MEMORY_DIGITS, &number))
		return false;
	*value = (int64_t)number;
	return true;
}

/* "digest size first last count reason" */
static bool
memory_read_line(struct slice line, struct memory_entry *entry)
{
	int64_t size, count;
	struct slice word;

	*entry = (struct memory_entry){ 0 };
	if (!memory_word(&line, &word) ||
	    !digest_read(word, entry->digest.bytes) ||
	    !memory_number(&line, &size) ||
	    !memory_number(&line, &entry->first) ||
	    !memory_number(&line, &entry->last) ||
	    !memory_number(&line, &count) || count > UINT32_MAX ||
	    !memory_word(&line, &word) || word.len > MEMORY_REASON_MAX ||
	    line.len > 0)
		return false;
	entry->size = (size_t)size;
	entry->count = (unsigned)count;
	memcpy(entry->reason, word.data, word.len);
	return true;
}

static void
memory_put_line(struct buf *out, const struct memory_entry *entry)
{
	char hex[DIGEST_HEX + 1];

	digest_print(entry->digest.bytes, hex);
	buf_printf(out, "%s %zu %lld %lld %u %s\n", hex, entry->size,
		   (long long)entry->first, (long long)entry->last,
		   entry->count, entry->reason);
}

static enum memory_load
memory_read_head(struct slice line, struct digest_key *key)
{
	struct slice magic, version, hex;

	if (!memory_word(&line, &magic) || !memory_word(&line, &version) ||
	    !memory_word(&line, &hex) || line.len > 0 ||
	    !slice_is(magic, MEMORY_FILE_MAGIC) ||
	    !digest_read(hex, key->bytes))
		return MEMORY_BAD;
	return slice_is(version, ISPFILTER_VERSION) ? MEMORY_LOADED
						    : MEMORY_OTHER;
}

/* --- reading --- */

/* The bytes from file->offset on; -1 if they cannot be read. */
static int
memory_read_rest(const struct memory_file *file, struct buf *out)
{
	off_t at = file->offset;
	char block[16384];
	ssize_t n;

	while ((n = pread(file->fd, block, sizeof(block), at)) > 0) {
		if (out->len > MEMORY_FILE_MAX) {
			errno = EFBIG;
			return -1;
		}
		buf_add(out, block, (size_t)n);
		at += n;
	}
	return n < 0 ? -1 : 0;
}

/* Complete lines; what stands behind the last one is still being written, or
 * was cut off by a crash. */
static bool
memory_take_lines(struct memory_file *file, struct slice text,
		  void (*take)(void *arg, const struct memory_entry *),
		  void *arg)
{
	struct memory_entry entry;
	bool ok = true;
	size_t end;

	while ((end = slice_find(text, 0, '\n')) < text.len) {
		if (memory_read_line(slice_cut(text, 0, end), &entry))
			take(arg, &entry);
		else
			ok = false;
		text = slice_from(text, end + 1);
		file->offset += (off_t)end + 1;
		file->lines++;
	}
	return ok;
}

static enum memory_load
memory_load_open(struct memory_file *file, struct digest_key *key,
		 void (*take)(void *arg, const struct memory_entry *),
		 void *arg, struct err *err)
{
	struct buf all = BUF(NULL);
	enum memory_load result = MEMORY_BAD;
	struct slice text, line;

	file->offset = 0;
	file->lines = 0;
	if (memory_read_rest(file, &all) < 0) {
		err_errno(err, "cannot read %s", file->path);
		mem_free(all.data);
		return MEMORY_BAD;
	}
	text = buf_view(&all);
	if (slice_find(text, 0, '\n') < text.len && slice_line(&text, &line))
		result = memory_read_head(slice_cut(line, 0, line.len - 1),
					  key);
	file->offset = (off_t)(all.len - text.len);
	if (result != MEMORY_BAD &&
	    !memory_take_lines(file, text, take, arg))
		result = MEMORY_BAD;
	if (result == MEMORY_BAD)
		err_permanent(err, "%s makes no sense", file->path);
	mem_free(all.data);
	return result;
}

enum memory_load
memory_file_load(struct memory_file *file, struct digest_key *key,
		 void (*take)(void *arg, const struct memory_entry *),
		 void *arg, struct err *err)
{
	enum memory_load result;

	file->fd = open(file->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (file->fd < 0) {
		err_errno(err, "cannot read %s", file->path);
		return errno == ENOENT ? MEMORY_MISSING : MEMORY_BAD;
	}
	result = memory_load_open(file, key, take, arg, err);
	memory_file_close(file);
	return result;
}

void
memory_file_refresh(struct memory_file *file,
		    void (*take)(void *arg, const struct memory_entry *),
		    void *arg)
{
	struct buf rest = BUF(NULL);
	struct stat now;

	if (file->fd < 0 || fstat(file->fd, &now) < 0 ||
	    now.st_size <= file->offset)
		return;
	if (memory_read_rest(file, &rest) == 0 &&
	    !memory_take_lines(file, buf_view(&rest), take, arg))
		log_error("%s: somebody has written what makes no sense",
			  file->path);
	mem_free(rest.data);
}

/* --- writing --- */

static int
memory_write_all(int fd, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.data, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		bytes = slice_from(bytes, (size_t)n);
	}
	return 0;
}

static void
memory_sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = mem_strndup(NULL, path,
				   slash == NULL ? 0 : (size_t)(slash - path));
	int fd = open(folder[0] == '\0' ? "." : folder,
		      O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	mem_free(folder);
}

/* A new file, complete and on the disk, under its name; or -1. */
static int
memory_write_new(const char *path, struct slice bytes)
{
	char *draft = mem_printf(NULL, "%s.new", path);
	int fd;

	unlink(draft);
	fd = open(draft, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW |
			 O_CLOEXEC, 0600);
	if (fd >= 0 && (memory_write_all(fd, bytes) < 0 || fsync(fd) < 0 ||
			rename(draft, path) < 0)) {
		int why = errno;

		close(fd);
		unlink(draft);
		errno = why;
		fd = -1;
	}
	if (fd >= 0)
		memory_sync_folder(path);
	mem_free(draft);
	return fd;
}

void
memory_file_write(struct memory_file *file, const struct digest_key *key,
		  const struct memory_entry *entries, size_t count)
{
	struct buf out = BUF(NULL);
	char hex[DIGEST_HEX + 1];

	memory_file_close(file);
	digest_print(key->bytes, hex);
	buf_printf(&out, "%s %s %s\n", MEMORY_FILE_MAGIC, ISPFILTER_VERSION,
		   hex);
	for (size_t i = 0; i < count; i++)
		memory_put_line(&out, &entries[i]);
	file->fd = memory_write_new(file->path, buf_view(&out));
	file->offset = (off_t)out.len;
	file->lines = count;
	mem_free(out.data);
	if (file->fd < 0 && !file->is_told)
		log_error("cannot write %s: %s; what is in it will not be "
			  "known after a restart", file->path, strerror(errno));
	file->is_told = file->fd < 0;
}

bool
memory_file_append(struct memory_file *file, const struct memory_entry *entry)
{
	struct buf out = BUF(NULL);
	struct stat now;
	bool ok;

	if (file->fd < 0 || fstat(file->fd, &now) < 0 || now.st_nlink == 0)
		return false;
	memory_put_line(&out, entry);
	/* In one piece, or else the file is written anew. */
	ok = write(file->fd, out.data, out.len) == (ssize_t)out.len;
	mem_free(out.data);
	return ok;
}

void
memory_file_put_aside(const struct memory_file *file)
{
	char *aside = mem_printf(NULL, "%s.bad", file->path);

	if (rename(file->path, aside) < 0)
		log_error("cannot rename %s: %s", file->path, strerror(errno));
	mem_free(aside);
}

void
memory_file_close(struct memory_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

int
memory_tell_forget(const char *path, const struct memory_entry *entry,
		   struct err *err)
{
	struct memory_entry gone = *entry;
	struct stat mine, named;
	int tries = 3;

	gone.count = 0;
	/* A daemon that writes the file anew meanwhile does not see our
	 * line. */
	do {
		struct memory_file file = { .fd = -1 };
		bool ok;

		file.fd = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW |
				     O_CLOEXEC);
		ok = file.fd >= 0 && memory_file_append(&file, &gone) &&
		     fstat(file.fd, &mine) == 0;
		memory_file_close(&file);
		if (!ok || stat(path, &named) < 0)
			return err_errno(err, "cannot write %s", path);
	} while (mine.st_ino != named.st_ino && --tries > 0);
	return 0;
}
