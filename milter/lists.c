/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ispfilter lists: which lists in the DNS the rules ask, and how these are. */
#include <stdio.h>
#include <sysexits.h>
#include <time.h>

#include "base/args.h"
#include "base/mem.h"
#include "commands.h"
#include "core/policy.h"
#include "settings.h"

#define LISTS_BUDGET_MS 20000 /* for --probe */

static const struct arg_option lists_options[] = {
	{ 'c', "config", "FILE", "settings (default " SETTINGS_FILE ")" },
	{ 'p', "probe", NULL, "ask the lists now, without the daemon" },
	{ 'h', "help", NULL, "print this" },
	{ 0 },
};

static void
lists_help(void)
{
	puts("usage: ispfilter lists [OPTION ...]\n\n"
	     "Lists in the DNS that the rules ask: zone, state, since when, "
	     "answers, how many\nof them listed something, failures, mean "
	     "time of an answer, and what is wrong.\nsane: it lists 127.0.0.2 "
	     "and not 127.0.0.1; silent: it lists neither;\nopen: it answers "
	     "nonsense and is not used; unknown: it gives no answer.\n");
	args_help(stdout, lists_options);
	puts("\nExit status: 0 all are used, 1 one is open, 64 usage, 69 the "
	     "daemon has written\nnothing yet, 78 settings.");
}

static int
lists_print(const struct dns_list_told *lists, size_t count)
{
	int status = 0;

	for (size_t i = 0; i < count; i++) {
		const struct dns_list_told *list = &lists[i];
		time_t since = (time_t)list->since;
		char when[32];
		struct tm tm;

		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S",
			 localtime_r(&since, &tm));
		printf("%-36s %-7s %s %8llu %8llu %6llu %5llu ms%s%s\n",
		       list->zone, dns_list_state_name(list->state), when,
		       (unsigned long long)list->answers,
		       (unsigned long long)list->hits,
		       (unsigned long long)list->errors,
		       (unsigned long long)(list->answers == 0
						    ? 0
						    : list->ms / list->answers),
		       list->why[0] == '\0' ? "" : "  ", list->why);
		if (list->state == DNS_LIST_OPEN)
			status = 1;
	}
	return status;
}

static int
lists_probe(struct config *config)
{
	struct problems *problems = problems_new(config);
	struct err err = { .kind = ERR_NONE };
	struct policy *policy = policy_load(config, PHASES_INSPECTOR, problems,
					    &err);
	struct dns_list_told *told;
	size_t count;

	if (policy == NULL || policy_open_dns(policy, &err) < 0) {
		fprintf(stderr, "ispfilter lists: %s\n", err.text);
		return EX_CONFIG;
	}
	if (policy_lists(policy) == NULL) {
		fputs("ispfilter lists: dns = no\n", stderr);
		return EX_CONFIG;
	}
	dns_lists_know(policy_lists(policy),
		       slice_of(policy_list_zones(policy, policy)));
	dns_lists_probe(policy_lists(policy), LISTS_BUDGET_MS);
	count = dns_lists_tell(policy_lists(policy), policy, &told);
	return lists_print(told, count);
}

static int
lists_run(const char *settings, bool probe)
{
	struct config *config = settings_new(NULL);
	struct dns_list_told *told;
	struct err err;
	size_t count;
	char *file;

	if (settings_read(config, settings) < 0)
		return EX_CONFIG;
	if (probe)
		return lists_probe(config);
	file = mem_printf(config, "%s/lists",
			  config_string(config, "state_directory"));
	if (dns_lists_read(config, file, &told, &count, &err) < 0) {
		fprintf(stderr, "ispfilter lists: %s; --probe asks them now\n",
			err.text);
		return EX_UNAVAILABLE;
	}
	return lists_print(told, count);
}

int
command_lists(int argc, char **argv)
{
	const char *value, *settings = NULL;
	bool probe = false;
	struct args args;
	int letter;

	args_init(&args, "ispfilter lists", argc, argv, lists_options);
	while ((letter = args_next(&args, &value)) > 0) {
		if (letter == 'h') {
			lists_help();
			return 0;
		}
		if (letter == 'p')
			probe = true;
		else
			settings = value;
	}
	if (letter == ARGS_WRONG)
		return EX_USAGE;
	return lists_run(settings, probe);
}
