/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/args.h"

#include <string.h>

void
args_init(struct args *args, const char *command, int argc, char **argv,
	  const struct arg_option *options)
{
	*args = (struct args){
		.argc = argc,
		.argv = argv,
		.options = options,
		.command = command,
		.at = 1,
		.operands = 1,
	};
}

static int
args_wrong(const struct args *args, const char *option, size_t len,
	   const char *what)
{
	fprintf(stderr, "%s: %.*s: %s; see %s --help\n", args->command,
		(int)len, option, what, args->command);
	return ARGS_WRONG;
}

static const struct arg_option *
args_find_name(const struct args *args, const char *name, size_t len)
{
	for (const struct arg_option *o = args->options; o->letter != 0; o++)
		if (o->name != NULL && strlen(o->name) == len &&
		    memcmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

static const struct arg_option *
args_find_letter(const struct args *args, int letter)
{
	for (const struct arg_option *o = args->options; o->letter != 0; o++)
		if (o->letter == letter && letter < 256)
			return o;
	return NULL;
}

/* The value of an option that does not carry it in its own word. */
static int
args_take_value(struct args *args, const struct arg_option *option,
		const char *word, const char **value)
{
	if (args->at >= args->argc)
		return args_wrong(args, word, strlen(word), "needs a value");
	*value = args->argv[args->at++];
	return option->letter;
}

static int
args_long(struct args *args, const char *word, const char **value)
{
	const char *name = word + 2, *equals = strchr(name, '=');
	size_t len = equals == NULL ? strlen(name) : (size_t)(equals - name);
	const struct arg_option *option = args_find_name(args, name, len);

	if (option == NULL)
		return args_wrong(args, word, len + 2, "unknown option");
	if (option->value == NULL && equals != NULL)
		return args_wrong(args, word, len + 2, "takes no value");
	if (option->value == NULL)
		return option->letter;
	if (equals == NULL)
		return args_take_value(args, option, word, value);
	*value = equals + 1;
	return option->letter;
}

static int
args_short(struct args *args, const char **value)
{
	const char word[3] = { '-', *args->cluster, '\0' };
	const struct arg_option *option =
		args_find_letter(args, (unsigned char)*args->cluster);

	args->cluster++;
	if (option == NULL)
		return args_wrong(args, word, 2, "unknown option");
	if (option->value == NULL)
		return option->letter;
	*value = args->cluster;
	args->cluster = NULL;
	if (**value != '\0')
		return option->letter;
	return args_take_value(args, option, word, value);
}

/* Operands have been gathered at the front, in their order. */
static int
args_end(struct args *args)
{
	while (args->at < args->argc)
		args->argv[args->operands++] = args->argv[args->at++];
	args->argc = args->operands;
	args->next = 1;
	return 0;
}

int
args_next(struct args *args, const char **value)
{
	*value = NULL;
	if (args->cluster != NULL && *args->cluster != '\0')
		return args_short(args, value);
	while (args->at < args->argc) {
		char *word = args->argv[args->at++];

		if (strcmp(word, "--") == 0)
			return args_end(args);
		if (word[0] != '-' || word[1] == '\0') {
			args->argv[args->operands++] = word;
			continue;
		}
		if (word[1] == '-')
			return args_long(args, word, value);
		args->cluster = word + 1;
		return args_short(args, value);
	}
	return args_end(args);
}

void
args_help(FILE *out, const struct arg_option *options)
{
	for (; options->letter != 0; options++) {
		const char *help = options->help, *end;
		int used = options->letter < 256
				   ? fprintf(out, "  -%c", options->letter)
				   : fprintf(out, "    ");

		if (options->name != NULL)
			used += fprintf(out, "%s--%s",
					options->letter < 256 ? ", " : "  ",
					options->name);
		if (options->value != NULL)
			used += fprintf(out, " %s", options->value);
		for (; (end = strchr(help, '\n')) != NULL; help = end + 1) {
			fprintf(out, "%*s%.*s\n", used < 30 ? 30 - used : 2,
				"", (int)(end - help), help);
			used = 0;
		}
		fprintf(out, "%*s%s\n", used < 30 ? 30 - used : 2, "", help);
	}
}
