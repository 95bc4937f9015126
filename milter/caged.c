/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "caged.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/child.h"
#include "base/folder.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/mem.h"
#include "inspector.h"
#include "mail/address_list.h"
#include "mail/charset.h"
#include "wrap/archive.h"
#include "wrap/crypto.h"
#include "wrap/regex.h"
#include "wrap/sandbox.h"

void
caged_prepare(void)
{
	sandbox_prepare();
	charset_preload();
	address_list_preload();
	archive_preload();
	/* Who lacks a digest finds out when it needs one. */
	crypto_prepare(NULL);
	regex_freeze();
}

static int
caged_make_scratch(struct caged *caged, struct err *err)
{
	const char *folder = getenv("TMPDIR");

	caged->scratch = mem_printf(NULL, "%s/ispfilter-XXXXXX",
				    folder == NULL ? "/tmp" : folder);
	if (mkdtemp(caged->scratch) != NULL)
		return 0;
	err_errno(err, "cannot make a folder %s", caged->scratch);
	mem_free(caged->scratch);
	caged->scratch = NULL;
	return -1;
}

/* Closes all but standard descriptors, the log and the socket. */
static void
caged_close_others(int sock)
{
	int keep = log_descriptor() > sock ? log_descriptor() : sock;

	for (int fd = STDERR_FILENO + 1; fd < keep; fd++)
		if (fd != sock && fd != log_descriptor())
			close(fd);
	close_range((unsigned)keep + 1, ~0u, 0);
}

_Noreturn static void
caged_live(const struct caged *caged, const struct config *config, int sock,
	   void (*run)(void *arg, int sock, const char *scratch), void *arg)
{
	const struct sandbox sandbox = {
		.role = SANDBOX_COMMAND,
		.scratch = caged->scratch,
	};
	struct err err;

	caged_close_others(sock);
	inspector_limits(config, inspector_data());
	if (config_bool(config, "sandbox") &&
	    sandbox_enter(&sandbox, &err) < 0) {
		fprintf(stderr, "ispfilter: cannot lock in what looks into "
			"mail: %s\n(-o sandbox=no does without)\n", err.text);
		_exit(EX_OSERR);
	}
	run(arg, sock, caged->scratch);
	_exit(0);
}

int
caged_start(struct caged *caged, const struct config *config,
	    void (*run)(void *arg, int sock, const char *scratch), void *arg,
	    struct err *err)
{
	pid_t parent = getpid();
	int pair[2];

	*caged = CAGED_NONE;
	if (caged_make_scratch(caged, err) < 0 || frame_pair(pair, err) < 0)
		return -1;
	fflush(stdout);
	caged->pid = fork();
	if (caged->pid == 0) {
		if (child_follow(parent))
			caged_live(caged, config, pair[1], run, arg);
		_exit(EX_UNAVAILABLE);
	}
	close(pair[1]);
	caged->sock = pair[0];
	if (caged->pid > 0)
		return 0;
	err_errno(err, "cannot fork");
	caged->pid = 0;
	mem_free(caged_end(caged, NULL));
	return -1;
}

void
caged_alarm(unsigned seconds)
{
	alarm(seconds);
}

char *
caged_end(struct caged *caged, void *mem)
{
	int status = 0;

	if (caged->sock >= 0)
		close(caged->sock);
	while (caged->pid > 0 && waitpid(caged->pid, &status, 0) < 0 &&
	       errno == EINTR)
		;
	if (caged->scratch != NULL)
		folder_remove(caged->scratch);
	mem_free(caged->scratch);
	*caged = CAGED_NONE;
	return child_status(mem, status);
}
