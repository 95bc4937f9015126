/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_PIPELINE_H
#define CORE_PIPELINE_H

/* Runs the stages of a policy in order, and answers for those that cannot. */

#include "core/policy.h"
#include "core/session.h"
#include "core/verdict.h"

/* Bytes in store for one mail after the other (mem_pool()): few need more. */
#define PIPELINE_POOL (2 * 1024 * 1024)

/*
 * Runs every stage that has this phase. A stage that cannot tell adds an error
 * to the verdict and, by <name>_on_error, a temporary failure or the finding
 * UNCHECKED. A stage asking for REJECT, DISCARD or TEMPFAIL at RCPT ends the
 * run; at PHASE_MESSAGE all stages run, so that the log is complete.
 */
void pipeline_run(const struct policy *policy, enum phase phase,
		  const struct session *session, struct verdict *verdict);

#endif
