/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Process that loads rules and virus signatures once and forks the inspectors,
 * so that all of them share that memory. It never sees a mail. The daemon is
 * at the other end of CHILD_SOCKET: it sends the settings first and may ask for
 * an inspector's death later; when it closes the socket, all is over.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/folder.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pages.h"
#include "caged.h"
#include "commands.h"
#include "inspector.h"
#include "nursery_private.h"
#include "settings.h"
#include "wrap/sandbox.h"

#define NURSERY_SETTINGS_TIME_MS 10000
#define NURSERY_COMPLAINTS_MAX 20
#define NURSERY_WATCH_MS 1000 /* between looks at the scratch folders */

int
nursery_tell(uint32_t kind, const char *text, int fd)
{
	struct err err;

	errno = 0;
	if (frame_send(CHILD_SOCKET, kind, slice_of(text), fd,
		       clock_ms() + INSPECTOR_PATIENCE_MS, &err) == 0)
		return 0;
	/* A daemon that has closed the socket has dismissed us. */
	if (errno != EPIPE && errno != ECONNRESET)
		log_error("nursery: %s", err.text);
	return -1;
}

static void
nursery_report_problems(const struct problems *problems, struct buf *out)
{
	for (size_t i = 0; i < problems->count; i++) {
		char *line = problem_string(NULL, &problems->items[i]);

		if (problems->items[i].level == PROBLEM_WARNING)
			log_warning("%s", line);
		else
			buf_printf(out, "%s\n", line);
		mem_free(line);
	}
}

static struct policy *
nursery_load(struct slice text, struct problems *problems, struct err *err)
{
	struct config *config = settings_new(NULL);
	struct policy *policy;

	if (config_parse(config, "settings", text.data, text.len, problems) <
		    0 ||
	    policy_open_log(config, err) < 0) {
		mem_free(config);
		return NULL;
	}
	err->kind = ERR_NONE;
	policy = policy_load(config, PHASES_INSPECTOR, problems, err);
	return policy;
}

/* What was wrong with a policy that is used all the same, such as bad rules. */
static void
nursery_complain(struct slice lines)
{
	struct slice line;
	size_t count = 0;

	while (slice_line(&lines, &line)) {
		line = slice_trim(line);
		if (count++ < NURSERY_COMPLAINTS_MAX)
			log_error("%.*s", (int)line.len, line.data);
	}
	if (count > NURSERY_COMPLAINTS_MAX)
		log_error("%zu more errors: ispfilter lint shows them",
			  count - NURSERY_COMPLAINTS_MAX);
}

/* Receives the settings and loads the policy; NULL: the daemon was told why. */
static struct policy *
nursery_begin(void)
{
	void *mem = mem_context(NULL, "settings");
	struct problems *problems = problems_new(mem);
	struct buf why = BUF(mem);
	struct policy *policy = NULL;
	struct err err = { .kind = ERR_NONE };
	struct frame frame;

	if (frame_receive(CHILD_SOCKET, mem, NURSERY_FRAME_MAX, false,
			  clock_ms() + NURSERY_SETTINGS_TIME_MS, &frame,
			  &err) == 1 &&
	    frame.kind == NURSERY_SETTINGS)
		policy = nursery_load(frame.data, problems, &err);
	nursery_report_problems(problems, &why);
	if (policy == NULL) {
		buf_printf(&why, "%s\n", err.kind == ERR_NONE
						 ? "there are no settings"
						 : err.text);
		nursery_tell(NURSERY_FAILED, buf_string(&why), -1);
	} else {
		nursery_complain(buf_view(&why));
	}
	mem_free(mem);
	return policy;
}

/* One frame of the daemon; false when it has gone. */
static bool
nursery_listen(struct nursery *nursery)
{
	void *mem = mem_context(NULL, "frame");
	struct frame frame;
	struct err err;
	int64_t pid = 0;
	bool there = frame_receive(CHILD_SOCKET, mem, NURSERY_FRAME_MAX, false,
				   clock_ms() + INSPECTOR_PATIENCE_MS, &frame,
				   &err) == 1;

	if (there)
		str_int64(frame.data.data, &pid);
	for (size_t i = 0; i < nursery->count && pid > 0; i++) {
		struct nursery_child *child = &nursery->children[i];

		if (child->pid != (pid_t)pid)
			continue;
		if (frame.kind == NURSERY_KILL)
			kill((pid_t)pid, SIGKILL);
		else if (frame.kind == NURSERY_SLOW)
			child->is_slow = true;
	}
	mem_free(mem);
	return there;
}

static int
nursery_tell_lists(const struct nursery *nursery)
{
	void *mem = mem_context(NULL, "nursery_tell_lists");
	int result = nursery_tell(NURSERY_LISTS,
				  policy_list_zones(mem, nursery->policy), -1);

	mem_free(mem);
	return result;
}

static void
nursery_loop(struct nursery *nursery)
{
	struct pollfd pollers[] = {
		{ .fd = CHILD_SOCKET, .events = POLLIN },
		{ .fd = nursery->signals, .events = POLLIN },
	};
	int64_t next = nursery_fill(nursery);
	const char *lacking;

	lacking = policy_lacking(nursery->policy);
	if (next < 0 || nursery_tell_lists(nursery) < 0 ||
	    nursery_tell(NURSERY_READY, lacking == NULL ? "" : lacking, -1) < 0)
		return;
	for (;;) {
		if (next > clock_ms() + NURSERY_WATCH_MS)
			next = clock_ms() + NURSERY_WATCH_MS;
		if (poll(pollers, 2, clock_left(next)) < 0 && errno != EINTR)
			return;
		nursery_watch_scratch(nursery);
		if (pollers[0].revents != 0 && !nursery_listen(nursery))
			return;
		if (pollers[1].revents != 0)
			nursery_reap(nursery);
		next = nursery_fill(nursery);
		if (next < 0)
			return;
	}
}

static void
nursery_end(struct nursery *nursery)
{
	for (size_t i = 0; i < nursery->count; i++)
		if (nursery->children[i].pid > 0)
			kill(nursery->children[i].pid, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	folder_remove(nursery->scratch);
}

/*
 * Signals meant for the daemon (Ctrl-C, a stop of the whole unit) leave us
 * alone: mails in progress shall end first, and then the socket closes.
 */
static int
nursery_signals(void)
{
	sigset_t children;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	return signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* All folders at once: their modes cannot be set from within the cage. */
static int
nursery_make_scratch(struct nursery *nursery, const struct config *config,
		     struct err *err)
{
	int result;

	nursery->scratch = mem_printf(nursery, "%s/nursery-%ld",
				      config_string(config,
						    "scratch_directory"),
				      (long)getpid());
	result = folder_make(nursery->scratch, 0700, getuid(), getgid(), err);
	for (size_t i = 0; i < nursery->count && result == 0; i++) {
		struct nursery_child *child = &nursery->children[i];

		child->scratch = mem_printf(nursery, "%s/%zu",
					    nursery->scratch, i);
		result = folder_make(child->scratch, 0700, getuid(), getgid(),
				     err);
	}
	return result;
}

static int
nursery_open(struct nursery *nursery, struct policy *policy, struct err *err)
{
	const struct config *config = policy_config(policy);

	nursery->policy = policy;
	nursery->wanted = inspector_count(config);
	nursery->count = nursery->wanted +
			 (size_t)config_int(config, "inspectors_extra");
	nursery->children =
		mem_array(nursery, struct nursery_child, nursery->count);
	nursery->signals = nursery_signals();
	if (nursery->signals < 0)
		return err_errno(err, "cannot watch for signals");
	nursery->scratch_limit = config_int(config, "scratch_size_limit");
	return nursery_make_scratch(nursery, config, err);
}

/* Loads what would be loaded later, when files are out of reach. */
static void
nursery_prepare(struct nursery *nursery)
{
	caged_prepare();
	pages_enlarge();
	nursery->data = inspector_data();
}

/* Gives up what the inspectors and their birth do not need. */
static int
nursery_confine(const struct nursery *nursery, struct err *err)
{
	const struct config *config = policy_config(nursery->policy);
	/* Not its own folder alone, which it has to remove at the end. */
	const struct sandbox sandbox = {
		.role = SANDBOX_NURSERY,
		.scratch = config_string(config, "scratch_directory"),
	};

	if (!config_bool(config, "sandbox")) {
		log_warning("sandbox = no: whoever takes over an inspector has "
			    "all that the user of this daemon has");
		return 0;
	}
	if (!sandbox_is_built())
		log_info("built with sanitizers: there is no sandbox");
	else if (!sandbox_is_full())
		log_warning("this kernel has no Landlock: an inspector that is "
			    "taken over can read the files of its user");
	return sandbox_enter(&sandbox, err);
}

int
command_nursery(int argc, char **argv)
{
	struct nursery *nursery;
	int64_t parent = 0;
	struct policy *policy;
	struct err err;

	if (argc != 2 || !str_int64(argv[1], &parent)) {
		fputs("ispfilter nursery: for the daemon's own use\n", stderr);
		return EX_USAGE;
	}
	if (!child_follow((pid_t)parent))
		return EX_UNAVAILABLE;
	policy = nursery_begin();
	if (policy == NULL)
		_exit(EX_CONFIG);
	nursery = mem_new(NULL, struct nursery);
	nursery_prepare(nursery);
	if (nursery_open(nursery, policy, &err) < 0 ||
	    nursery_confine(nursery, &err) < 0)
		nursery_tell(NURSERY_FAILED, err.text, -1);
	else
		nursery_loop(nursery);
	nursery_end(nursery);
	_exit(0);
}
