/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ispfilter recipient: how addresses resolve in the virtual tables, step by
 * step, and what the daemon would answer to RCPT TO.
 */
#include <stdio.h>
#include <sysexits.h>

#include "base/args.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands.h"
#include "core/virtual.h"
#include "settings.h"

static const struct arg_option recipient_options[] = {
	{ 'c', "config", "FILE", "settings (default " SETTINGS_FILE ")" },
	{ 'o', "option", "KEY=VALUE", "a setting that overrides the files" },
	{ 'm', "map", "MAP",
	  "look the operands up in this map alone, as\n"
	  "postmap -q does" },
	{ 'q', "quiet", NULL, "print only the last line of each address" },
	{ 'h', "help", NULL, "print this" },
	{ 0 },
};

static void
recipient_help(void)
{
	puts("usage: ispfilter recipient [OPTION ...] ADDRESS ...\n"
	     "       ispfilter recipient [OPTION ...] -m MAP KEY ...\n\n"
	     "Shows which tables each address is looked up in, what they "
	     "answer, where its\nmail ends up, and what the daemon would reply "
	     "to RCPT TO.\n");
	args_help(stdout, recipient_options);
	puts("\nExit status: 0 all are taken (found), 64 usage, 67 one is "
	     "unknown or malformed,\n75 a table cannot tell, 78 settings.");
}

static void
recipient_step(void *arg, unsigned depth, const char *text)
{
	/* Deeply nested ones stay on the screen. */
	printf("%*s%s\n", depth < 20 ? 2 + (int)depth * 2 : 42, "", text);
}

static int
recipient_print_answer(const char *shown, const struct virtual_answer *answer)
{
	if (answer->outcome == VIRTUAL_UNKNOWN) {
		printf("%s: 550 5.1.1 unknown in %s (%zu look-ups)\n", shown,
		       answer->table, answer->lookups);
		return EX_NOUSER;
	}
	if (answer->outcome == VIRTUAL_FOREIGN) {
		printf("%s: passes, not ours (%zu look-ups)\n", shown,
		       answer->lookups);
		return EX_OK;
	}
	printf("%s: passes, %zu mailbox%s, %zu elsewhere (%zu look-ups)\n",
	       shown, answer->mailbox_count,
	       answer->mailbox_count == 1 ? "" : "es", answer->remote_count,
	       answer->lookups);
	return EX_OK;
}

static int
recipient_print(void *mem, const struct virtual *virtual, int64_t time_limit,
		const char *path, bool quiet)
{
	struct virtual_watch watch = { .step = recipient_step,
				       .explain = true };
	const char *shown = str_escape(mem, slice_of(path), 300);
	struct virtual_answer answer;
	struct address address;
	struct err err;
	enum address_error error = address_parse(mem, path, &address);

	if (error == ADDRESS_EMPTY) {
		printf("%s: passes, it is empty\n", shown);
		return EX_OK;
	}
	if (error != ADDRESS_OK && error != ADDRESS_LENGTH) {
		printf("%s: 501 5.1.3 %s\n", shown, address_error_text(error));
		return EX_NOUSER;
	}
	if (virtual_resolve(mem, virtual, &address, clock_ms() + time_limit,
			    quiet ? NULL : &watch, &answer, &err) == 0)
		return recipient_print_answer(shown, &answer);
	printf("%s: 451 4.3.0 cannot tell: %s\n", shown, err.text);
	return EX_TEMPFAIL;
}

/* The status that asks for most: trouble before unknown before good. */
static int
recipient_worse(int a, int b)
{
	if (a == EX_TEMPFAIL || b == EX_TEMPFAIL)
		return EX_TEMPFAIL;
	return a != EX_OK ? a : b;
}

static int
recipient_print_key(const struct map *map, const char *key,
		    int64_t time_limit)
{
	struct lookup lookup = { .mem = mem_context(NULL, "recipient"),
				 .deadline = clock_ms() + time_limit };
	const char *value;
	struct err err;
	int result =
		map_find(&lookup, map, slice_of(key), &value, &err);

	if (result > 0)
		printf("%s\t%s\n", key, value);
	else if (result < 0)
		fprintf(stderr, "ispfilter recipient: %s\n", err.text);
	mem_free(lookup.mem);
	if (result < 0)
		return EX_TEMPFAIL;
	return result > 0 ? EX_OK : EX_NOUSER;
}

static int
recipient_run_map(void *mem, const struct config *config, struct args *args,
		  const char *name)
{
	struct problems *problems = problems_new(mem);
	struct map_home *home = map_home_new(mem, 1, problems);
	int status = EX_OK;
	struct err err;
	struct map *map = map_open(home, slice_of(name), &err);

	settings_print(problems);
	if (map == NULL) {
		fprintf(stderr, "ispfilter recipient: %s\n", err.text);
		return EX_CONFIG;
	}
	for (int i = args->next; i < args->argc; i++)
		status = recipient_worse(
			status,
			recipient_print_key(map, args->argv[i],
					    config_time(config,
							"sql_time_limit")));
	return status;
}

static int
recipient_run(void *mem, const struct config *config, struct args *args,
	      bool quiet)
{
	struct problems *problems = problems_new(mem);
	struct virtual *virtual;
	int status = EX_OK;
	struct err err;

	virtual = virtual_open(mem, config, problems, &err);
	settings_print(problems);
	if (virtual == NULL) {
		fprintf(stderr, "ispfilter recipient: %s\n", err.text);
		return EX_CONFIG;
	}
	for (int i = args->next; i < args->argc; i++) {
		void *own = mem_context(NULL, "recipient");

		status = recipient_worse(
			status, recipient_print(own, virtual,
						config_time(config,
							    "sql_time_limit"),
						args->argv[i], quiet));
		mem_free(own);
	}
	return status;
}

static int
recipient_set(struct config *config, const char *assignment)
{
	char *key = mem_strdup(config, assignment);
	char *equals = strchr(key, '=');
	struct err err;

	if (equals == NULL) {
		fprintf(stderr, "ispfilter recipient: -o %s: expected "
			"KEY=VALUE\n", assignment);
		return -1;
	}
	*equals = '\0';
	if (config_set(config, key, equals + 1, "-o", &err) == 0)
		return 0;
	fprintf(stderr, "ispfilter recipient: %s\n", err.text);
	return -1;
}

int
command_recipient(int argc, char **argv)
{
	struct config *config = settings_new(NULL);
	const char *value, *path = NULL, *map = NULL;
	bool quiet = false;
	int letter, status;
	struct buf overrides = BUF(config);
	struct args args;

	args_init(&args, "ispfilter recipient", argc, argv, recipient_options);
	while ((letter = args_next(&args, &value)) > 0) {
		if (letter == 'h') {
			recipient_help();
			return 0;
		}
		if (letter == 'c')
			path = value;
		if (letter == 'm')
			map = value;
		if (letter == 'o')
			buf_add(&overrides, &value, sizeof(value));
		quiet |= letter == 'q';
	}
	if (letter == ARGS_WRONG)
		return EX_USAGE;
	if (args.next == args.argc) {
		fputs("ispfilter recipient: which ADDRESS? See --help\n",
		      stderr);
		return EX_USAGE;
	}
	if (settings_read(config, path) < 0)
		return EX_CONFIG;
	for (size_t i = 0; i < overrides.len / sizeof(value); i++)
		if (recipient_set(config, ((const char **)(void *)
						   overrides.data)[i]) < 0)
			return EX_USAGE;
	log_open(LOG_TARGET_STDERR, NULL, LOG_LEVEL_ERROR);
	status = map != NULL ? recipient_run_map(config, config, &args, map)
			     : recipient_run(config, config, &args, quiet);
	mem_free(config);
	return status;
}
