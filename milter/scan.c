/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ispfilter scan: the inspection of the daemon on files, without a mail server.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/args.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands.h"
#include "core/pipeline.h"
#include "core/report.h"
#include "settings.h"

#define SCAN_STDIN_MAX (1024u * 1024 * 1024)

enum scan_format { SCAN_TEXT, SCAN_JSON, SCAN_HEADERS };

struct scan {
	void *mem;
	struct policy *policy;
	struct message_limits limits;
	enum scan_format format;
	bool explain, exit_code;
	bool no_signatures; /* none are installed: viruses are not looked for */
	bool found;	    /* spam, a virus or a banned attachment */
	bool unreadable;    /* a file could not be read */
	bool trouble;	    /* something could not be inspected */
};

enum { SCAN_EXIT_CODE = 256 };

static const struct arg_option scan_options[] = {
	{ 'c', "config", "FILE", "settings (default " SETTINGS_FILE ")" },
	{ 'C', "rules", "PATH",
	  "rules from this folder or file instead of\n"
	  "the configured ones; may be repeated" },
	{ 'L', "local", NULL, "do not use the network" },
	{ 'f', "format", "FORMAT",
	  "text (default), json (a line for each\n"
	  "message) or headers (those to be added)" },
	{ 'e', "explain", NULL, "say what each rule matched, and where" },
	{ 'o', "option", "KEY=VALUE", "a setting that overrides the files" },
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
	session->mail->message = message_parse(scope, bytes, &scan->limits);
	pipeline_run(scan->policy, PHASE_MESSAGE, session, verdict);
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
scan_unreadable(struct scan *scan, const char *file, const char *why)
{
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
scan_file(struct scan *scan, const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat info;
	void *bytes;

	if (fd < 0 || fstat(fd, &info) < 0) {
		scan_unreadable(scan, file, strerror(errno));
		if (fd >= 0)
			close(fd);
		return;
	}
	if (info.st_size == 0) {
		scan_bytes(scan, file, SLICE(""));
		close(fd);
		return;
	}
	/* Private: a file that is written to meanwhile stays what it was. */
	bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (bytes == MAP_FAILED) {
		scan_unreadable(scan, file, strerror(errno));
		return;
	}
	scan_bytes(scan, file,
		   (struct slice){ bytes, (size_t)info.st_size });
	munmap(bytes, (size_t)info.st_size);
}

static int
scan_not_hidden(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 &&
	       strcmp(entry->d_name, "..") != 0;
}

static void scan_path(struct scan *scan, const char *path, unsigned depth);

static void
scan_folder(struct scan *scan, const char *folder, unsigned depth)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, scan_not_hidden, alphasort);

	if (count < 0) {
		scan_unreadable(scan, folder, strerror(errno));
		return;
	}
	for (int i = 0; i < count; i++) {
		char *path = mem_printf(scan->mem, "%s/%s", folder,
					entries[i]->d_name);

		scan_path(scan, path, depth + 1);
		mem_free(path);
		free(entries[i]);
	}
	free(entries);
}

static void
scan_path(struct scan *scan, const char *path, unsigned depth)
{
	struct stat info;

	if (depth > 100)
		scan_unreadable(scan, path, "too many folders in folders");
	else if (stat(path, &info) < 0)
		scan_unreadable(scan, path, strerror(errno));
	else if (S_ISDIR(info.st_mode))
		scan_folder(scan, path, depth);
	else if (S_ISREG(info.st_mode))
		scan_file(scan, path);
	else
		scan_unreadable(scan, path, "not a regular file");
}

/* A machine without any signature is told so once, not at each mail. */
static void
scan_check_signatures(struct scan *scan, struct config *config)
{
	struct setting setting = config_setting(
		config, (size_t)config_find(config, "virus_database"));
	const char *const *paths = config_list(config, "virus_database");
	const char *const *names = config_list(config, "stages");
	struct buf stages = BUF(scan->mem);
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
	for (; *names != NULL; names++)
		if (strcmp(*names, "virus") != 0)
			buf_printf(&stages, "%s ", *names);
		else
			scan->no_signatures = true;
	config_set(config, "stages", buf_string(&stages), "scan", NULL);
	if (scan->no_signatures)
		fprintf(stderr,
			"ispfilter: no virus signatures in %s: viruses are not "
			"looked for\n", paths[0]);
}

static int
scan_open(struct scan *scan, struct config *config)
{
	struct problems *problems = problems_new(scan->mem);
	struct err err;

	scan_check_signatures(scan, config);
	config_set(config, "spam_explain", scan->explain ? "yes" : "no",
		   "--explain", NULL);
	scan->policy = policy_load(config, PHASES_INSPECTOR, problems, &err);
	settings_print(problems);
	if (scan->policy == NULL) {
		fprintf(stderr, "ispfilter: %s\n", err.text);
		return -1;
	}
	policy_message_limits(scan->policy, &scan->limits);
	return 0;
}

static int
scan_set(struct config *config, const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	struct err err;
	char *key;
	int result;

	if (equals == NULL) {
		fprintf(stderr, "ispfilter: -o %s: expected KEY=VALUE\n",
			assignment);
		return -1;
	}
	key = mem_strndup(NULL, assignment, (size_t)(equals - assignment));
	result = config_set(config, key, equals + 1, "-o", &err);
	mem_free(key);
	if (result < 0)
		fprintf(stderr, "ispfilter: %s\n", err.text);
	return result;
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
scan_option(struct scan *scan, struct config *config, struct buf *rules,
	    int letter, const char *value)
{
	switch (letter) {
	case 'C':
		buf_printf(rules, "%s ", value);
		return 0;
	case 'L':
		return 0; /* nothing asks the network yet */
	case 'f':
		return scan_format(scan, value);
	case 'e':
		scan->explain = true;
		return 0;
	case 'o':
		return scan_set(config, value);
	case SCAN_EXIT_CODE:
		scan->exit_code = true;
		return 0;
	}
	return -1;
}

/* Settings come from the file first, whatever the order of the options. */
static int
scan_read_settings(struct config *config, int argc, char **argv)
{
	struct args args;
	const char *value, *path = NULL;
	int letter;

	args_init(&args, "ispfilter scan", argc, argv, scan_options);
	while ((letter = args_next(&args, &value)) > 0) {
		if (letter == 'c')
			path = value;
		if (letter == 'h') {
			scan_help();
			return 0;
		}
	}
	if (letter == ARGS_WRONG)
		return EX_USAGE;
	return settings_read(config, path) < 0 ? EX_CONFIG : -1;
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
scan_run(struct scan *scan, struct config *config, struct args *args,
	 const char *rules)
{
	if (rules[0] != '\0')
		config_set(config, "rules", rules, "-C", NULL);
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
			scan_path(scan, args->argv[i], 0);
	policy_release(scan->policy);
	return scan_status(scan);
}

int
command_scan(int argc, char **argv)
{
	struct scan scan = { .mem = mem_context(NULL, "scan") };
	struct config *config = settings_new(NULL);
	char **words = mem_copy(scan.mem, argv,
				sizeof(*argv) * ((size_t)argc + 1));
	struct buf rules = BUF(scan.mem);
	int status = scan_read_settings(config, argc, words);
	struct args args;
	const char *value;
	int letter;

	if (status >= 0)
		return status;
	args_init(&args, "ispfilter scan", argc, argv, scan_options);
	while ((letter = args_next(&args, &value)) > 0)
		if (letter != 'c' &&
		    scan_option(&scan, config, &rules, letter, value) < 0)
			return EX_USAGE;
	status = scan_run(&scan, config, &args, buf_string(&rules));
	mem_free(scan.mem);
	return status;
}
