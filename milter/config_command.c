/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ispfilter config: what the settings are, and which line says so. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/args.h"
#include "base/mem.h"
#include "base/str.h"
#include "commands.h"
#include "settings.h"

enum { CONFIG_COMMENTS = 256 };

static const struct arg_option config_options[] = {
	{ 'c', "config", "FILE", "settings (default " SETTINGS_FILE ")" },
	{ 'n', "changed", NULL, "only what differs from the default" },
	{ 'd', "defaults", NULL, "the defaults; no file is read" },
	{ CONFIG_COMMENTS, "comments", NULL,
	  "with -d: as a file to start from, each\n"
	  "key with a sentence on what it does" },
	{ 'h', "help", NULL, "print this" },
	{ 0 },
};

static void
config_help(void)
{
	puts("usage: ispfilter config [OPTION ...] [KEY ...]\n"
	     "       ispfilter config [OPTION ...] why KEY ...\n\n"
	     "Prints settings as `key = value`; all of them if no KEY is "
	     "named. With why, also\nwhich line of which file says so, and "
	     "which lines it overrides.\n");
	args_help(stdout, config_options);
	puts("\nExit status: 0 done, 64 usage or an unknown key, 78 settings.");
}

/* A sentence as comment lines of at most 78 columns. */
static void
config_print_comment(const char *text)
{
	struct slice rest = slice_of(text), word;
	size_t column = 0;

	while (slice_word(&rest, " ", &word)) {
		if (column > 0 && column + 1 + word.len > 78) {
			putchar('\n');
			column = 0;
		}
		column += (size_t)printf("%s%.*s", column == 0 ? "# " : " ",
					 (int)word.len, word.data);
	}
	putchar('\n');
}

static void
config_print_value(const char *prefix, struct setting setting)
{
	char *text = setting_text(NULL, &setting);

	printf("%s%s =%s\n", prefix, setting.option->key, text);
	mem_free(text);
}

static void
config_print_commented(struct setting setting)
{
	if (setting.option->help != NULL)
		config_print_comment(setting.option->help);
	if (setting.option->choices != NULL)
		printf("# One of: %s.\n", setting.option->choices);
	if (setting.option->type == OPTION_ACTION)
		puts("# The text of the reply may stand behind it.");
	config_print_value("#", setting);
	putchar('\n');
}

static void
config_print_where(const char *what, struct setting setting)
{
	if (setting.file == NULL)
		printf("%s\n", what);
	else if (setting.line == 0)
		printf("%s %s\n", what, setting.file);
	else
		printf("%s %s:%u\n", what, setting.file, setting.line);
}

static void
config_why(const struct config *config, size_t index)
{
	struct setting setting = config_setting(config, index);
	const struct setting *old = config_history(config, index);

	config_print_value("", setting);
	config_print_where(setting.file == NULL ? "  the default" : "  from",
			   setting);
	for (; old->option != NULL; old++) {
		printf("  overrides \"%s\"", old->value);
		config_print_where(" from", *old);
	}
	if (setting.file != NULL)
		printf("  default \"%s\"\n", setting.option->value);
	if (setting.option->help != NULL)
		printf("  %s\n", setting.option->help);
}

static int
config_print_keys(const struct config *config, char **keys, int count,
		  bool why)
{
	for (int i = 0; i < count; i++) {
		long index = config_find(config, keys[i]);

		if (index < 0) {
			fprintf(stderr, "ispfilter config: there is no "
				"setting \"%s\"\n", keys[i]);
			return EX_USAGE;
		}
		if (why)
			config_why(config, (size_t)index);
		else
			config_print_value("", config_setting(config,
							      (size_t)index));
	}
	return 0;
}

static void
config_print_all(const struct config *config, bool changed, bool comments)
{
	for (size_t i = 0; i < config_count(config); i++) {
		struct setting setting = config_setting(config, i);

		if (changed &&
		    strcmp(setting.value, setting.option->value) == 0)
			continue;
		if (comments)
			config_print_commented(setting);
		else
			config_print_value("", setting);
	}
}

int
command_config(int argc, char **argv)
{
	struct config *config = settings_new(NULL);
	bool changed = false, defaults = false, comments = false, why;
	const char *value, *path = NULL;
	struct args args;
	int letter;

	args_init(&args, "ispfilter config", argc, argv, config_options);
	while ((letter = args_next(&args, &value)) > 0) {
		if (letter == 'h') {
			config_help();
			return 0;
		}
		if (letter == 'c')
			path = value;
		changed |= letter == 'n';
		defaults |= letter == 'd';
		comments |= letter == CONFIG_COMMENTS;
	}
	if (letter == ARGS_WRONG)
		return EX_USAGE;
	if (!defaults && settings_read(config, path) < 0)
		return EX_CONFIG;
	why = args.next < args.argc && strcmp(args.argv[args.next], "why") == 0;
	if (args.next + why < args.argc)
		return config_print_keys(config, args.argv + args.next + why,
					 args.argc - args.next - why, why);
	config_print_all(config, changed, comments);
	return 0;
}
