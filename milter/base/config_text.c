/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings as text: lines of a file or of memory taken in, and written. */
#include "base/config_private.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define CONFIG_FILE_MAX (1024 * 1024)

/*
 * The value out of a line with its continuations, which LF parts: a blank
 * stands for these, unless the key keeps its lines.
 */
static char *
config_value(const struct config *config, const char *key, struct slice raw)
{
	long index = config_find(config, key);
	struct buf out = BUF(NULL);
	struct slice line;

	while (raw.len > 0 && str_is_space((unsigned char)raw.data[0]) &&
	       raw.data[0] != '\n')
		raw = slice_from(raw, 1);
	if (index >= 0 && config->entries[index].option->type == OPTION_LINES)
		return slice_string(NULL, raw);
	buf_text(&out, "");
	while (slice_line(&raw, &line)) {
		line = slice_trim(line);
		if (out.len > 0 && line.len > 0)
			buf_char(&out, ' ');
		buf_slice(&out, line);
	}
	return out.data;
}

/* One line with those that continue it. */
static void
config_line(struct config *config, struct slice text, const char *name,
	    unsigned line, struct problems *problems)
{
	size_t equals = slice_find(text, 0, '=');
	char *key, *value;
	struct err err;

	if (equals == text.len) {
		char *shown = str_escape(NULL, slice_trim(text), 60);

		problem_add(problems, PROBLEM_ERROR, name, line,
			    "expected \"key = value\", found \"%s\"", shown);
		mem_free(shown);
		return;
	}
	key = slice_string(NULL, slice_trim(slice_cut(text, 0, equals)));
	value = config_value(config, key, slice_from(text, equals + 1));
	if (memchr(text.data, '\0', text.len) != NULL)
		problem_add(problems, PROBLEM_ERROR, name, line,
			    "the line holds a NUL byte");
	else if (config_assign(config, key, value, name, line, &err) < 0)
		problem_add(problems, PROBLEM_ERROR, name, line, "%s",
			    err.text);
	mem_free(key);
	mem_free(value);
}

int
config_parse(struct config *config, const char *name, const char *text,
	     size_t len, struct problems *problems)
{
	struct slice rest = { text, len }, line;
	struct buf logical = BUF(NULL);
	unsigned number = 0, first = 0, last = 0;
	size_t before = problems->errors;

	while (slice_line(&rest, &line)) {
		struct slice trimmed = slice_trim(line);

		number++;
		if (trimmed.len == 0 || trimmed.data[0] == '#')
			continue;
		if (line.data[0] == ' ' || line.data[0] == '\t') {
			if (first == 0) {
				problem_add(problems, PROBLEM_ERROR, name,
					    number,
					    "a continuation line without a "
					    "line before it");
				continue;
			}
			for (; last < number; last++)
				buf_char(&logical, '\n');
			buf_slice(&logical, trimmed);
			continue;
		}
		if (first != 0)
			config_line(config, buf_view(&logical), name, first,
				    problems);
		buf_reset(&logical);
		buf_slice(&logical, trimmed);
		first = last = number;
	}
	if (first != 0)
		config_line(config, buf_view(&logical), name, first, problems);
	mem_free(logical.data);
	return problems->errors == before ? 0 : -1;
}

static int
config_read_one(struct config *config, const char *path,
		struct problems *problems, struct err *err)
{
	char *text = mem_array(NULL, char, CONFIG_FILE_MAX + 1);
	FILE *file = fopen(path, "re");
	size_t len;

	if (file == NULL) {
		mem_free(text);
		err_errno(err, "cannot open %s", path);
		err->kind = ERR_CONFIG;
		return -1;
	}
	len = fread(text, 1, CONFIG_FILE_MAX + 1, file);
	if (ferror(file) || len > CONFIG_FILE_MAX) {
		fclose(file);
		mem_free(text);
		return err_config(err, "cannot read %s: %s", path,
				  len > CONFIG_FILE_MAX ? "over 1 MB"
							: "read error");
	}
	fclose(file);
	config_parse(config, path, text, len, problems);
	mem_free(text);
	return 0;
}

/* A folder that is there but cannot be read must not look like an empty one. */
static int
config_glob_error(const char *path, int number)
{
	return number != ENOENT;
}

static int
config_read_folder(struct config *config, const char *path,
		   struct problems *problems, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *pattern = mem_printf(NULL, "%.*sconf.d/*.conf",
				   slash ? (int)(slash - path + 1) : 0, path);
	glob_t found;
	int result = 0, status = glob(pattern, 0, config_glob_error, &found);

	if (status != 0 && status != GLOB_NOMATCH)
		result = err_config(err, "cannot read %s", pattern);
	if (status == 0) {
		for (size_t i = 0; i < found.gl_pathc && result == 0; i++)
			result = config_read_one(config, found.gl_pathv[i],
						 problems, err);
		globfree(&found);
	}
	mem_free(pattern);
	return result;
}

int
config_read(struct config *config, const char *path, struct problems *problems,
	    struct err *err)
{
	if (config_read_one(config, path, problems, err) < 0 ||
	    config_read_folder(config, path, problems, err) < 0)
		return -1;
	if (problems->errors != 0)
		return err_config(err, "%s: %zu error%s in the settings", path,
				  problems->errors,
				  problems->errors == 1 ? "" : "s");
	return 0;
}

char *
setting_text(void *mem, const struct setting *setting)
{
	struct buf out = BUF(mem);

	buf_text(&out, "");
	if (setting->value[0] != '\0' && setting->value[0] != '\n')
		buf_char(&out, ' ');
	for (const char *s = setting->value; *s != '\0'; s++) {
		buf_char(&out, *s);
		if (*s == '\n' && s[1] != '\n')
			buf_char(&out, '\t');
	}
	return out.data;
}

char *
config_text(void *mem, const struct config *config)
{
	struct buf out = BUF(mem);

	buf_text(&out, "");
	for (size_t i = 0; i < config->count; i++) {
		struct setting setting = config_setting(config, i);
		char *text;

		if (strcmp(setting.value, setting.option->value) == 0)
			continue;
		text = setting_text(NULL, &setting);
		buf_printf(&out, "%s =%s\n", setting.option->key, text);
		mem_free(text);
	}
	return out.data;
}
