/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ispfilter version: the program's and those of the libraries it runs with. */
#include <stdio.h>
#include <sysexits.h>

#include "base/args.h"
#include "commands.h"
#include "milter.h"
#include "wrap/magic.h"
#include "wrap/regex.h"
#include "wrap/sql.h"
#include "wrap/virus.h"

static const struct arg_option version_options[] = {
	{ 'h', "help", NULL, "print this" },
	{ 0 },
};

int
command_version(int argc, char **argv)
{
	struct args args;
	const char *value;
	char text[64];
	int letter;

	args_init(&args, "ispfilter version", argc, argv, version_options);
	while ((letter = args_next(&args, &value)) > 0) {
		puts("usage: ispfilter version\n\nPrints the versions of the "
		     "program and of the libraries that it uses.\n");
		args_help(stdout, version_options);
		return 0;
	}
	if (letter == ARGS_WRONG)
		return EX_USAGE;
	printf("ispfilter %s\n", ISPFILTER_VERSION);
	printf("libclamav %s\n", virus_version());
	milter_version(text, sizeof(text));
	printf("libmilter %s\n", text);
	regex_version(text, sizeof(text));
	printf("libpcre2 %s\n", text);
	printf("libmariadb %s\n", sql_mariadb.version());
	printf("sqlite %s\n", sql_sqlite.version());
	printf("libmagic %d.%02d\n", filetype_version() / 100,
	       filetype_version() % 100);
	return 0;
}
