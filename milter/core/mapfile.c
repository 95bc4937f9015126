/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/mapfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static int
mapfile_unreadable(const char *path, const char *why, struct err *err)
{
	return err_config(err, "cannot read %s: %s", path, why);
}

static int
mapfile_take(void *mem, int fd, const char *path, struct slice *bytes,
	     struct err *err)
{
	struct buf all = BUF(mem);
	char block[16384];
	ssize_t got;

	buf_text(&all, "");
	while ((got = read(fd, block, sizeof(block))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return mapfile_unreadable(path, strerror(errno), err);
		if (all.len + (size_t)got > MAPFILE_SIZE_MAX)
			return mapfile_unreadable(path, "too big", err);
		buf_add(&all, block, (size_t)got);
	}
	*bytes = buf_view(&all);
	return 0;
}

int
mapfile_load(void *mem, const char *path, struct slice *bytes,
	     struct err *err)
{
	/* A FIFO must not hold us up. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat info;
	int result;

	if (fd < 0)
		return mapfile_unreadable(path, strerror(errno), err);
	if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
		result = mapfile_unreadable(path, "not a file", err);
	else
		result = mapfile_take(mem, fd, path, bytes, err);
	close(fd);
	return result;
}

static bool
mapfile_is_skipped(struct slice line)
{
	struct slice text = slice_trim(line);

	return text.len == 0 || text.data[0] == '#';
}

bool
mapfile_line(struct slice *rest, struct buf *line, unsigned *number,
	     unsigned *first)
{
	struct slice ahead, next;

	buf_reset(line);
	*first = 0;
	for (ahead = *rest; slice_line(&ahead, &next); *rest = ahead) {
		bool blank = next.data[0] == ' ' || next.data[0] == '\t';

		if (!mapfile_is_skipped(next)) {
			if (*first != 0 && !blank)
				return true;
			if (*first == 0)
				*first = *number + 1;
			while (next.len > 0 &&
			       (next.data[next.len - 1] == '\n' ||
				next.data[next.len - 1] == '\r'))
				next.len--;
			buf_slice(line, next);
		}
		++*number;
	}
	return *first != 0;
}

static void
mapfile_add(struct mapfile *file, struct slice text, unsigned line)
{
	size_t equals = slice_find(text, 0, '=');
	struct slice key = slice_trim(slice_cut(text, 0, equals));
	struct slice value = slice_trim(slice_from(text, equals + 1));

	if (equals == text.len || key.len == 0 || str_is_space(text.data[0])) {
		/* The text is not shown: it may be a password. */
		problem_add(file->problems, PROBLEM_ERROR, file->path, line,
			    "expected \"key = value\"");
		return;
	}
	if (memchr(text.data, '\0', text.len) != NULL) {
		problem_add(file->problems, PROBLEM_ERROR, file->path, line,
			    "the line holds a NUL byte");
		return;
	}
	mem_grow(file, file->settings, file->count);
	file->settings[file->count++] = (struct mapfile_setting){
		slice_string(file, key), slice_string(file, value), line,
		false };
}

struct mapfile *
mapfile_parse(void *mem, const char *path, struct slice text,
	      struct problems *problems, struct err *err)
{
	struct mapfile *file = mem_new(mem, struct mapfile);
	struct buf line = BUF(file);
	unsigned number = 0, first;
	size_t before;

	file->path = mem_strdup(file, path);
	file->problems = problems != NULL ? problems : problems_new(file);
	before = file->problems->errors;
	while (mapfile_line(&text, &line, &number, &first))
		mapfile_add(file, buf_view(&line), first);
	if (file->problems->errors == before)
		return file;
	err_config(err, "%s: %zu line%s in error", path,
		   file->problems->errors - before,
		   file->problems->errors - before == 1 ? " is" : "s are");
	mem_free(file);
	return NULL;
}

struct mapfile *
mapfile_read(void *mem, const char *path, struct problems *problems,
	     struct err *err)
{
	void *scratch = mem_context(NULL, "mapfile_read");
	struct mapfile *file = NULL;
	struct slice text;

	if (mapfile_load(scratch, path, &text, err) == 0)
		file = mapfile_parse(mem, path, text, problems, err);
	mem_free(scratch);
	return file;
}

static struct mapfile_setting *
mapfile_find(const struct mapfile *file, const char *key)
{
	for (size_t i = file->count; i-- > 0;)
		if (strcmp(file->settings[i].key, key) == 0)
			return &file->settings[i];
	return NULL;
}

const char *
mapfile_text(struct mapfile *file, const char *key, const char *value)
{
	mem_grow(file, file->known, file->known_count);
	file->known[file->known_count++] = key;
	for (size_t i = 0; i < file->count; i++) {
		if (strcmp(file->settings[i].key, key) != 0)
			continue;
		file->settings[i].asked = true;
		value = file->settings[i].value;
	}
	return value;
}

unsigned
mapfile_where(const struct mapfile *file, const char *key)
{
	const struct mapfile_setting *setting = mapfile_find(file, key);

	return setting != NULL ? setting->line : 0;
}

int
mapfile_count(struct mapfile *file, const char *key, size_t value,
	      size_t *count, struct err *err)
{
	const char *text = mapfile_text(file, key, NULL);
	int64_t number;

	*count = value;
	if (text == NULL)
		return 0;
	if (!str_int64(text, &number) || number < 0 || number > 1000000000)
		return err_config(err, "%s:%u: %s = %s: expected a number",
				  file->path, mapfile_where(file, key), key,
				  text);
	*count = (size_t)number;
	return 0;
}

int
mapfile_bool(struct mapfile *file, const char *key, bool value, bool *result,
	     struct err *err)
{
	const char *text = mapfile_text(file, key, value ? "yes" : "no");

	*result = slice_is_nocase(slice_of(text), "yes");
	if (*result || slice_is_nocase(slice_of(text), "no"))
		return 0;
	return err_config(err, "%s:%u: %s = %s: expected yes or no",
			  file->path, mapfile_where(file, key), key, text);
}

static const char *
mapfile_nearest(const struct mapfile *file, const char *key)
{
	unsigned least = (unsigned)strlen(key) / 3 + 2;
	const char *best = NULL;

	for (size_t i = 0; i < file->known_count; i++) {
		unsigned distance = str_distance(key, file->known[i]);

		if (distance < least) {
			least = distance;
			best = file->known[i];
		}
	}
	return best;
}

void
mapfile_check(const struct mapfile *file)
{
	for (size_t i = 0; i < file->count; i++) {
		const struct mapfile_setting *setting = &file->settings[i];
		const char *near;

		if (setting->asked) {
			if (mapfile_find(file, setting->key) != setting)
				problem_add(file->problems, PROBLEM_WARNING,
					    file->path, setting->line,
					    "%s is set again below; the last "
					    "line counts", setting->key);
			continue;
		}
		near = mapfile_nearest(file, setting->key);
		problem_add(file->problems, PROBLEM_WARNING, file->path,
			    setting->line, "unknown key \"%.60s\"%s%s%s",
			    setting->key, near ? "; did you mean \"" : "",
			    near ? near : "", near ? "\"?" : "");
	}
}
