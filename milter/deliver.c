/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ispfilter deliver: the delivery agent that Postfix's pipe(8) starts, with the
 * options and exit statuses of Dovecot's. It runs as the owner of the mail and
 * refuses to be root. Whatever goes wrong and is not the mail's own fault ends
 * with status 75, so that Postfix keeps the mail.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "commands.h"
#include "core/policy.h"
#include "deliver.h"
#include "settings.h"

#define DELIVER_CHUNK (64 * 1024)
#define DELIVER_EXITING 0x4 /* the kernel's PF_EXITING */

static const char deliver_usage[] =
	"usage: ispfilter deliver -d USER [OPTION ...] < MESSAGE\n"
	"\n"
	"  -d USER       recipient, whose Maildir is mail_location\n"
	"  -f SENDER     envelope sender, for Return-Path\n"
	"  -r ADDRESS    final recipient, for Delivered-To (default: USER)\n"
	"  -a ADDRESS    original recipient\n"
	"  -q ID         Postfix's queue id, by which repeats are known\n"
	"  -m MAILBOX    instead of INBOX, if it exists\n"
	"  -e            a full mailbox is a permanent failure (status 77)\n"
	"  -p FILE       read the message from FILE\n"
	"  --quota BYTES[,MESSAGES]\n"
	"  -c FILE       settings (default " SETTINGS_FILE ", if it exists)\n"
	"  -o KEY=VALUE  one setting\n"
	"  -k -n -s      accepted for Dovecot's sake\n"
	"\n"
	"Exit status: 0 delivered, 64 usage, 67 no user, 73 cannot create,\n"
	"75 try again, 77 refused. See ispfilter-deliver(8).\n";

struct deliver {
	struct delivery delivery;
	struct config *config;
	const char *config_file;  /* NULL: the default */
	const char *message_file; /* NULL: stdin */
	const char *quota;
	const char **settings; /* KEY=VALUE */
	size_t setting_count;
	bool help;
};

/* One line, to which pipe(8) listens. */
static int
deliver_end(const struct deliver *deliver, struct outcome outcome)
{
	const char *user = deliver->delivery.user;
	char *shown;

	if (outcome.status == 0)
		return 0;
	shown = str_escape(NULL, slice_of(user == NULL ? "" : user), 254);
	fprintf(stderr, "%s <%s> %s\n", outcome.dsn, shown, outcome.text);
	mem_free(shown);
	return outcome.status;
}

/* A mistake of the admin: the mail waits until it is mended. */
static int
deliver_usage_error(const char *text)
{
	fprintf(stderr, "4.3.5 ispfilter deliver: %s; see --help\n", text);
	return EX_USAGE;
}

/* --help, --quota VALUE or --quota=VALUE; false if it is none of them. */
static bool
deliver_long_option(struct deliver *deliver, int argc, char **argv)
{
	if (strcmp(optarg, "help") == 0)
		deliver->help = true;
	else if (strncmp(optarg, "quota=", 6) == 0)
		deliver->quota = optarg + 6;
	else if (strcmp(optarg, "quota") == 0 && optind < argc)
		deliver->quota = argv[optind++];
	else
		return false;
	return true;
}

static bool
deliver_option(struct deliver *deliver, int option, int argc, char **argv)
{
	struct delivery *delivery = &deliver->delivery;

	switch (option) {
	case 'a':
		delivery->original = optarg;
		return true;
	case 'c':
		deliver->config_file = optarg;
		return true;
	case 'd':
		delivery->user = optarg;
		return true;
	case 'e':
		delivery->reject = true;
		return true;
	case 'f':
		delivery->sender = optarg;
		return true;
	case 'm':
		delivery->mailbox = optarg;
		return true;
	case 'o':
		deliver->settings[deliver->setting_count++] = optarg;
		return true;
	case 'p':
		deliver->message_file = optarg;
		return true;
	case 'q':
		delivery->queue_id = optarg;
		return true;
	case 'r':
		delivery->recipient = optarg;
		return true;
	case '-':
		return deliver_long_option(deliver, argc, argv);
	default:
		return strchr("kns", option) != NULL;
	}
}

/* NULL, or what is wrong with the command line. */
static const char *
deliver_arguments(void *mem, struct deliver *deliver, int argc, char **argv)
{
	struct delivery *delivery = &deliver->delivery;
	int option;

	delivery->original = delivery->queue_id = "";
	deliver->settings = mem_array(mem, const char *, (size_t)argc);
	opterr = 0;
	/* "-:" lets --name arrive as the option "-" with the value "name". */
	while ((option = getopt(argc, argv, "+a:c:d:ef:km:no:p:q:r:s-:")) != -1)
		if (!deliver_option(deliver, option, argc, argv))
			return "unknown option, or one without its value";
	if (deliver->help)
		return NULL;
	if (optind < argc)
		return "one recipient at a time: set "
		       "<transport>_destination_recipient_limit = 1";
	if (delivery->user == NULL || delivery->user[0] == '\0')
		return "-d names the recipient";
	if (delivery->recipient == NULL)
		delivery->recipient = delivery->user;
	return NULL;
}

static int
deliver_set(struct config *config, void *mem, const char *setting,
	    struct err *err)
{
	const char *equals = strchr(setting, '=');
	struct slice key = slice_of(setting);

	if (equals == NULL)
		return err_config(err, "-o %s: expected KEY=VALUE", setting);
	key = slice_trim(slice_cut(key, 0, (size_t)(equals - setting)));
	return config_set(config, slice_string(mem, key), equals + 1, "-o",
			  err);
}

static int
deliver_quota(struct config *config, void *mem, const char *quota,
	      struct err *err)
{
	struct slice text = slice_of(quota);
	size_t comma = slice_find(text, 0, ',');

	if (config_set(config, "quota_bytes",
		       slice_string(mem, slice_cut(text, 0, comma)), "--quota",
		       err) < 0)
		return -1;
	if (comma == text.len)
		return 0;
	return config_set(config, "quota_messages", quota + comma + 1,
			  "--quota", err);
}

/*
 * A file that is there and cannot be read is an error: the defaults in its
 * place would put mail where nobody looks for it.
 */
static int
deliver_read_settings(struct deliver *deliver, void *mem, struct err *err)
{
	const char *path = deliver->config_file;
	struct problems *problems = problems_new(mem);

	if (path == NULL) {
		if (access(SETTINGS_FILE, F_OK) < 0 && errno == ENOENT)
			return 0;
		path = SETTINGS_FILE;
	}
	if (config_read(deliver->config, path, problems, err) == 0)
		return 0;
	for (size_t i = 0; i < problems->count; i++)
		if (problems->items[i].level == PROBLEM_ERROR)
			return err_config(
				err, "%s",
				problem_string(mem, &problems->items[i]));
	return -1;
}

static int
deliver_settings(struct deliver *deliver, void *mem, struct err *err)
{
	deliver->config = settings_new(mem);
	deliver->delivery.config = deliver->config;
	if (deliver_read_settings(deliver, mem, err) < 0)
		return -1;
	for (size_t i = 0; i < deliver->setting_count; i++)
		if (deliver_set(deliver->config, mem, deliver->settings[i],
				err) < 0)
			return -1;
	if (deliver->quota != NULL &&
	    deliver_quota(deliver->config, mem, deliver->quota, err) < 0)
		return err_prefix(err, "--quota");
	/* A log file may be another user's. */
	if (policy_open_log(deliver->config, err) < 0)
		log_open(LOG_TARGET_SYSLOG, "mail", LOG_LEVEL_INFO);
	return 0;
}

/* Reads to the end, at most limit bytes and one more. */
static int
deliver_read(int fd, struct buf *text, size_t limit, struct err *err)
{
	char *chunk = mem_array(text->mem, char, DELIVER_CHUNK);
	ssize_t n;

	while (text->len <= limit) {
		n = read(fd, chunk, DELIVER_CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "cannot read the message");
		if (n == 0)
			break;
		buf_add(text, chunk, (size_t)n);
	}
	mem_free(chunk);
	return 0;
}

/*
 * A process that is killed closes its end of the pipe some time before its
 * children get another parent. In between, the kernel's flags tell.
 */
static bool
deliver_is_dying(pid_t parent)
{
	char path[64], text[1024];
	unsigned long flags;
	const char *behind;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)parent);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	behind = strrchr(text, ')'); /* the name may hold anything */
	return behind != NULL &&
	       sscanf(behind, ") %*c %*d %*d %*d %*d %*d %lu", &flags) == 1 &&
	       (flags & DELIVER_EXITING) != 0;
}

/*
 * When Postfix dies in the middle of a message, a pipe looks just as it does at
 * the message's end. But then we have lost our parent.
 */
static bool
deliver_is_orphan(int fd, pid_t parent)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode) &&
	       (deliver_is_dying(parent) || getppid() != parent);
}

static struct outcome
deliver_message(struct deliver *deliver, void *mem, pid_t parent)
{
	int64_t limit = config_int(deliver->config, "deliver_size_limit");
	struct buf text = BUF(mem);
	struct err err;
	int fd = STDIN_FILENO;

	if (deliver->message_file != NULL)
		fd = open(deliver->message_file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err_errno(&err, "cannot open the file of -p");
	if (fd < 0 || deliver_read(fd, &text, (size_t)limit, &err) < 0)
		return (struct outcome){ EX_TEMPFAIL, "4.3.0",
					 mem_strdup(mem, err.text) };
	if (text.len == 0 || deliver_is_orphan(fd, parent))
		return (struct outcome){ EX_TEMPFAIL, "4.3.0",
					 "the message did not arrive" };
	if ((int64_t)text.len > limit)
		return (struct outcome){ EX_NOPERM, "5.3.4",
					 "the message is too large" };
	deliver->delivery.message = buf_view(&text);
	return delivery_run(mem, &deliver->delivery);
}

static int
deliver_run(struct deliver *deliver, void *mem, pid_t parent)
{
	struct outcome outcome = { EX_TEMPFAIL, "4.3.5",
				   "refusing to deliver as root" };
	struct err err;

	/* Modes are exactly those that are asked for; beyond a file size limit
	 * write(2) shall fail rather than kill us. */
	umask(0);
	signal(SIGXFSZ, SIG_IGN);
	if (geteuid() != 0 && getuid() != 0) {
		if (deliver_settings(deliver, mem, &err) == 0)
			outcome = deliver_message(deliver, mem, parent);
		else
			outcome.text = err.text;
	}
	return deliver_end(deliver, outcome);
}

int
command_deliver(int argc, char **argv)
{
	pid_t parent = getppid();
	void *mem = mem_context(NULL, "deliver");
	struct deliver deliver = { 0 };
	const char *wrong = deliver_arguments(mem, &deliver, argc, argv);
	int status = 0;

	if (wrong != NULL)
		status = deliver_usage_error(wrong);
	else if (deliver.help)
		fputs(deliver_usage, stdout);
	else
		status = deliver_run(&deliver, mem, parent);
	mem_free(mem);
	return status;
}
