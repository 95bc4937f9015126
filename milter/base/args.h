/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_ARGS_H
#define BASE_ARGS_H

/*
 * Command line options from a table, which also prints the help. Options may
 * stand anywhere; "--" ends them. Works as GNU getopt_long does: -c FILE,
 * -cFILE, --config FILE, --config=FILE, -Le for -L -e.
 */

#include <stdio.h>

struct arg_option {
	int letter;	   /* what args_next returns; a short option if < 256 */
	const char *name;  /* long name without dashes, or NULL */
	const char *value; /* what its value is called; NULL: it has none */
	const char *help;  /* lines of help, separated by \n */
};

struct args {
	int argc;
	char **argv; /* after the last option: the operands, from next on */
	const struct arg_option *options; /* ends with letter 0 */
	const char *command; /* "ispfilter scan", for messages */
	int next; /* 1: argv[next] to argv[argc - 1] are the operands */
	/* private */
	int at, operands;
	const char *cluster;
};

#define ARGS_WRONG (-1)

void args_init(struct args *args, const char *command, int argc, char **argv,
	       const struct arg_option *options);
/* The next option's letter, with its value if it has one; 0 after the last;
 * ARGS_WRONG after a message on stderr. */
int args_next(struct args *args, const char **value);
void args_help(FILE *out, const struct arg_option *options);

#endif
