/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STAGE_UNSEEN_H
#define STAGE_UNSEEN_H

/*
 * What follows from files that could not be looked into: encrypted ones, and
 * those beyond a bound, damaged, or of an unknown kind; and from a structure
 * that programs read differently. The same for every stage that looks at files.
 */

#include "core/handling.h"
#include "mail/files.h"

/* Writes findings and actions into the verdict; stage is the one that asks. */
void unseen_decide(const struct handling *handling,
		   const struct files_outcome *outcome,
		   const struct session *session, const char *stage,
		   struct verdict *verdict);

#endif
