/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offline.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/mem.h"

static int
offline_set(struct config *config, const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	struct err err;
	char *key;
	int result;

	if (equals == NULL) {
		fprintf(stderr, "ispfilter: -o %s: expected KEY=VALUE\n",
			assignment);
		return -1;
	}
	key = mem_strndup(NULL, assignment, (size_t)(equals - assignment));
	result = config_set(config, key, equals + 1, "-o", &err);
	mem_free(key);
	if (result < 0)
		fprintf(stderr, "ispfilter: %s\n", err.text);
	return result;
}

/* Settings come from the file first, whatever the order of the options. */
static int
offline_read_file(struct config *config, struct args *args, void (*help)(void))
{
	const char *value, *path = NULL;
	int letter;

	while ((letter = args_next(args, &value)) > 0) {
		if (letter == 'c')
			path = value;
		if (letter == 'h') {
			help();
			return 0;
		}
	}
	if (letter == ARGS_WRONG)
		return EX_USAGE;
	return settings_read(config, path) < 0 ? EX_CONFIG : OFFLINE_GO;
}

static int
offline_read_options(struct config *config, struct args *args)
{
	struct buf rules = BUF(NULL);
	const char *value;
	int letter, status = OFFLINE_GO;

	while ((letter = args_next(args, &value)) > 0) {
		if (letter == 'C')
			buf_printf(&rules, "%s ", value);
		if (letter == 'L')
			config_set(config, "dns", "no", "-L", NULL);
		if (letter == 'o' && offline_set(config, value) < 0)
			status = EX_USAGE;
	}
	if (rules.len > 0)
		config_set(config, "rules", rules.data, "-C", NULL);
	mem_free(rules.data);
	return status;
}

int
offline_settings(struct config *config, const char *command, int argc,
		 char **argv, const struct arg_option *options,
		 void (*help)(void))
{
	/* Reading options puts the words in another order. */
	char **words = mem_copy(NULL, argv,
				sizeof(*argv) * ((size_t)argc + 1));
	struct args args;
	int status;

	args_init(&args, command, argc, words, options);
	status = offline_read_file(config, &args, help);
	if (status == OFFLINE_GO) {
		memcpy(words, argv, sizeof(*argv) * ((size_t)argc + 1));
		args_init(&args, command, argc, words, options);
		status = offline_read_options(config, &args);
	}
	mem_free(words);
	return status;
}

bool
offline_leave_out(struct config *config, const char *stage)
{
	const char *const *names = config_list(config, "stages");
	struct buf stages = BUF(NULL);
	bool found = false;

	for (; *names != NULL; names++)
		if (strcmp(*names, stage) == 0)
			found = true;
		else
			buf_printf(&stages, "%s ", *names);
	if (found)
		config_set(config, "stages", buf_string(&stages), "offline",
			   NULL);
	mem_free(stages.data);
	return found;
}

struct policy *
offline_open(void *mem, struct config *config)
{
	struct problems *problems = problems_new(mem);
	struct err err;
	struct policy *policy = policy_load(config, PHASES_INSPECTOR, problems,
					    &err);

	settings_print(problems);
	if (policy == NULL)
		fprintf(stderr, "ispfilter: %s\n", err.text);
	mem_free(problems);
	return policy;
}
