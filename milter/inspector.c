/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Process that looks into mail. It is forked from the nursery with the policy
 * in its memory, takes one message at a time as a sealed file and answers with
 * a verdict. It may be taken over or killed by any message: it holds nothing
 * but that message, and nobody believes more of it than a verdict.
 */
#include "inspector.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/folder.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/pipeline.h"
#include "core/rig.h"
#include "wrap/sandbox.h"

#define INSPECTOR_FILES 256 /* open at a time, archives and databases too */
#define INSPECTOR_TIME_MORE 2 /* seconds, for a daemon that is about to act */

struct inspector {
	const struct policy *policy;
	struct message_limits limits;
	int sock;
	const char *scratch;
	rlim_t seconds; /* of the processor, as set for the last mail */
	int64_t left; /* messages until it is replaced */
	int64_t time_limit; /* milliseconds for a message */
	struct dns_source *dns; /* the daemon's, or NULL */
	int64_t dns_time;	/* milliseconds for a message */
};

unsigned
inspector_count(const struct config *config)
{
	int64_t count = config_int(config, "inspectors");

	return count > 0 ? (unsigned)count
			 : (unsigned)sysconf(_SC_NPROCESSORS_ONLN) + 2;
}

static void
inspector_limit(int resource, rlim_t value)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return;
	if (limit.rlim_max != RLIM_INFINITY && value > limit.rlim_max)
		value = limit.rlim_max;
	limit.rlim_cur = limit.rlim_max = value;
	setrlimit(resource, &limit);
}

int64_t
inspector_data(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long data = 0;

	if (file == NULL)
		return 0;
	if (fscanf(file, "%*u %*u %*u %*u %*u %lu", &data) != 1)
		data = 0;
	fclose(file);
	return (int64_t)data * sysconf(_SC_PAGESIZE);
}

/*
 * Data counts all memory of an inspector's own, since its cage lets it have
 * private memory only.
 */
void
inspector_limits(const struct config *config, int64_t data)
{
	signal(SIGXFSZ, SIG_IGN); /* a full file is an error, not a death */
	inspector_limit(RLIMIT_CORE, 0);
	inspector_limit(RLIMIT_NOFILE, INSPECTOR_FILES);
	inspector_limit(RLIMIT_FSIZE,
			(rlim_t)config_int(config, "scratch_file_limit"));
	inspector_limit(RLIMIT_NPROC, 0);
	inspector_limit(RLIMIT_DATA,
			(rlim_t)(data + config_int(config,
						   "inspector_memory_limit")));
}

/*
 * One mail may not compute for longer than it may take. The daemon sees to that
 * too; this holds even if nobody is there to end us.
 */
static void
inspector_limit_time(struct inspector *inspector)
{
	struct rlimit limit;
	struct timespec used;
	rlim_t seconds;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) < 0)
		return;
	seconds = (rlim_t)(used.tv_sec + INSPECTOR_TIME_MORE +
			   inspector->time_limit / 1000);
	if (seconds == inspector->seconds || getrlimit(RLIMIT_CPU, &limit) < 0)
		return;
	limit.rlim_cur = seconds;
	if (setrlimit(RLIMIT_CPU, &limit) == 0)
		inspector->seconds = seconds;
}

static int
inspector_confine(const struct config *config,
		  const struct inspector_birth *birth, struct err *err)
{
	const struct sandbox sandbox = {
		.role = SANDBOX_INSPECTOR,
		.scratch = birth->scratch,
	};

	inspector_limits(config, birth->data);
	return config_bool(config, "sandbox") ? sandbox_enter(&sandbox, err)
					      : 0;
}

static void
inspector_judge(const struct inspector *inspector, struct session *session,
		struct slice message, struct verdict *verdict)
{
	session->mail->scratch = inspector->scratch;
	session->mail->dns = dns_new(session->mail, inspector->dns,
				     inspector->dns_time);
	dns_begin(session->mail->dns);
	rig_at("parse", message);
	session->mail->message =
		message_parse(session, message, &inspector->limits);
	pipeline_run(inspector->policy, PHASE_MESSAGE, session, verdict);
}

/* The verdict on one mail, as bytes in out; -1 if the frame makes no sense. */
static int
inspector_mail(const struct inspector *inspector, void *mem,
	       const struct frame *frame, struct buf *out, struct err *err)
{
	struct session *session = session_decode(mem, frame->data, err);
	struct verdict *verdict = verdict_new(mem);
	struct slice message = SLICE("");
	struct stat stat;

	if (session == NULL)
		return -1;
	if (session->mail == NULL || frame->fd < 0 ||
	    fstat(frame->fd, &stat) < 0)
		return err_permanent(err, "a frame without a mail");
	if (stat.st_size > 0) {
		void *map = mmap(NULL, (size_t)stat.st_size, PROT_READ,
				 MAP_PRIVATE, frame->fd, 0);

		if (map == MAP_FAILED)
			return err_errno(err, "cannot map the message");
		message = (struct slice){ map, (size_t)stat.st_size };
	}
	inspector_judge(inspector, session, message, verdict);
	rig_at("report", message);
	verdict_encode(verdict, out);
	rig_at("answer", message);
	if (message.len > 0)
		munmap((void *)(uintptr_t)message.data, message.len);
	return 0;
}

/* Serves one mail; false when it is time to leave. */
static bool
inspector_serve(struct inspector *inspector, void *mem, struct err *err)
{
	struct buf out = BUF(mem);
	struct frame frame;
	int got = frame_receive(inspector->sock, mem, INSPECTOR_SESSION_MAX,
				true, FRAME_NEVER, &frame, err);
	bool last = --inspector->left == 0;

	if (got <= 0)
		return false;
	if (frame.kind != INSPECTOR_MAIL) {
		err_permanent(err, "a frame of kind %u", frame.kind);
		return false;
	}
	inspector_limit_time(inspector);
	got = inspector_mail(inspector, mem, &frame, &out, err);
	if (frame.fd >= 0)
		close(frame.fd);
	folder_clear(inspector->scratch, NULL);
	if (got < 0)
		return false;
	got = frame_send(inspector->sock,
			 last ? INSPECTOR_LAST : INSPECTOR_VERDICT,
			 buf_view(&out), -1, FRAME_NEVER, err);
	/* The daemon did not want to wait any longer: it has said so. */
	if (got < 0 && errno == EPIPE)
		err->kind = ERR_NONE;
	return got == 0 && !last;
}

_Noreturn void
inspector_run(const struct inspector_birth *birth)
{
	const struct config *config = policy_config(birth->policy);
	struct inspector inspector = {
		.policy = birth->policy,
		.sock = birth->sock,
		.scratch = birth->scratch,
		.left = config_int(config, "inspector_messages"),
		.time_limit = config_time(config, "inspect_time_limit"),
		.dns_time = config_time(config, "dns_time_limit"),
	};
	struct err err = { .kind = ERR_NONE };
	void *pool;
	bool more;

	if (config_bool(config, "dns"))
		inspector.dns = dns_remote(NULL, birth->sock);
	more = child_follow(birth->nursery) &&
	       inspector_confine(config, birth, &err) == 0;

	policy_message_limits(birth->policy, &inspector.limits);
	pool = mem_pool(NULL, PIPELINE_POOL);
	while (more) {
		void *mem = mem_context(pool, "mail");

		more = inspector_serve(&inspector, mem, &err);
		mem_free(mem);
	}
	if (err.kind != ERR_NONE)
		log_error("inspector: %s", err.text);
	_exit(err.kind == ERR_NONE ? 0 : EX_SOFTWARE);
}
