/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STAGE_UNSEEN_H
#define STAGE_UNSEEN_H

/*
 * What follows from files that could not be looked into: encrypted ones, and
 * those beyond a bound, damaged, or of an unknown kind. The same for every
 * stage that looks at files.
 */

#include "base/config.h"
#include "core/verdict.h"
#include "mail/files.h"

struct unseen {
	enum action encrypted, uncheckable;
};

/* From the settings attachment_encrypted and attachment_uncheckable. */
struct unseen unseen_open(const struct config *config);
/* Writes findings and actions into the verdict; stage is the one that asks. */
void unseen_decide(const struct unseen *unseen,
		   const struct files_outcome *outcome, const char *stage,
		   struct verdict *verdict);

#endif
