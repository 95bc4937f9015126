/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of rule files: comments, conditions, languages, includes. What a line
 * then does is looked up in the tables of directive*.c. Follows
 * Conf/Parser.pm, parse(), with two of its traps left out: an include inside
 * an `if` that is false is not read, and does not end the `if`.
 */
#include "rule/parse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define PARSE_HINTS 100 /* complaints after which no nearest name is sought */
#define PARSE_VERSION "4.000001" /* of SpamAssassin, for require_version */

/* The conditions around a line: one level for each open `if`. */
struct parse_ifs {
	struct {
		bool skip_outside; /* lines around this `if` are skipped */
		unsigned line;
	} levels[PARSE_IF_DEPTH];
	unsigned depth;
	unsigned lost; /* opened beyond PARSE_IF_DEPTH */
	bool skip;
	bool skip_file; /* require_version did not fit */
};

static __attribute__((format(printf, 3, 0))) void
parse_problem(struct parse *parse, enum problem_level level,
	      const char *format, va_list args)
{
	char text[512];

	vsnprintf(text, sizeof(text), format, args);
	problem_add(parse->problems, level, parse->file, parse->line, "%s",
		    text);
}

void
parse_error(struct parse *parse, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	parse_problem(parse, PROBLEM_ERROR, format, args);
	va_end(args);
}

void
parse_warning(struct parse *parse, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	parse_problem(parse, PROBLEM_WARNING, format, args);
	va_end(args);
}

char *
parse_word(char **rest)
{
	char *word = *rest;

	while (str_is_space((unsigned char)*word))
		word++;
	if (*word == '\0')
		return NULL;
	*rest = word;
	while (**rest != '\0' && !str_is_space((unsigned char)**rest))
		(*rest)++;
	if (**rest != '\0')
		*(*rest)++ = '\0';
	while (str_is_space((unsigned char)**rest))
		(*rest)++;
	return word;
}

/*
 * Cuts the comment off: a # without a backslash in front starts one anywhere,
 * also inside a regex; \# becomes #.
 */
static void
parse_uncomment(char *line)
{
	char *to = line;

	for (char *from = line; *from != '\0'; from++) {
		if (*from == '#' && (to == line || to[-1] != '\\'))
			break;
		if (*from == '#')
			to--;
		*to++ = *from;
	}
	*to = '\0';
}

/* Takes `lang xx` off; false if the line is for another language. */
static bool
parse_language(struct parse *parse, char **line)
{
	char *rest = *line, *word;

	if (strncmp(rest, "lang", 4) != 0 ||
	    !str_is_space((unsigned char)rest[4]))
		return true;
	rest += 4;
	word = parse_word(&rest);
	if (word == NULL)
		return true;
	*line = rest;
	return slice_starts_nocase(slice_of(parse->locale), word);
}

static void
parse_if(struct parse *parse, struct parse_ifs *ifs, const char *condition)
{
	bool value = false;

	if (ifs->depth == PARSE_IF_DEPTH) {
		if (ifs->lost++ == 0)
			parse_error(parse, "more than %d conditions nested",
				    PARSE_IF_DEPTH);
		return;
	}
	ifs->levels[ifs->depth].skip_outside = ifs->skip;
	ifs->levels[ifs->depth++].line = parse->line;
	if (ifs->skip)
		return;
	if (condition_value(parse, condition, &value) == -1 || !value)
		ifs->skip = true;
}

static void
parse_else(struct parse *parse, struct parse_ifs *ifs)
{
	if (ifs->lost > 0)
		return;
	if (ifs->depth == 0)
		parse_error(parse, "else without an if");
	else if (!ifs->levels[ifs->depth - 1].skip_outside)
		ifs->skip = !ifs->skip;
}

static void
parse_endif(struct parse *parse, struct parse_ifs *ifs)
{
	if (ifs->lost > 0)
		ifs->lost--;
	else if (ifs->depth == 0)
		parse_error(parse, "endif without an if");
	else
		ifs->skip = ifs->levels[--ifs->depth].skip_outside;
}

/* Conditions are followed even where lines are skipped; true: it was one. */
static bool
parse_conditional(struct parse *parse, struct parse_ifs *ifs, const char *key,
		  const char *value)
{
	if (strcmp(key, "if") == 0 || strcmp(key, "ifplugin") == 0) {
		if (*value == '\0')
			parse_error(parse, "%s without a condition", key);
		if (key[2] == '\0')
			parse_if(parse, ifs, value);
		else
			parse_if(parse, ifs, mem_printf(parse->mem,
							"plugin (%s)", value));
		return true;
	}
	if (strcmp(key, "else") == 0)
		parse_else(parse, ifs);
	else if (strcmp(key, "endif") == 0)
		parse_endif(parse, ifs);
	else
		return false;
	if (*value != '\0')
		parse_error(parse, "%s must stand alone", key);
	return true;
}

static void
parse_include(struct parse *parse, const char *value)
{
	const char *file = parse->file, *slash = strrchr(file, '/');
	unsigned line = parse->line;
	char *path;

	if (*value == '\0') {
		parse_error(parse, "include without a file");
		return;
	}
	if (parse->depth == PARSE_INCLUDE_DEPTH) {
		parse_error(parse, "more than %d files include each other",
			    PARSE_INCLUDE_DEPTH);
		return;
	}
	if (*value == '/' || slash == NULL)
		path = mem_strdup(parse->mem, value);
	else
		path = mem_printf(parse->mem, "%.*s/%s", (int)(slash - file),
				  file, value);
	parse->depth++;
	if (parse_file(parse, path) == -1 && !parse->full)
		problem_add(parse->problems, PROBLEM_ERROR, file, line, "%s",
			    parse->err->text);
	parse->depth--;
	parse->file = file;
	parse->line = line;
}

static void
parse_require_version(struct parse *parse, struct parse_ifs *ifs,
		      const char *value)
{
	if (*value == '\0') {
		parse_error(parse, "require_version without a version");
		return;
	}
	if (strcmp(value, "@@VERSION@@") == 0 ||
	    strcmp(value, PARSE_VERSION) == 0)
		return;
	parse_warning(parse, "the rest of this file is for version %s, "
			     "and skipped; this is %s", value, PARSE_VERSION);
	ifs->skip_file = true;
}

/* The nearest name helps who misspelt one; a file of other kind has none. */
static void
parse_unknown(struct parse *parse, const char *key)
{
	const char *near = NULL;

	if (parse->problems != NULL && parse->problems->count < PARSE_HINTS)
		near = names_nearest(parse->directives, key);
	if (near == NULL)
		parse_error(parse, "unknown directive %.60s", key);
	else
		parse_error(parse, "unknown directive %.60s; did you mean %s?",
			    key, near);
}

static void
parse_directive(struct parse *parse, const char *key, char *value)
{
	const struct directive *directive =
		names_get(parse->directives, key);

	if (directive != NULL)
		directive->run(parse, directive, value);
	else if (strncmp(key, "bayes_stopword_", 15) == 0 ||
		 strncmp(key, "hashbl_acl_", 11) == 0)
		setting_add(parse->ruleset,
			    mem_strdup(parse->ruleset, key),
			    mem_strdup(parse->ruleset, value));
	else
		parse_unknown(parse, key);
}

/* One line without its line end; written to. */
static void
parse_line(struct parse *parse, struct parse_ifs *ifs, char *line)
{
	char *key, *end;

	if (strchr(line, '#') != NULL)
		parse_uncomment(line);
	end = line + strlen(line);
	while (end > line && str_is_space((unsigned char)end[-1]))
		*--end = '\0';
	while (str_is_space((unsigned char)*line))
		line++;
	if (*line == '\0' || !parse_language(parse, &line))
		return;
	key = parse_word(&line);
	if (key == NULL)
		return;
	for (char *c = key; *c != '\0'; c++)
		*c = *c == '-' ? '_' : (char)str_lower_char(*c);
	if (parse_conditional(parse, ifs, key, line) || ifs->skip ||
	    ifs->skip_file)
		return;
	if (strcmp(key, "include") == 0)
		parse_include(parse, line);
	else if (strcmp(key, "require_version") == 0)
		parse_require_version(parse, ifs, line);
	else
		parse_directive(parse, key, line);
}

static void
parse_text(struct parse *parse, struct slice rest)
{
	struct parse_ifs ifs = { .depth = 0 };
	struct buf copy = BUF(parse->mem);
	struct slice line;

	parse->line = 0;
	while (!parse->full && slice_line(&rest, &line)) {
		parse->line++;
		if (line.len > PARSE_LINE_BYTES) {
			parse_error(parse, "the line is longer than %d bytes",
				    PARSE_LINE_BYTES);
			continue;
		}
		if (memchr(line.data, '\0', line.len) != NULL) {
			parse_error(parse, "the line holds a NUL byte");
			continue;
		}
		if (line.data[0] == '#' || line.data[0] == '\n')
			continue;
		buf_reset(&copy);
		buf_slice(&copy, line);
		parse_line(parse, &ifs, copy.data);
	}
	if (ifs.depth > 0) {
		parse->line = ifs.levels[ifs.depth - 1].line;
		parse_warning(parse, "this condition has no endif");
	}
	mem_free(copy.data);
}

static int
parse_full(struct parse *parse, const char *what, long bound)
{
	parse->full = true;
	return err_config(parse->err, "%s: more than %ld %s", parse->file,
			  bound, what);
}

/* The bytes of a file, below parse->mem; data NULL: failed, err is set. */
static struct slice
parse_read(struct parse *parse, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct slice text = SLICE_NONE;
	struct stat st;
	char *data;
	ssize_t n;

	if (fd == -1 || fstat(fd, &st) == -1) {
		err_errno(parse->err, "cannot read %s", path);
	} else if (!S_ISREG(st.st_mode)) {
		err_config(parse->err, "%s is not a file", path);
	} else if (st.st_size > PARSE_FILE_BYTES) {
		err_config(parse->err, "%s is larger than %d bytes", path,
			   PARSE_FILE_BYTES);
	} else {
		data = mem_zero(parse->mem, 1, (size_t)st.st_size + 1, path);
		n = pread(fd, data, (size_t)st.st_size, 0);
		if (n == -1)
			err_errno(parse->err, "cannot read %s", path);
		else
			text = (struct slice){ data, (size_t)n };
	}
	if (fd != -1)
		close(fd);
	return text;
}

int
parse_memory(struct parse *parse, const char *name, struct slice text)
{
	struct ruleset *ruleset = parse->ruleset;

	parse->file = mem_strdup(ruleset, name);
	parse->bytes += text.len;
	if (ruleset->file_count == PARSE_FILES)
		return parse_full(parse, "rule files", PARSE_FILES);
	if (parse->bytes > PARSE_TOTAL_BYTES)
		return parse_full(parse, "bytes of rules", PARSE_TOTAL_BYTES);
	mem_grow(ruleset, ruleset->files, ruleset->file_count);
	ruleset->files[ruleset->file_count++] = parse->file;
	parse_text(parse, text);
	return parse->full ? -1 : 0;
}

int
parse_file(struct parse *parse, const char *path)
{
	struct slice text = parse_read(parse, path);
	int result;

	if (text.data == NULL)
		return -1;
	result = parse_memory(parse, path, text);
	mem_free((void *)text.data);
	return result;
}

static int
parse_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
parse_folder(struct parse *parse, const char *path, const char *suffix)
{
	const char **names = NULL;
	struct dirent *entry;
	DIR *folder = opendir(path);
	size_t count = 0;

	if (folder == NULL)
		return err_errno(parse->err, "cannot read %s", path);
	while ((entry = readdir(folder)) != NULL && count <= PARSE_FILES) {
		if (entry->d_name[0] == '.' ||
		    !slice_ends_nocase(slice_of(entry->d_name), suffix))
			continue;
		mem_grow(parse->mem, names, count);
		names[count++] = mem_strdup(parse->mem, entry->d_name);
	}
	closedir(folder);
	if (count > 0)
		qsort(names, count, sizeof(*names), parse_compare);
	for (size_t i = 0; i < count && !parse->full; i++) {
		char *file = mem_printf(parse->mem, "%s/%s", path, names[i]);

		if (parse_file(parse, file) == -1 && !parse->full)
			problem_add(parse->problems, PROBLEM_ERROR, NULL, 0,
				    "%s", parse->err->text);
	}
	return parse->full ? -1 : 0;
}
