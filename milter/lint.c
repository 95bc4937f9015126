/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ispfilter lint: everything that an admin writes, looked at without mail. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/args.h"
#include "base/mem.h"
#include "commands.h"
#include "core/policy.h"
#include "settings.h"

static const struct arg_option lint_options[] = {
	{ 'c', "config", "FILE", "settings (default " SETTINGS_FILE ")" },
	{ 'C', "rules", "PATH",
	  "rules from this folder or file instead of\n"
	  "the configured ones; may be repeated" },
	{ 'q', "quiet", NULL, "print only what is wrong" },
	{ 'h', "help", NULL, "print this" },
	{ 0 },
};

static void
lint_help(void)
{
	puts("usage: ispfilter lint [OPTION ...]\n\n"
	     "Checks the settings, the rule files, the virus signatures, the "
	     "map files and\nwhether their databases answer, and prints what "
	     "is wrong with file and line.\n");
	args_help(stdout, lint_options);
	puts("\nExit status: 0 nothing is wrong (there may be warnings), "
	     "1 errors, 64 usage,\n78 the settings cannot be read at all.");
}

static void
lint_print_reasons(const struct ruleset *ruleset)
{
	for (size_t i = 0; i < ruleset->count; i++) {
		const char *reason = ruleset->rules[i]->not_run;
		size_t same = 0;
		bool first = true;

		if (reason == NULL)
			continue;
		for (size_t j = 0; j < ruleset->count; j++)
			if (ruleset->rules[j]->not_run != NULL &&
			    strcmp(ruleset->rules[j]->not_run, reason) == 0) {
				first &= j >= i;
				same++;
			}
		if (first)
			printf("  %6zu not run: %s\n", same, reason);
	}
}

static void
lint_print_coverage(const struct ruleset *ruleset)
{
	size_t defined = 0, usable = 0;

	puts("rules:");
	for (int type = 0; type < RULE_TYPES; type++) {
		size_t count = ruleset->defined_by_type[type];

		defined += count;
		usable += ruleset->usable_by_type[type];
		if (count != 0)
			printf("  %6zu of %6zu %s\n",
			       ruleset->usable_by_type[type], count,
			       rule_type_name((enum rule_type)type));
	}
	printf("  %6zu of %6zu are run, from %zu file%s\n", usable, defined,
	       ruleset->file_count, ruleset->file_count == 1 ? "" : "s");
	lint_print_reasons(ruleset);
	printf("  score of the rules that are not run: %.1f in all\n",
	       ruleset->score_mass_lost);
}

static int
lint_run(struct config *config, bool quiet)
{
	struct problems *problems = problems_new(NULL);
	struct err err = { .kind = ERR_NONE };
	struct policy *policy = policy_lint(config, problems, &err);
	int status;

	problems_sort(problems);
	settings_print(problems);
	if (policy == NULL)
		fprintf(stderr, "error: %s\n", err.text);
	else if (!quiet && policy_ruleset(policy, &err) != NULL)
		lint_print_coverage(policy_ruleset(policy, &err));
	status = policy == NULL || problems->errors > 0;
	if (!quiet)
		printf("%zu error%s, %zu warning%s\n",
		       problems->errors + (policy == NULL),
		       problems->errors + (policy == NULL) == 1 ? "" : "s",
		       problems->warnings, problems->warnings == 1 ? "" : "s");
	policy_free(policy);
	mem_free(problems);
	return status;
}

int
command_lint(int argc, char **argv)
{
	struct config *config = settings_new(NULL);
	struct buf rules = BUF(config);
	const char *value, *path = NULL;
	bool quiet = false;
	struct args args;
	int letter;

	args_init(&args, "ispfilter lint", argc, argv, lint_options);
	while ((letter = args_next(&args, &value)) > 0) {
		if (letter == 'h') {
			lint_help();
			return 0;
		}
		if (letter == 'c')
			path = value;
		if (letter == 'C')
			buf_printf(&rules, "%s ", value);
		quiet |= letter == 'q';
	}
	if (letter == ARGS_WRONG)
		return EX_USAGE;
	if (args.next < args.argc) {
		fputs("ispfilter lint: takes no operands; see --help\n",
		      stderr);
		return EX_USAGE;
	}
	if (settings_read(config, path) < 0)
		return EX_CONFIG;
	if (rules.len > 0)
		config_set(config, "rules", rules.data, "-C", NULL);
	return lint_run(config, quiet);
}
