/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CAGED_H
#define CAGED_H

/*
 * A process that looks into mail for a command, locked in as an inspector of
 * the daemon is: it is forked after the policy was loaded, and what it is to
 * read comes to it as descriptors. One that ends over a mail costs that mail.
 *
 * For commands with one thread.
 */

#include <sys/types.h>

#include "base/config.h"
#include "base/err.h"

struct caged {
	pid_t pid; /* 0: none */
	int sock;  /* to it; -1: none */
	char *scratch;
};

#define CAGED_NONE ((struct caged){ 0, -1, NULL })

/* Loads what libraries would load later, when files are out of reach; once,
 * after the policy. */
void caged_prepare(void);
/*
 * Forks. In the child, locked in unless the setting `sandbox` says otherwise,
 * run(arg, sock, scratch) is called, and its return ends the process.
 */
int caged_start(struct caged *caged, const struct config *config,
		void (*run)(void *arg, int sock, const char *scratch),
		void *arg, struct err *err);
/* Has the child end itself if it needs longer for a mail; 0: no more. */
void caged_alarm(unsigned seconds);
/* Closes our end, waits for the child, and says how it ended, below mem. */
char *caged_end(struct caged *caged, void *mem);

#endif
