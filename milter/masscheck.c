/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ispfilter masscheck: options, and the list of messages.
 */
#include "masscheck.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"
#include "commands.h"
#include "inputs.h"
#include "mail/mbox.h"
#include "offline.h"

#define MASS_WORKERS_MAX 256
#define MASS_ITEMS_MAX (1u << 30) /* fits the number of a frame */

enum {
	MASS_OPTION_SPAM = 256,
	MASS_OPTION_HAM,
	MASS_OPTION_ONLY,
	MASS_OPTION_PART,
	MASS_OPTION_COMPARE,
	MASS_OPTION_SHOW_ERRORS,
	MASS_OPTION_SUBRULES,
};

static const struct arg_option mass_options[] = {
	{ MASS_OPTION_SPAM, "spam", "PATH",
	  "known spam: a folder, a file with one\n"
	  "message, or an mbox; may be repeated" },
	{ MASS_OPTION_HAM, "ham", "PATH", "known ham, likewise" },
	{ MASS_OPTION_ONLY, "only", "PATTERN",
	  "only files with such names, as '*.eml'" },
	{ MASS_OPTION_PART, "part", "K/N",
	  "only every N-th message, from the K-th on" },
	{ MASS_OPTION_COMPARE, "compare", "PATH",
	  "show which verdicts change if this rule\n"
	  "file is read after the others" },
	{ MASS_OPTION_SHOW_ERRORS, "show-errors", NULL,
	  "name false positives and false negatives" },
	{ MASS_OPTION_SUBRULES, "subrules", NULL,
	  "count rules without a score (__) too" },
	{ 'j', "jobs", "N", "processes (default: one for each core)" },
	{ 'f', "format", "FORMAT", "text (default) or json" },
	OFFLINE_OPTIONS,
	{ 'h', "help", NULL, "print this" },
	{ 0 },
};

struct mass_command {
	struct mass mass;
	enum mass_class class; /* of the path that is being listed */
	size_t listed;	       /* messages of this class, also those left out */
	const char *only;
	const char *compare;
	int64_t part, parts;
	bool json;
};

static void
mass_help(void)
{
	puts("usage: ispfilter masscheck [OPTION ...] --spam PATH --ham PATH\n"
	     "\n"
	     "Checks mail that is known to be spam or ham, on all cores, and "
	     "prints how often\neach rule hit, which rules hit together, and "
	     "how many verdicts were right.\nViruses are not looked for.\n");
	args_help(stdout, mass_options);
	puts("\nExit status: 0 all checked, 64 usage, 65 a file could not be "
	     "read,\n75 a message could not be checked, 78 settings.");
}

/* --- the list of messages --- */

static struct mass_item *
mass_add_item(struct mass_command *command, const char *file)
{
	struct mass *mass = &command->mass;
	int64_t place = (int64_t)(command->listed++ % (size_t)command->parts);

	if (place != command->part - 1 || mass->item_count >= MASS_ITEMS_MAX)
		return NULL;
	mem_grow(mass->mem, mass->items, mass->item_count);
	mass->items[mass->item_count] = (struct mass_item){
		.name = file,
		.file = file,
		.class = command->class,
	};
	return &mass->items[mass->item_count++];
}

static void
mass_add_mbox(struct mass_command *command, const char *file,
	      struct slice bytes)
{
	struct slice rest = bytes, message;

	for (size_t number = 1; mbox_next(&rest, &message); number++) {
		struct mass_item *item = mass_add_item(command, file);

		if (item == NULL || message.len == bytes.len)
			continue;
		item->start = (size_t)(message.data - bytes.data);
		item->end = item->start + message.len;
		item->name = mem_printf(command->mass.mem, "%s:%zu", file,
					number);
	}
}

static void
mass_unreadable(void *arg, const char *path, const char *why)
{
	struct mass_command *command = arg;

	fprintf(stderr, "ispfilter: %s: %s\n", path, why);
	command->mass.unreadable++;
}

static void
mass_add_file(void *arg, const char *path)
{
	struct mass_command *command = arg;
	const char *slash = strrchr(path, '/');
	struct slice bytes;
	struct err err;

	if (command->only != NULL &&
	    fnmatch(command->only, slash == NULL ? path : slash + 1, 0) != 0)
		return;
	if (inputs_map(path, &bytes, &err) < 0) {
		mass_unreadable(command, path, err.text);
		return;
	}
	path = mem_strdup(command->mass.mem, path);
	if (mbox_is(bytes))
		mass_add_mbox(command, path, bytes);
	else
		mass_add_item(command, path);
	inputs_unmap(bytes);
}

static void
mass_list(struct mass_command *command, enum mass_class class,
	  const char *const *paths)
{
	struct inputs_visitor visitor = { mass_add_file, mass_unreadable,
					  command };

	command->class = class;
	command->listed = 0;
	for (; *paths != NULL; paths++)
		inputs_visit(&visitor, *paths);
}

/* --- options --- */

static int
mass_wrong(const char *option, const char *value, const char *expected)
{
	fprintf(stderr, "ispfilter: --%s %s: expected %s\n", option, value,
		expected);
	return -1;
}

static int
mass_set_jobs(struct mass *mass, const char *value)
{
	int64_t jobs;

	if (!str_int64(value, &jobs) || jobs < 1 || jobs > MASS_WORKERS_MAX)
		return mass_wrong("jobs", value, "a number from 1 to 256");
	mass->workers = (size_t)jobs;
	return 0;
}

static int
mass_set_part(struct mass_command *command, const char *value)
{
	struct slice text = slice_of(value);
	size_t slash = slice_find(text, 0, '/');
	char *first = slice_string(NULL, slice_cut(text, 0, slash));
	bool valid = slash < text.len && str_int64(first, &command->part) &&
		     str_int64(value + slash + 1, &command->parts) &&
		     command->part >= 1 && command->part <= command->parts;

	mem_free(first);
	return valid ? 0 : mass_wrong("part", value, "K/N, such as 1/2");
}

static int
mass_set_format(struct mass_command *command, const char *value)
{
	command->json = strcmp(value, "json") == 0;
	if (command->json || strcmp(value, "text") == 0)
		return 0;
	return mass_wrong("format", value, "text or json");
}

/* One option; -1: stop with EX_USAGE. */
static int
mass_option(struct mass_command *command, int letter, const char *value)
{
	switch (letter) {
	case MASS_OPTION_ONLY:
		command->only = value;
		return 0;
	case MASS_OPTION_PART:
		return mass_set_part(command, value);
	case MASS_OPTION_COMPARE:
		command->compare = value;
		return 0;
	case MASS_OPTION_SHOW_ERRORS:
		command->mass.show_errors = true;
		return 0;
	case MASS_OPTION_SUBRULES:
		command->mass.show_subrules = true;
		return 0;
	case 'j':
		return mass_set_jobs(&command->mass, value);
	case 'f':
		return mass_set_format(command, value);
	}
	return 0;
}

/* Options into command; the paths of each class into lists that end in NULL. */
static int
mass_read_options(struct mass_command *command, struct args *args,
		  const char **paths[MASS_CLASSES])
{
	size_t counts[MASS_CLASSES] = { 0 };
	const char *value;
	int letter;

	for (int class = 0; class < MASS_CLASSES; class++)
		paths[class] = mem_array(command->mass.mem, const char *,
					 (size_t)args->argc + 1);
	while ((letter = args_next(args, &value)) > 0)
		if (letter == MASS_OPTION_SPAM)
			paths[MASS_SPAM][counts[MASS_SPAM]++] = value;
		else if (letter == MASS_OPTION_HAM)
			paths[MASS_HAM][counts[MASS_HAM]++] = value;
		else if (mass_option(command, letter, value) < 0)
			return -1;
	if (args->next < args->argc || counts[MASS_SPAM] +
					       counts[MASS_HAM] == 0) {
		fputs("ispfilter masscheck: name the mail with --spam PATH and "
		      "--ham PATH; see --help\n", stderr);
		return -1;
	}
	return 0;
}

/* --- the run --- */

/* The same settings, with one more rule file. */
static struct policy *
mass_open_compared(const struct mass_command *command,
		   const struct config *config)
{
	void *mem = command->mass.mem;
	struct problems *problems = problems_new(mem);
	struct config *other = settings_new(mem);
	const char *text = config_text(mem, config);
	const char *const *rules = config_list(config, "rules");
	struct buf all = BUF(mem);

	config_parse(other, "settings", text, strlen(text), problems);
	for (; *rules != NULL; rules++)
		/* Once set, default folders that are missing would be
		 * missed. */
		if (access(*rules, F_OK) == 0)
			buf_printf(&all, "%s ", *rules);
	buf_text(&all, command->compare);
	config_set(other, "rules", all.data, "--compare", NULL);
	return offline_open(mem, other);
}

static int
mass_open(struct mass_command *command, struct config *config)
{
	struct mass *mass = &command->mass;
	struct err err = { .kind = ERR_NONE };
	bool failed = false;

	offline_leave_out(config, "virus");
	config_set(config, "dns", "no", "masscheck", NULL);
	config_set(config, "spam_subrules", "all", "masscheck", NULL);
	if (command->compare != NULL) {
		mass->compared = mass_open_compared(command, config);
		failed = mass->compared == NULL;
	}
	if (!failed)
		mass->policy = offline_open(mass->mem, config);
	if (mass->policy == NULL)
		return -1;
	mass->ruleset = policy_ruleset(mass->policy, &err);
	if (mass->ruleset == NULL) {
		fprintf(stderr, "ispfilter: %s\n", err.text);
		return -1;
	}
	mass->required = config_number(policy_config(mass->policy),
				       "required_score");
	if (mass->required <= 0)
		mass->required = mass->ruleset->settings.required_score;
	return 0;
}

static int
mass_report(struct mass_command *command)
{
	struct mass *mass = &command->mass;
	struct mass_figures *figures = mass_figures_new(mass->mem, mass);

	if (command->json)
		mass_print_json(mass, figures);
	else
		mass_print_text(mass, figures);
	if (fflush(stdout) != 0 || ferror(stdout))
		return EX_IOERR;
	if (mass->unreadable > 0)
		return EX_DATAERR;
	return figures->failed > 0 ? EX_TEMPFAIL : 0;
}

static int
mass_run(struct mass_command *command, struct config *config,
	 const char **paths[MASS_CLASSES])
{
	struct mass *mass = &command->mass;
	struct err err;
	int status;

	if (mass_open(command, config) < 0)
		return EX_CONFIG;
	for (int class = 0; class < MASS_CLASSES; class++)
		mass_list(command, (enum mass_class)class, paths[class]);
	if (mass->workers > mass->item_count)
		mass->workers = mass->item_count;
	if (mass_work(mass, &err) < 0) {
		fprintf(stderr, "ispfilter: %s\n", err.text);
		status = EX_OSERR;
	} else {
		status = mass_report(command);
	}
	policy_free(mass->compared);
	policy_free(mass->policy);
	return status;
}

static int
mass_command(struct mass_command *command, int argc, char **argv)
{
	struct config *config = settings_new(command->mass.mem);
	const char **paths[MASS_CLASSES];
	struct args args;
	int status = offline_settings(config, "ispfilter masscheck", argc,
				      argv, mass_options, mass_help);

	if (status != OFFLINE_GO)
		return status;
	args_init(&args, "ispfilter masscheck", argc, argv, mass_options);
	if (mass_read_options(command, &args, paths) < 0)
		return EX_USAGE;
	return mass_run(command, config, paths);
}

int
command_masscheck(int argc, char **argv)
{
	struct mass_command command = {
		.mass.mem = mem_context(NULL, "masscheck"),
		.mass.workers = (size_t)sysconf(_SC_NPROCESSORS_ONLN),
		.mass.progress = isatty(STDERR_FILENO),
		.part = 1,
		.parts = 1,
	};
	int status = mass_command(&command, argc, argv);

	mem_free(command.mass.mem);
	return status;
}
