/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MASSCHECK_H
#define MASSCHECK_H

/*
 * ispfilter masscheck: rules held against known spam and known ham.
 *
 *   masscheck.c          options; the list of messages
 *   masscheck_work.c     a process for each core, which share the rule set
 *   masscheck_figures.c  what is counted over all messages
 *   masscheck_text.c     the report for people
 *   masscheck_json.c     the same for programs
 *
 * All belongs to one thread of the first process.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "core/policy.h"

enum mass_class { MASS_SPAM, MASS_HAM, MASS_CLASSES };

extern const char *const mass_class_names[]; /* "spam", "ham" */

/* One message: where it lies, and what came of it. */
struct mass_item {
	const char *name;  /* "FILE", or "FILE:3" for the third of an mbox */
	const char *file;
	size_t start, end; /* bytes of the file; end 0: all */
	enum mass_class class;
	bool checked;      /* false: `error` says why */
	const char *error; /* NULL: none; may be there for a checked one */
	bool spam, spam_compared;
	double score, score_compared;
	uint32_t *hits;    /* indices of rules, of the first rule set */
	size_t hit_count;
};

struct mass {
	void *mem;
	struct policy *policy;
	struct policy *compared; /* --compare, or NULL */
	const struct ruleset *ruleset;
	struct mass_item *items;
	size_t item_count;
	size_t unreadable; /* paths that could not be read */
	size_t workers;
	double required;
	double seconds;    /* that it took */
	bool progress;     /* show a bar */
	bool show_errors, show_subrules;
};

/* Checks all items. -1: not even one worker could be started. */
int mass_work(struct mass *mass, struct err *err);

struct mass_rule {
	const struct rule *rule;
	size_t hits[MASS_CLASSES];
	double percent[MASS_CLASSES];
	double s_o; /* share of spam among its hits, classes of equal size */
};

struct mass_pair { /* two rules that hit mostly together */
	const struct mass_rule *first, *second;
	size_t both, either;
};

#define MASS_PAIRS 20	       /* that are named */
#define MASS_PAIR_SHARE 0.7    /* of either that must be both */
#define MASS_PAIR_HITS 10      /* that each rule must have */
#define MASS_PAIR_RULES 4000   /* that are compared with each other */

struct mass_figures {
	size_t count[MASS_CLASSES]; /* messages that were checked */
	size_t spam[MASS_CLASSES];  /* of these, called spam */
	size_t failed;		    /* messages that could not be checked */
	struct mass_rule *rules;    /* that hit, the best for spam first */
	size_t rule_count;
	size_t idle;		    /* rules that run and did not hit */
	struct mass_pair *pairs;    /* the closest first */
	size_t pair_count;
	size_t now_spam[MASS_CLASSES], no_more_spam[MASS_CLASSES];
};

struct mass_figures *mass_figures_new(void *mem, const struct mass *mass);
/* True if the verdict on an item is not what its class says. */
bool mass_is_mistaken(const struct mass_item *item);

void mass_print_text(const struct mass *mass,
		     const struct mass_figures *figures);
void mass_print_json(const struct mass *mass,
		     const struct mass_figures *figures);

#endif
