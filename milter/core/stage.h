/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_STAGE_H
#define CORE_STAGE_H

/*
 * A stage looks at a session at one or more points (phases) and writes down
 * what it found. One mail's way through the stages:
 *
 *   RCPT TO    daemon thread   recipients: the address is looked up in the
 *                              virtual tables; 550, 451 or go on
 *   end of     inspector       attachment, virus, spam: each reads the parsed
 *   message                    message and adds findings to one verdict
 *   afterwards daemon thread   core/report.c turns the verdict into header
 *                              edits, the reply and the log line
 *
 * Stages hear of each other only through findings in the verdict. Adding one
 * is a file, a line in stage/table.c, its keys in ispfilter.conf and the
 * manual, and a test.
 */

#include "base/config.h"
#include "base/err.h"
#include "core/session.h"
#include "core/verdict.h"

enum phase {
	PHASE_CONNECT,
	PHASE_SENDER,
	PHASE_RECIPIENT, /* the last of session->mail->recipients is asked
			  * about */
	PHASE_MESSAGE,	 /* session->mail->message is there */
};

#define PHASE_BIT(phase) (1u << (phase))
/* Phases that the daemon itself runs, and those of an inspector. */
#define PHASES_DAEMON                                                          \
	(PHASE_BIT(PHASE_CONNECT) | PHASE_BIT(PHASE_SENDER) |                  \
	 PHASE_BIT(PHASE_RECIPIENT))
#define PHASES_INSPECTOR PHASE_BIT(PHASE_MESSAGE)

struct policy;

struct stage {
	const char *name; /* as in `stages = recipients virus ...` */
	unsigned phases;  /* PHASE_BIT, or'd */
	const struct option *options; /* the keys it reads, and
				       * <name>_on_error; OPTION_END */
	/*
	 * Runs at load and reload, in the process that will call run. *state
	 * hangs below mem; what goes wrong is a configuration error.
	 * policy gives the configuration and the shared rule set.
	 */
	int (*open)(void *mem, struct policy *policy, void **state,
		    struct err *err);
	/* -1: cannot tell; the pipeline applies <name>_on_error. */
	int (*run)(const void *state, enum phase phase,
		   const struct session *session, struct verdict *verdict,
		   struct err *err);
	/* For `ispfilter lint`: looks for mistakes, or NULL. */
	void (*lint)(struct policy *policy, struct problems *problems);
	/*
	 * At PHASE_MESSAGE, before any stage runs, or NULL: asks the questions
	 * whose answers run will need. Does not wait, and decides nothing.
	 */
	void (*foresee)(const void *state, const struct session *session,
			struct verdict *verdict);
};

/* All stages, in the order in which they run; ends with NULL. table.c. */
extern const struct stage *const stage_table[];

#endif
