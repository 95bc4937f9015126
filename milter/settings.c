/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/policy.h"
#include "deliver.h"

struct config *
settings_new(void *mem)
{
	struct config *config = policy_config_new(mem);

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

int
settings_read(struct config *config, const char *path)
{
	struct problems *problems;
	struct err err;
	int result;

	if (path == NULL) {
		path = SETTINGS_FILE;
		if (access(path, F_OK) != 0 && errno == ENOENT)
			return 0;
	}
	problems = problems_new(NULL);
	result = config_read(config, path, problems, &err);
	settings_print(problems);
	if (result < 0)
		fprintf(stderr, "ispfilter: %s\n", err.text);
	mem_free(problems);
	return result;
}
