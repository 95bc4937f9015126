/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_PROFILE_H
#define RULE_PROFILE_H

/*
 * Where the time goes, rule by rule, for admins who write their own. Counted in
 * memory that processes share, so that who forked the one that looks into mails
 * can tell. One process counts at a time.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "rule/ruleset.h"

/* Beside the rules: what is done for all of them. */
enum profile_work {
	PROFILE_SIEVES, /* and making the texts that they look at */
	PROFILE_METAS,
	PROFILE_WORKS,
};

#define PROFILE_STAGES 16
#define PROFILE_RULES 10 /* that are named in the report */

struct profile_rule {
	int64_t ns;
	uint64_t tries, hits; /* mails */
};

struct profile {
	size_t rule_count;
	uint64_t mails;
	int64_t works[PROFILE_WORKS]; /* nanoseconds */
	int64_t parse; /* microseconds */
	struct profile_stage {
		char name[32];
		int64_t us;
	} stages[PROFILE_STAGES];
	struct profile_rule rules[]; /* by rule index */
};

/* NULL: there is no memory. */
struct profile *profile_new(void *mem, const struct ruleset *ruleset);
void profile_stage(struct profile *profile, const char *name, int64_t us);
/* A table: stages, kinds of rules, and the rules that cost most. */
void profile_report(const struct profile *profile,
		    const struct ruleset *ruleset, struct buf *out);

#endif
