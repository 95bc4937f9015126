/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HANDLING_H
#define CORE_HANDLING_H

/*
 * What happens to a mail for what was found in it: an action for each class of
 * findings, and exceptions from these by sender, recipient and name of the
 * finding. Read from the settings once; read-only afterwards.
 *
 * A mail is one decision: the action is chosen for each recipient apart, and
 * the strictest of them holds for all. An exception that is milder than the
 * rule needs all recipients, one that is stricter needs one.
 */

#include <stdbool.h>

#include "base/config.h"
#include "base/problem.h"
#include "core/session.h"
#include "core/verdict.h"

enum handling_class {
	HANDLING_VIRUS,
	HANDLING_BANNED, /* an attachment rule says what happens */
	HANDLING_AMBIGUOUS,
	HANDLING_ENCRYPTED,
	HANDLING_LIMIT, /* a bound was reached */
	HANDLING_UNCHECKABLE,
};

#define HANDLING_CLASSES (HANDLING_UNCHECKABLE + 1)

struct handling_choice {
	enum action action;
	const char *text; /* of the reply; NULL: the finder's own */
	bool once; /* put the mail off first, do this when it comes again */
};

struct handling;

extern const struct option handling_options[];

/* NULL, with problems, if an exception makes no sense. */
struct handling *handling_open(void *mem, const struct config *config,
			       struct problems *problems);
/*
 * What happens to this mail. name: of the signature or the rule, or "". base:
 * what the finder itself would do, for HANDLING_BANNED; else NULL.
 */
struct handling_choice handling_choose(const struct handling *handling,
				       enum handling_class class,
				       const struct session *session,
				       const char *name,
				       const struct handling_choice *base);
/* Carries a choice into the verdict; text where the choice has none. */
void handling_carry(const struct handling_choice *choice, const char *stage,
		    const char *text, struct verdict *verdict);
/* Both in one, for findings without names. */
void handling_decide(const struct handling *handling,
		     enum handling_class class, const struct session *session,
		     const char *stage, const char *text,
		     struct verdict *verdict);

#endif
