/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "core/policy.h"
#include "daemon.h"
#include "deliver.h"

struct config *
settings_new(void *mem)
{
	struct config *config = policy_config_new(mem);

	config_declare(config, daemon_options);
	config_declare(config, deliver_options);
	return config;
}

void
settings_print(const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		char *line = problem_string(NULL, &problems->items[i]);

		fprintf(stderr, "%s\n", line);
		mem_free(line);
	}
}

/* The file that path means, or NULL if there is none to be read. */
static const char *
settings_path(const char *path)
{
	if (path != NULL)
		return path;
	return access(SETTINGS_FILE, F_OK) != 0 && errno == ENOENT
		       ? NULL
		       : SETTINGS_FILE;
}

static int
settings_assign(struct config *config, const char *assignment, struct err *err)
{
	struct slice text = slice_of(assignment);
	size_t equals = slice_find(text, 0, '=');
	char *key = slice_string(NULL, slice_trim(slice_cut(text, 0, equals)));
	char *value = slice_string(
		NULL, slice_trim(slice_from(text, equals + 1)));
	int result = equals == text.len
			     ? err_config(err, "%s: expected key=value",
					  assignment)
			     : config_set(config, key, value, "command line",
					  err);

	mem_free(key);
	mem_free(value);
	return result;
}

static bool
settings_is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/*
 * A program that is run where it was built, or installed below another prefix,
 * finds the rules that came with it.
 */
static void
settings_rules(struct config *config)
{
	static const char *const places[] = { "../share/ispfilter/rules",
					      "../rules" };
	char program[PATH_MAX], found[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program));
	char *rules;

	if (len <= 0 || (size_t)len == sizeof(program) ||
	    settings_is_there("/usr/share/ispfilter/rules"))
		return;
	while (len > 0 && program[len - 1] != '/')
		len--;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		rules = mem_printf(config, "%.*s%s", (int)len, program,
				   places[i]);
		if (realpath(rules, found) == NULL)
			continue;
		rules = mem_printf(config, "%s%s", found,
				   settings_is_there("/etc/ispfilter/rules")
					   ? " /etc/ispfilter/rules"
					   : "");
		config_set(config, "rules", rules, "the place of the program",
			   NULL);
		return;
	}
}

int
settings_load(struct config *config, const char *path,
	      const char *const *assignments, struct problems *problems,
	      struct err *err)
{
	settings_rules(config);
	path = settings_path(path);
	if (path != NULL && config_read(config, path, problems, err) < 0)
		return -1;
	for (; *assignments != NULL; assignments++)
		if (settings_assign(config, *assignments, err) < 0)
			return -1;
	return 0;
}

int
settings_read(struct config *config, const char *path)
{
	static const char *const none[] = { NULL };
	struct problems *problems = problems_new(NULL);
	struct err err;
	int result = settings_load(config, path, none, problems, &err);

	settings_print(problems);
	if (result < 0)
		fprintf(stderr, "ispfilter: %s\n", err.text);
	mem_free(problems);
	return result;
}
