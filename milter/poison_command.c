/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ispfilter poison: the mails that inspectors died of, for the admin. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/args.h"
#include "base/mem.h"
#include "commands.h"
#include "memory.h"
#include "poison.h"
#include "settings.h"

struct poison_command {
	struct config *config;
	const char *path; /* of the daemon's memory */
	struct memory_entry *entries;
	size_t count;
};

static const struct arg_option poison_options[] = {
	{ 'c', "config", "FILE", "settings (default " SETTINGS_FILE ")" },
	{ 'h', "help", NULL, "print this" },
	{ 0 },
};

static void
poison_help(void)
{
	puts("usage: ispfilter poison [OPTION ...] [list]\n"
	     "       ispfilter poison [OPTION ...] forget DIGEST ... | all\n\n"
	     "Mails over which an inspector crashed, computed without end or "
	     "ran out of memory:\nwhen it came last, its digest, how often, "
	     "why, its size, and the copy of it.\nA mail that is forgotten is "
	     "inspected again when it comes. The daemon may run.\n");
	args_help(stdout, poison_options);
	puts("\nExit status: 0 done, 64 usage, 65 no such digest, 69 the "
	     "daemon's file cannot be\nread or written, 78 settings.");
}

static void
poison_print(const struct poison_command *command,
	     const struct memory_entry *entry)
{
	const char *folder = config_string(command->config,
					   "poison_directory");
	char hex[DIGEST_HEX + 1], when[32];
	time_t last = (time_t)entry->last;
	struct tm tm;
	char *copy;

	digest_print(entry->digest.bytes, hex);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S",
		 localtime_r(&last, &tm));
	copy = mem_printf(NULL, "%s/%s.eml", folder, hex);
	printf("%s %s %u %s %zu%s%s\n", when, hex, entry->count, entry->reason,
	       entry->size, access(copy, F_OK) == 0 ? " " : "",
	       access(copy, F_OK) == 0 ? copy : "");
	mem_free(copy);
}

static int
poison_forget(const struct poison_command *command, const char *wanted)
{
	bool all = strcmp(wanted, "all") == 0, found = all;
	struct err err;

	for (size_t i = 0; i < command->count; i++) {
		char hex[DIGEST_HEX + 1];

		digest_print(command->entries[i].digest.bytes, hex);
		if (!all && strcmp(hex, wanted) != 0)
			continue;
		found = true;
		if (memory_tell_forget(command->path, &command->entries[i],
				       &err) == 0)
			continue;
		fprintf(stderr, "ispfilter poison: %s\n", err.text);
		return EX_UNAVAILABLE;
	}
	if (!found)
		fprintf(stderr, "ispfilter poison: %s is not remembered\n",
			wanted);
	return found ? 0 : EX_DATAERR;
}

static int
poison_do(const struct poison_command *command, int argc, char **argv)
{
	int status = 0;

	if (argc == 0 || (argc == 1 && strcmp(argv[0], "list") == 0)) {
		for (size_t i = 0; i < command->count; i++)
			poison_print(command, &command->entries[i]);
		return 0;
	}
	if (argc < 2 || strcmp(argv[0], "forget") != 0) {
		fputs("ispfilter poison: expected list, or forget and digests; "
		      "see --help\n", stderr);
		return EX_USAGE;
	}
	for (int i = 1; i < argc && status == 0; i++)
		status = poison_forget(command, argv[i]);
	return status;
}

static int
poison_run(struct poison_command *command, const char *settings,
	   const struct args *args)
{
	struct memory *memory;
	struct err err;

	command->config = settings_new(NULL);
	if (settings_read(command->config, settings) < 0)
		return EX_CONFIG;
	command->path = poison_list_path(command->config, command->config);
	/* No daemon has ever run. */
	if (access(command->path, F_OK) < 0 && errno == ENOENT)
		return poison_do(command, args->argc - args->next,
				 args->argv + args->next);
	memory = memory_peek(command->path, &err);
	if (memory == NULL) {
		fprintf(stderr, "ispfilter poison: %s\n", err.text);
		return EX_UNAVAILABLE;
	}
	command->count = memory_list(memory, command->config,
				     &command->entries);
	memory_close(memory);
	return poison_do(command, args->argc - args->next,
			 args->argv + args->next);
}

int
command_poison(int argc, char **argv)
{
	struct poison_command command = { 0 };
	const char *value, *settings = NULL;
	struct args args;
	int letter, status;

	args_init(&args, "ispfilter poison", argc, argv, poison_options);
	while ((letter = args_next(&args, &value)) > 0) {
		if (letter == 'h') {
			poison_help();
			return 0;
		}
		settings = value;
	}
	if (letter == ARGS_WRONG)
		return EX_USAGE;
	status = poison_run(&command, settings, &args);
	mem_free(command.config);
	return status;
}
