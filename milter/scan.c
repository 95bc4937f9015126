/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ispfilter scan: its options, what they open, and how it ends. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/args.h"
#include "base/mem.h"
#include "commands.h"
#include "inputs.h"
#include "offline.h"
#include "rule/profile.h"
#include "scan.h"
#include "settings.h"

enum {
	SCAN_EXIT_CODE = 256,
	SCAN_NEAR,
	SCAN_RULE,
	SCAN_PROFILE,
	SCAN_CLIENT,
	SCAN_HELO,
	SCAN_FROM,
	SCAN_TO,
	SCAN_AGAIN,
};

static const struct arg_option scan_options[] = {
	OFFLINE_OPTIONS,
	{ 'f', "format", "FORMAT",
	  "text (default), json (a line for each\n"
	  "message), headers (those to be added) or\n"
	  "report (as rule files describe it)" },
	{ 'e', "explain", NULL, "say what each rule matched, and where" },
	{ SCAN_NEAR, "near", NULL,
	  "with --explain: also the rules that lacked\n"
	  "one condition" },
	{ SCAN_RULE, "rule", "NAME",
	  "follow one rule: what it was held against\n"
	  "and what came of it" },
	{ SCAN_PROFILE, "profile", NULL,
	  "afterwards, on standard error, where the\n"
	  "time went: stages, and the ten rules that\n"
	  "cost most" },
	{ SCAN_CLIENT, "client", "IP",
	  "judge each message as if this address had\n"
	  "brought it" },
	{ SCAN_HELO, "helo", "NAME", "with --client: the name that it gave" },
	{ SCAN_FROM, "from", "ADDRESS", "the envelope sender" },
	{ SCAN_TO, "to", "ADDRESS",
	  "an envelope recipient; may be repeated" },
	{ SCAN_AGAIN, "again", NULL,
	  "judge as if the mail had been put off once\n"
	  "and came again" },
	{ SCAN_EXIT_CODE, "exit-code", NULL,
	  "exit with 1 if anything was found" },
	{ 'h', "help", NULL, "print this" },
	{ 0 },
};

static void
scan_help(void)
{
	puts("usage: ispfilter scan [OPTION ...] FILE|DIR|- ...\n\n"
	     "Inspects each message as the daemon would and prints what was "
	     "found.\n"
	     "A folder stands for all files below it, - for standard input.\n");
	args_help(stdout, scan_options);
	puts("\nExit status: 0 all inspected, 1 something was found "
	     "(--exit-code), 64 usage,\n65 a file could not be read, 75 "
	     "something could not be inspected, 78 settings.");
}
/* A machine without any signature is told so once, not at each mail. */
static void
scan_check_signatures(struct scan *scan, struct config *config)
{
	struct setting setting = config_setting(
		config, (size_t)config_find(config, "virus_database"));
	const char *const *paths = config_list(config, "virus_database");
	DIR *folder;

	if (setting.file != NULL)
		return;
	folder = opendir(paths[0]);
	for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;)
		if (entry->d_name[0] != '.') {
			closedir(folder);
			return;
		}
	if (folder != NULL)
		closedir(folder);
	scan->no_signatures = offline_leave_out(config, "virus");
	if (scan->no_signatures)
		fprintf(stderr,
			"ispfilter: no virus signatures in %s: viruses are not "
			"looked for\n", paths[0]);
}

/* Their error codes are no listings here either. */
static void
scan_know_lists(const struct scan *scan)
{
	if (policy_lists(scan->policy) != NULL)
		dns_lists_know(policy_lists(scan->policy),
			       slice_of(policy_list_zones(scan->mem,
							  scan->policy)));
}

static int
scan_open(struct scan *scan, struct config *config)
{
	struct err err;

	scan_check_signatures(scan, config);
	if (scan->explain)
		config_set(config, "spam_explain", scan->near ? "near" : "yes",
			   "--explain", NULL);
	if (scan->rule != NULL)
		config_set(config, "spam_trace", scan->rule, "--rule", NULL);
	if (scan->profile)
		config_set(config, "spam_profile", "yes", "--profile", NULL);
	if (scan->format == SCAN_JSON)
		config_set(config, "spam_subrules", "all", "--format json",
			   NULL);
	if (scan->format == SCAN_REPORT)
		config_set(config, "spam_report_text", "yes",
			   "--format report", NULL);
	scan->policy = offline_open(scan->mem, config);
	if (scan->policy == NULL)
		return -1;
	if (scan->profile)
		scan->ruleset = policy_ruleset(scan->policy, &err);
	policy_message_limits(scan->policy, &scan->limits);
	scan->dns_time = config_time(policy_config(scan->policy),
				     "dns_time_limit");
	scan->ahead = config_bool(policy_config(scan->policy), "dns")
			      ? 1
			      : SCAN_AHEAD;
	/* libunbound may have threads: the first process comes before it. */
	caged_prepare();
	if (caged_start(&scan->caged, policy_config(scan->policy), scan_work,
			scan, &err) == 0 &&
	    policy_open_dns(scan->policy, &err) == 0) {
		scan_know_lists(scan);
		return 0;
	}
	fprintf(stderr, "ispfilter: %s\n", err.text);
	return -1;
}

static int
scan_format(struct scan *scan, const char *name)
{
	static const char *const names[] = { "text", "json", "headers",
					     "report" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i], name) == 0) {
			scan->format = (enum scan_format)i;
			return 0;
		}
	fprintf(stderr, "ispfilter: --format %s: expected text, json, "
		"headers or report\n", name);
	return -1;
}

/* One option; -1: stop with EX_USAGE. */
static int
scan_option(struct scan *scan, int letter, const char *value)
{
	if (letter == 'f')
		return scan_format(scan, value);
	scan->near |= letter == SCAN_NEAR;
	scan->explain |= letter == 'e' || letter == SCAN_NEAR;
	scan->exit_code |= letter == SCAN_EXIT_CODE;
	scan->again |= letter == SCAN_AGAIN;
	scan->profile |= letter == SCAN_PROFILE;
	if (letter == SCAN_RULE)
		scan->rule = value;
	else if (letter == SCAN_CLIENT)
		scan->origin.client = value;
	else if (letter == SCAN_HELO)
		scan->origin.helo = value;
	else if (letter == SCAN_FROM)
		scan->origin.from = value;
	if (letter != SCAN_TO)
		return 0;
	mem_grow(scan->mem, scan->recipients, scan->recipient_count);
	scan->recipients[scan->recipient_count++] = value;
	return 0;
}

static void
scan_print_profile(const struct scan *scan)
{
	struct buf out = BUF(NULL);

	if (scan->ruleset == NULL || scan->ruleset->profile == NULL)
		return;
	profile_report(scan->ruleset->profile, scan->ruleset, &out);
	fwrite(out.data, 1, out.len, stderr);
	mem_free(out.data);
}

static int
scan_status(const struct scan *scan)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		return EX_IOERR;
	if (scan->unreadable)
		return EX_DATAERR;
	if (scan->trouble)
		return EX_TEMPFAIL;
	return scan->exit_code && scan->found ? 1 : 0;
}

static int
scan_run(struct scan *scan, struct config *config, struct args *args)
{
	struct inputs_visitor visitor = { scan_file, scan_unreadable, scan };

	if (!origin_is_valid(&scan->origin)) {
		fprintf(stderr, "ispfilter scan: --client %s: not an "
				"address\n", scan->origin.client);
		return EX_USAGE;
	}
	if (args->next >= args->argc) {
		fputs("ispfilter scan: no file is named; see --help\n", stderr);
		return EX_USAGE;
	}
	if (scan_open(scan, config) < 0)
		return EX_CONFIG;
	for (int i = args->next; i < args->argc; i++)
		if (strcmp(args->argv[i], "-") == 0)
			scan_stdin(scan);
		else
			inputs_visit(&visitor, args->argv[i]);
	scan_finish(scan);
	if (scan->caged.pid > 0)
		mem_free(caged_end(&scan->caged, NULL));
	scan_print_profile(scan);
	policy_free(scan->policy);
	return scan_status(scan);
}

static int
scan_command(struct scan *scan, int argc, char **argv)
{
	struct config *config = settings_new(scan->mem);
	int status = offline_settings(config, "ispfilter scan", argc, argv,
				      scan_options, scan_help);
	struct args args;
	const char *value;
	int letter;

	if (status != OFFLINE_GO)
		return status;
	args_init(&args, "ispfilter scan", argc, argv, scan_options);
	while ((letter = args_next(&args, &value)) > 0)
		if (scan_option(scan, letter, value) < 0)
			return EX_USAGE;
	return scan_run(scan, config, &args);
}

int
command_scan(int argc, char **argv)
{
	struct scan scan = {
		.mem = mem_context(NULL, "scan"),
		.caged = CAGED_NONE,
	};
	int status = scan_command(&scan, argc, argv);

	mem_free(scan.mem);
	return status;
}
