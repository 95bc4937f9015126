/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ispfilter scan: the inspection of the daemon on files, without a mail server.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/args.h"
#include "base/clock.h"
#include "base/mem.h"
#include "commands.h"
#include "core/pipeline.h"
#include "core/report.h"
#include "inputs.h"
#include "offline.h"
#include "origin.h"
#include "settings.h"

#define SCAN_STDIN_MAX (1024u * 1024 * 1024)

enum scan_format { SCAN_TEXT, SCAN_JSON, SCAN_HEADERS };

struct scan {
	void *mem;
	struct policy *policy;
	struct message_limits limits;
	enum scan_format format;
	bool explain, near, exit_code;
	const char *rule; /* to follow, or NULL */
	const char **recipients;
	size_t recipient_count;
	bool again; /* as if the mails had been put off before */
	bool no_signatures; /* none are installed: viruses are not looked for */
	bool found;	    /* spam, a virus or a banned attachment */
	bool unreadable;    /* a file could not be read */
	bool trouble;	    /* something could not be inspected */
	struct origin origin;
	int64_t dns_time; /* milliseconds for each message */
};

enum {
	SCAN_EXIT_CODE = 256,
	SCAN_NEAR,
	SCAN_RULE,
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
	  "message) or headers (those to be added)" },
	{ 'e', "explain", NULL, "say what each rule matched, and where" },
	{ SCAN_NEAR, "near", NULL,
	  "with --explain: also the rules that lacked\n"
	  "one condition" },
	{ SCAN_RULE, "rule", "NAME",
	  "follow one rule: what it was held against\n"
	  "and what came of it" },
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

static void
scan_print(const char *file, struct scan *scan, const struct verdict *verdict,
	   int64_t elapsed)
{
	struct buf out = BUF(NULL);

	if (scan->format == SCAN_JSON)
		report_json(&out, file, verdict, elapsed);
	else if (scan->format == SCAN_HEADERS)
		report_headers(&out, verdict);
	else
		report_text(&out, file, verdict, scan->explain);
	fwrite(out.data, 1, out.len, stdout);
	mem_free(out.data);
}

static void
scan_bytes(struct scan *scan, const char *file, struct slice bytes)
{
	void *scope = mem_context(scan->mem, "mail");
	struct session *session = session_new(scope);
	struct verdict *verdict = verdict_new(scope);
	int64_t began = clock_us();

	session->mail = mail_new(session);
	session->mail->size = bytes.len;
	session->mail->dns = dns_new(session, policy_dns(scan->policy),
				     scan->dns_time);
	dns_begin(session->mail->dns);
	bytes = origin_apply(&scan->origin, session, bytes);
	session->mail->message = message_parse(scope, bytes, &scan->limits);
	for (size_t i = 0; i < scan->recipient_count; i++)
		mail_add_recipient(session->mail, scan->recipients[i], NULL,
				   0);
	pipeline_run(scan->policy, PHASE_MESSAGE, session, verdict);
	verdict_settle(verdict, scan->again);
	if (scan->no_signatures)
		verdict_find(verdict, "UNCHECKED");
	scan_print(file, scan, verdict, clock_us() - began);
	scan->found |= verdict->spam || verdict->virus[0] != '\0' ||
		       verdict->action >= ACTION_QUARANTINE;
	scan->trouble |= verdict->error_count > 0;
	mem_free(scope);
}

/* A file that cannot be read still has its line. */
static void
scan_unreadable(void *arg, const char *file, const char *why)
{
	struct scan *scan = arg;
	struct verdict *verdict = verdict_new(scan->mem);

	verdict_error(verdict, "cannot be read: %s", why);
	verdict_find(verdict, "UNCHECKED");
	if (scan->format == SCAN_JSON)
		scan_print(file, scan, verdict, 0);
	fprintf(stderr, "ispfilter: %s: %s\n", file, why);
	scan->unreadable = true;
	mem_free(verdict);
}

static void
scan_stdin(struct scan *scan)
{
	struct buf all = BUF(NULL);
	char block[65536];
	size_t n;

	while ((n = fread(block, 1, sizeof(block), stdin)) > 0 &&
	       all.len < SCAN_STDIN_MAX)
		buf_add(&all, block, n);
	if (ferror(stdin) || all.len >= SCAN_STDIN_MAX)
		scan_unreadable(scan, "-", ferror(stdin) ? strerror(errno)
							 : "too long");
	else
		scan_bytes(scan, "-", buf_view(&all));
	mem_free(all.data);
}

static void
scan_file(void *arg, const char *file)
{
	struct scan *scan = arg;
	struct slice bytes;
	struct err err;

	if (inputs_map(file, &bytes, &err) < 0) {
		scan_unreadable(scan, file, err.text);
		return;
	}
	scan_bytes(scan, file, bytes);
	inputs_unmap(bytes);
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
	scan->policy = offline_open(scan->mem, config);
	if (scan->policy == NULL)
		return -1;
	policy_message_limits(scan->policy, &scan->limits);
	scan->dns_time = config_time(policy_config(scan->policy),
				     "dns_time_limit");
	if (policy_open_dns(scan->policy, &err) == 0)
		return 0;
	fprintf(stderr, "ispfilter: %s\n", err.text);
	return -1;
}

static int
scan_format(struct scan *scan, const char *name)
{
	static const char *const names[] = { "text", "json", "headers" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i], name) == 0) {
			scan->format = (enum scan_format)i;
			return 0;
		}
	fprintf(stderr, "ispfilter: --format %s: expected text, json or "
		"headers\n", name);
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
	policy_release(scan->policy);
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
	};
	int status = scan_command(&scan, argc, argv);

	mem_free(scan.mem);
	return status;
}
