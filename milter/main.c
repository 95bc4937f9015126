/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ispfilter: one program with subcommands. This file only finds the one that
 * is asked for.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "commands.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help; /* NULL: for the program's own use */
} main_commands[] = {
	{ "daemon", command_daemon, "the milter that Postfix calls" },
	{ "scan", command_scan, "inspect files, without a mail server" },
	{ "masscheck", command_masscheck,
	  "hold rules against known spam and known ham" },
	{ "recipient", command_recipient,
	  "show how addresses resolve in the virtual tables" },
	{ "lint", command_lint, "check settings, rules, maps and databases" },
	{ "config", command_config, "print settings, and where they are set" },
	{ "deliver", command_deliver,
	  "deliver a mail from stdin to a Maildir" },
	{ "poison", command_poison,
	  "list or forget mails that inspectors died of" },
	{ "lists", command_lists,
	  "state of the lists in the DNS that rules ask" },
	{ "version", command_version, "versions of the program and libraries" },
	{ "nursery", command_nursery, NULL },
};

#define MAIN_COMMANDS (sizeof(main_commands) / sizeof(*main_commands))

static void
main_usage(FILE *out)
{
	fputs("usage: ispfilter COMMAND [ARGUMENT ...]\n\ncommands:\n", out);
	for (size_t i = 0; i < MAIN_COMMANDS; i++)
		if (main_commands[i].help != NULL)
			fprintf(out, "  %-10s %s\n", main_commands[i].name,
				main_commands[i].help);
	fputs("\n`ispfilter COMMAND --help` says more; so does ispfilter(8).\n",
	      out);
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		main_usage(stderr);
		return EX_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		main_usage(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0)
		argv[1] = (char[]){ "version" };
	for (size_t i = 0; i < MAIN_COMMANDS; i++)
		if (strcmp(argv[1], main_commands[i].name) == 0)
			return main_commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "ispfilter: unknown command \"%s\"\n", argv[1]);
	main_usage(stderr);
	return EX_USAGE;
}
