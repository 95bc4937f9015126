/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ispfilter scan: the inspection of the daemon on files, without a mail server.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/args.h"
#include "base/clock.h"
#include "base/folder.h"
#include "base/frame.h"
#include "base/mem.h"
#include "caged.h"
#include "commands.h"
#include "core/pipeline.h"
#include "core/report.h"
#include "inputs.h"
#include "offline.h"
#include "origin.h"
#include "rule/profile.h"
#include "settings.h"

#define SCAN_STDIN_MAX (1024u * 1024 * 1024)
#define SCAN_NAME_MAX 65536
#define SCAN_ANSWER_MAX (256u * 1024 * 1024)
#define SCAN_TIME_MORE 2 /* seconds beyond inspect_time_limit */

enum scan_format { SCAN_TEXT, SCAN_JSON, SCAN_HEADERS };

struct scan {
	void *mem;
	struct policy *policy;
	const struct ruleset *ruleset; /* with --profile */
	struct message_limits limits;
	enum scan_format format;
	bool explain, near, exit_code, profile;
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
	struct caged caged; /* who looks into the messages */
	/* In that process: */
	struct dns_source *dns;
	const char *scratch;
};

/* Frames to and from the process that looks into messages, beside those of
 * questions to the DNS. */
enum {
	SCAN_MAIL = 401, /* name, and the file */
	SCAN_DONE,	 /* enum scan_flag as a byte, and what is to be printed */
};

enum scan_flag { SCAN_FOUND = 1, SCAN_TROUBLE = 2 };

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
	  "message) or headers (those to be added)" },
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

static void
scan_report(const struct scan *scan, const char *file,
	    const struct verdict *verdict, int64_t elapsed, struct buf *out)
{
	if (scan->format == SCAN_JSON)
		report_json(out, file, verdict, elapsed);
	else if (scan->format == SCAN_HEADERS)
		report_headers(out, verdict);
	else
		report_text(out, file, verdict, scan->explain);
}

/* --- the process that looks into messages --- */

static int
scan_found(const struct verdict *verdict)
{
	return verdict->spam || verdict->virus[0] != '\0' ||
			       verdict->action >= ACTION_QUARANTINE
		       ? SCAN_FOUND
		       : 0;
}

static void
scan_count(struct profile *profile, const struct verdict *verdict,
	   int64_t parsing)
{
	profile->mails++;
	profile->parse += parsing;
	for (size_t i = 0; i < verdict->time_count; i++)
		profile_stage(profile, verdict->times[i].stage,
			      verdict->times[i].us);
}

static void
scan_bytes(const struct scan *scan, const char *file, struct slice bytes,
	   struct buf *out)
{
	void *scope = mem_context(scan->mem, "mail");
	struct session *session = session_new(scope);
	struct verdict *verdict = verdict_new(scope);
	int64_t began = clock_us(), parsing;

	session->mail = mail_new(session);
	session->mail->size = bytes.len;
	session->mail->scratch = scan->scratch;
	session->mail->dns = dns_new(session, scan->dns, scan->dns_time);
	dns_begin(session->mail->dns);
	bytes = origin_apply(&scan->origin, session, bytes);
	parsing = clock_us();
	session->mail->message = message_parse(scope, bytes, &scan->limits);
	parsing = clock_us() - parsing;
	for (size_t i = 0; i < scan->recipient_count; i++)
		mail_add_recipient(session->mail, scan->recipients[i], NULL,
				   0);
	pipeline_run(scan->policy, PHASE_MESSAGE, session, verdict);
	verdict_settle(verdict, scan->again);
	if (scan->no_signatures)
		verdict_find(verdict, "UNCHECKED");
	buf_char(out, (char)(scan_found(verdict) |
			     (verdict->error_count > 0 ? SCAN_TROUBLE : 0)));
	scan_report(scan, file, verdict, clock_us() - began, out);
	if (scan->ruleset != NULL && scan->ruleset->profile != NULL)
		scan_count(scan->ruleset->profile, verdict, parsing);
	mem_free(scope);
}

/* The message of a frame; -1: there is nobody to answer. */
static int
scan_answer(const struct scan *scan, int sock, const struct frame *frame,
	    struct err *err)
{
	struct buf out = BUF(NULL);
	struct slice bytes;
	int result = inputs_map_open(frame->fd, &bytes, err);

	if (result == 0) {
		scan_bytes(scan, frame->data.data, bytes, &out);
		inputs_unmap(bytes);
		folder_clear(scan->scratch, NULL);
		result = frame_send(sock, SCAN_DONE, buf_view(&out), -1,
				    FRAME_NEVER, err);
	}
	mem_free(out.data);
	return result;
}

static void
scan_work(void *arg, int sock, const char *scratch)
{
	struct scan *scan = arg;
	const struct config *config = policy_config(scan->policy);
	int64_t limit = config_time(config, "inspect_time_limit");
	struct frame frame;
	struct err err;
	int result = 0;

	scan->scratch = scratch;
	if (config_bool(config, "dns"))
		scan->dns = dns_remote(NULL, sock);
	while (result == 0 && frame_receive(sock, NULL, SCAN_NAME_MAX, true,
					    FRAME_NEVER, &frame, &err) == 1) {
		caged_alarm((unsigned)(limit / 1000) + SCAN_TIME_MORE);
		result = scan_answer(scan, sock, &frame, &err);
		caged_alarm(0);
		close(frame.fd);
		mem_free((void *)(uintptr_t)frame.data.data);
	}
}

/* --- the first process --- */

static void
scan_print(const struct scan *scan, const char *file,
	   const struct verdict *verdict)
{
	struct buf out = BUF(NULL);

	scan_report(scan, file, verdict, 0, &out);
	fwrite(out.data, 1, out.len, stdout);
	mem_free(out.data);
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
		scan_print(scan, file, verdict);
	fprintf(stderr, "ispfilter: %s: %s\n", file, why);
	scan->unreadable = true;
	mem_free(verdict);
}

/* The process has ended over a message; the next one gets another. */
static void
scan_lost(struct scan *scan, const char *file)
{
	struct verdict *verdict = verdict_new(scan->mem);
	char *how = caged_end(&scan->caged, verdict);

	verdict_error(verdict, "the inspection ended: %s", how);
	verdict_find(verdict, "UNCHECKED");
	scan_print(scan, file, verdict);
	fprintf(stderr, "ispfilter: %s: the inspection ended: %s\n", file,
		how);
	scan->trouble = true;
	mem_free(verdict);
}

/* What the process says until the message is done; false: it ended. */
static bool
scan_hear(struct scan *scan, void *mem, struct dns *dns)
{
	struct frame frame;
	struct err err;

	while (frame_receive(scan->caged.sock, mem, SCAN_ANSWER_MAX, false,
			     FRAME_NEVER, &frame, &err) == 1) {
		if (frame.kind == SCAN_DONE && frame.data.len > 0) {
			scan->found |= (frame.data.data[0] & SCAN_FOUND) != 0;
			scan->trouble |=
				(frame.data.data[0] & SCAN_TROUBLE) != 0;
			fwrite(frame.data.data + 1, 1, frame.data.len - 1,
			       stdout);
			return true;
		}
		if (dns_serve(dns, scan->caged.sock, &frame, &err) < 0)
			break;
	}
	return false;
}

static void
scan_open_file(struct scan *scan, const char *file, int fd)
{
	void *mem = mem_context(scan->mem, "mail");
	struct dns *dns = dns_new(mem, policy_dns(scan->policy),
				  scan->dns_time);
	struct err err;
	bool there = scan->caged.pid > 0 ||
		     caged_start(&scan->caged, policy_config(scan->policy),
				 scan_work, scan, &err) == 0;

	dns_begin(dns);
	if (!there) {
		fprintf(stderr, "ispfilter: %s: %s\n", file, err.text);
		scan->trouble = true;
	} else if (frame_send(scan->caged.sock, SCAN_MAIL, slice_of(file), fd,
			      FRAME_NEVER, &err) < 0 ||
		   !scan_hear(scan, mem, dns)) {
		scan_lost(scan, file);
	}
	mem_free(mem);
}

/* Standard input as a file that exists in memory only. */
static int
scan_read_stdin(struct err *err)
{
	int fd = memfd_create("stdin", MFD_CLOEXEC);
	size_t all = 0, n;
	char block[65536];

	if (fd < 0)
		return err_errno(err, "cannot make a file in memory");
	while ((n = fread(block, 1, sizeof(block), stdin)) > 0 &&
	       (all += n) < SCAN_STDIN_MAX)
		if (write(fd, block, n) != (ssize_t)n)
			break;
	if (n == 0 && !ferror(stdin))
		return fd;
	close(fd);
	return ferror(stdin) || all < SCAN_STDIN_MAX
		       ? err_errno(err, "standard input")
		       : err_permanent(err, "too long");
}

static void
scan_stdin(struct scan *scan)
{
	struct err err;
	int fd = scan_read_stdin(&err);

	if (fd < 0) {
		scan_unreadable(scan, "-", err.text);
		return;
	}
	scan_open_file(scan, "-", fd);
	close(fd);
}

static void
scan_file(void *arg, const char *file)
{
	struct scan *scan = arg;
	struct err err;
	int fd = inputs_open(file, &err);

	if (fd < 0) {
		scan_unreadable(scan, file, err.text);
		return;
	}
	scan_open_file(scan, file, fd);
	close(fd);
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
	scan->policy = offline_open(scan->mem, config);
	if (scan->policy == NULL)
		return -1;
	if (scan->profile)
		scan->ruleset = policy_ruleset(scan->policy, &err);
	policy_message_limits(scan->policy, &scan->limits);
	scan->dns_time = config_time(policy_config(scan->policy),
				     "dns_time_limit");
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
	if (scan->caged.pid > 0)
		mem_free(caged_end(&scan->caged, NULL));
	scan_print_profile(scan);
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
		.caged = CAGED_NONE,
	};
	int status = scan_command(&scan, argc, argv);

	mem_free(scan.mem);
	return status;
}
