/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `ispfilter daemon`: the process that Postfix talks to. It handles envelopes,
 * spools messages and carries out verdicts, but never looks into a mail. This
 * file is its start: settings, socket, user, and then the threads.
 */
#include "daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/notify.h"
#include "base/priv.h"
#include "commands.h"
#include "core/policy.h"
#include "listen.h"
#include "milter.h"
#include "poison.h"
#include "putoff.h"
#include "service.h"
#include "settings.h"

#define DAEMON_FILES 65536 /* connections and spooled messages */

struct daemon {
	struct service_options options;
	const char **settings;
	size_t setting_count;
	bool background;
	int parent; /* who waits until we are ready, or -1 */
	struct config *config;
	struct listen_address address;
	struct priv priv;
	const char *pid_file; /* or "" */
	bool has_threads; /* that may still use this struct */
	bool socket_is_ours, pid_file_is_ours; /* to be removed at the end */
};

static void
daemon_usage(FILE *out)
{
	fputs("usage: ispfilter daemon [-c FILE] [-o KEY=VALUE] ... "
	      "[--background]\n\n"
	      "  -c, --config FILE      read settings from FILE instead of\n"
	      "                         " SETTINGS_FILE "\n"
	      "  -o, --option KEY=VALUE set one setting, after the file\n"
	      "  -f, --foreground       stay in the foreground (the default)\n"
	      "      --background       leave once mail is served\n\n"
	      "SIGUSR1 or SIGHUP: read settings, rules and signatures again.\n"
	      "SIGTERM or SIGINT: finish the mails in progress and stop.\n",
	      out);
}

static void
daemon_option(struct daemon *daemon, const char *assignment)
{
	mem_grow(daemon, daemon->settings, daemon->setting_count);
	daemon->settings[daemon->setting_count++] = assignment;
}

/* The argument of the option at argv[*i], which it steps over; or NULL. */
static const char *
daemon_argument(int argc, char **argv, int *i)
{
	if (*i + 1 < argc)
		return argv[++*i];
	fprintf(stderr, "ispfilter: %s needs an argument\n", argv[*i]);
	return NULL;
}

static bool
daemon_is(const char *word, const char *brief, const char *full)
{
	return strcmp(word, brief) == 0 || strcmp(word, full) == 0;
}

static int
daemon_arguments(struct daemon *daemon, int argc, char **argv)
{
	const char *value = "";

	for (int i = 1; i < argc && value != NULL; i++) {
		if (daemon_is(argv[i], "-c", "--config")) {
			value = daemon_argument(argc, argv, &i);
			daemon->options.config_path = value;
		} else if (daemon_is(argv[i], "-o", "--option")) {
			value = daemon_argument(argc, argv, &i);
			daemon_option(daemon, value);
		} else if (strcmp(argv[i], "--background") == 0) {
			daemon->background = true;
		} else if (!daemon_is(argv[i], "-f", "--foreground")) {
			daemon_usage(stderr);
			return -1;
		}
	}
	daemon_option(daemon, NULL);
	daemon->options.settings = daemon->settings;
	return value == NULL ? -1 : 0;
}

static int
daemon_read_settings(struct daemon *daemon, struct err *err)
{
	struct problems *problems = problems_new(daemon);
	int result;

	daemon->config = settings_new(daemon);
	result = settings_load(daemon->config, daemon->options.config_path,
			       daemon->options.settings, problems, err);
	settings_print(problems);
	if (result < 0)
		return -1;
	daemon->pid_file = mem_strdup(
		daemon, config_string(daemon->config, "pid_file"));
	return listen_setting(daemon, daemon->config, &daemon->address, err);
}

/* Whom we are going to be. Without root's rights that is settled already. */
static int
daemon_find_user(struct daemon *daemon, struct err *err)
{
	if (geteuid() == 0)
		return priv_find(config_string(daemon->config, "user"),
				 config_string(daemon->config, "group"),
				 &daemon->priv, err);
	daemon->priv = (struct priv){ geteuid(), getegid(), "" };
	return 0;
}

/* The nursery opens the log again as the user that we are then. */
static int
daemon_open_log(const struct daemon *daemon, struct err *err)
{
	int fd;

	if (policy_open_log(daemon->config, err) < 0)
		return -1;
	fd = log_descriptor();
	if (geteuid() == 0 && fd > STDERR_FILENO &&
	    fchown(fd, daemon->priv.uid, daemon->priv.gid) < 0)
		return err_errno(err, "cannot set the owner of the log");
	return 0;
}

static int
daemon_write_pid(struct daemon *daemon, struct err *err)
{
	int fd;

	if (daemon->pid_file[0] == '\0')
		return 0;
	fd = open(daemon->pid_file,
		  O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || dprintf(fd, "%ld\n", (long)getpid()) < 0)
		return err_errno(err, "cannot write %s", daemon->pid_file);
	close(fd);
	daemon->pid_file_is_ours = true;
	return 0;
}

static int
daemon_make_folders(const struct daemon *daemon, struct err *err)
{
	static const char *const keys[] = { "state_directory",
					    "scratch_directory",
					    "poison_directory" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *path = config_string(daemon->config, keys[i]);

		if (path[0] != '\0' &&
		    folder_make(path, 0700, daemon->priv.uid, daemon->priv.gid,
				err) < 0)
			return err_prefix(err, "%s", keys[i]);
	}
	return 0;
}

/* What an earlier daemon left when it was killed; as the user that we are. */
static int
daemon_clear_scratch(const struct daemon *daemon, struct err *err)
{
	const char *path = config_string(daemon->config, "scratch_directory");

	if (access(path, R_OK | W_OK | X_OK) < 0)
		return err_errno(err, "scratch_directory = %s", path);
	folder_clear(path, "nursery-");
	return 0;
}

static int
daemon_open_socket(struct daemon *daemon, struct err *err)
{
	const struct listen_address *address = &daemon->address;

	if (listen_prepare(address, daemon->config, &daemon->priv, err) < 0 ||
	    milter_open(address->conn, address->path != NULL, err) < 0)
		return -1;
	daemon->socket_is_ours = true;
	return listen_secure(address, daemon->config, &daemon->priv, err);
}

static void
daemon_raise_limits(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	files.rlim_cur = files.rlim_max < DAEMON_FILES ? files.rlim_max
						       : DAEMON_FILES;
	setrlimit(RLIMIT_NOFILE, &files);
}

/*
 * With --background: the child goes on, the parent waits until it serves.
 * Before any thread and before the process id is written down.
 */
static int
daemon_go_background(struct daemon *daemon, struct err *err)
{
	int ends[2], null;
	pid_t pid;
	char byte;

	daemon->parent = -1;
	if (!daemon->background)
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return err_errno(err, "cannot go into the background");
	if (pid > 0) {
		close(ends[1]);
		if (read(ends[0], &byte, 1) == 1)
			_exit(0);
		fputs("ispfilter: the daemon did not start; its log says "
		      "why\n", stderr);
		_exit(EX_UNAVAILABLE);
	}
	close(ends[0]);
	daemon->parent = ends[1];
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (log_descriptor() != STDERR_FILENO)
		dup2(null, STDERR_FILENO);
	close(null);
	return 0;
}

static void
daemon_tell_parent(struct daemon *daemon)
{
	if (daemon->parent < 0)
		return;
	if (write(daemon->parent, "r", 1) != 1)
		log_warning("the starting process has gone");
	close(daemon->parent);
	daemon->parent = -1;
}

/* What needs root's rights, and then their end: the order matters. */
static int
daemon_open(struct daemon *daemon, struct err *err)
{
	if (daemon_find_user(daemon, err) < 0 ||
	    daemon_open_log(daemon, err) < 0)
		return -1;
	poison_rename_old(daemon->config);
	if (daemon_make_folders(daemon, err) < 0 ||
	    daemon_open_socket(daemon, err) < 0 ||
	    daemon_go_background(daemon, err) < 0 ||
	    daemon_write_pid(daemon, err) < 0)
		return -1;
	daemon_raise_limits();
	if (priv_drop(&daemon->priv, err) < 0)
		return -1;
	return daemon_clear_scratch(daemon, err);
}

/* Called by the control thread when the process is about to end. */
static void
daemon_stopped(void *arg)
{
	const struct daemon *daemon = arg;

	if (daemon->socket_is_ours && daemon->address.path != NULL)
		unlink(daemon->address.path);
	if (daemon->pid_file_is_ours)
		unlink(daemon->pid_file);
}

static struct policy *
daemon_load(struct daemon *daemon, struct err *err)
{
	struct problems *problems = problems_new(NULL);
	struct policy *policy =
		policy_load(daemon->config, PHASES_DAEMON, problems, err);

	settings_print(problems);
	mem_free(problems);
	return policy;
}

static int
daemon_serve(struct daemon *daemon, struct err *err)
{
	struct policy *policy = daemon_load(daemon, err);
	struct service *service;

	if (policy == NULL)
		return -1;
	daemon->options.poison = poison_open(daemon->config);
	daemon->options.putoff = putoff_open(daemon->config);
	daemon->options.stopped = daemon_stopped;
	daemon->options.arg = daemon;
	daemon->has_threads = true;
	service = service_start(&daemon->options, policy, err);
	if (service == NULL || service_await(service, err) < 0)
		return -1;
	log_info("ispfilter %s serves on %s", ISPFILTER_VERSION,
		 daemon->address.conn);
	daemon_tell_parent(daemon);
	return milter_run(service, err);
}

/* A reload that is asked for while we start waits for the control thread, and
 * does not end us. */
static void
daemon_hold_reloads(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static int
daemon_run(struct daemon *daemon)
{
	struct err err = { .kind = ERR_NONE };

	daemon_hold_reloads();
	notify_open();
	if (daemon_read_settings(daemon, &err) == 0 &&
	    daemon_open(daemon, &err) == 0)
		daemon_serve(daemon, &err);
	log_error("%s", err.text);
	if (log_descriptor() != STDERR_FILENO)
		fprintf(stderr, "ispfilter: %s\n", err.text);
	daemon_stopped(daemon);
	return err.kind == ERR_CONFIG ? EX_CONFIG : EX_UNAVAILABLE;
}

int
command_daemon(int argc, char **argv)
{
	struct daemon *daemon;
	int status = EX_USAGE;

	if (argc > 1 && daemon_is(argv[1], "-h", "--help")) {
		daemon_usage(stdout);
		return 0;
	}
	daemon = mem_new(NULL, struct daemon);
	if (daemon_arguments(daemon, argc, argv) == 0)
		status = daemon_run(daemon);
	if (!daemon->has_threads)
		mem_free(daemon);
	return status;
}
