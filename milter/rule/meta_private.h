/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_META_PRIVATE_H
#define RULE_META_PRIVATE_H

/*
 * Between meta_plan.c, which knows which metas need looking at, and
 * meta_open.c, which asks for the rules that have waited.
 */

#include "rule/check_private.h"
#include "rule/expression_range.h"
#include "rule/meta.h"
#include "rule/meta_plan.h"

/*
 * check_meta.c goes over the metas twice: the first time it takes those whose
 * parts are all known, the second time a part that is no meta and never ran
 * counts as not hit. In one walk from parts to wholes the same is:
 */
enum meta_state {
	META_KNOWN, /* the first time */
	META_LATE,  /* the second time */
	META_NEVER, /* what asks for it is not evaluated either */
};

/* By rule index: places of metas; or the other way round. */
struct plan_list {
	uint32_t *first; /* and one behind, into items */
	uint32_t *items;
};

/* What a message needs of a meta, near at hand: most metas that are looked at
 * do not hit, and their rules are not touched. */
struct plan_meta {
	struct expression program; /* its steps follow those of the last */
	uint32_t rule;		   /* index */
	bool can_wait, is_unscored;
	uint8_t begins; /* enum meta_state: evaluated with no rule hit, or not */
};

struct meta_plan {
	struct plan_meta *metas; /* parts before wholes */
	struct expression_step *steps; /* of all */
	size_t count;
	size_t words; /* of a set of them, 64 to a word */
	struct plan_list parts;	   /* by place: rules that it names */
	struct plan_list users;	   /* that name the rule */
	struct plan_list watchers; /* those that can hit only if it does */
	bool *is_meta; /* by rule index */
	/* With no rule hit; by rule index but for hits. */
	uint8_t *known;	 /* enum check_known, metas not yet evaluated */
	uint8_t *settled; /* the same of metas, when they are */
	uint8_t *states; /* of metas: enum meta_state */
	uint64_t *hits;	 /* set of places */
	/* Of rules and metas that may be left open; by rule index. */
	uint8_t *can_wait;
	uint8_t *traits; /* RANGE_COST of it, RANGE_ENDLESS */
	uint32_t *places; /* of metas */
};

struct meta_run {
	struct check *check;
	const struct meta_plan *plan;
	uint8_t *states; /* by rule index, of metas: enum meta_state */
	uint64_t *wanted; /* set of places */
	bool unlike; /* some state is not what it is with no rule hit */
	struct range_values values;
	uint32_t *asked; /* places, while one waits for another */
};

/* --- meta_open.c --- */

/* Which rules may wait, and what is to be known of them. */
void plan_find_waiters(struct meta_plan *plan, const struct ruleset *ruleset);
/* Before the walk: those that wait may hit. */
void plan_begin_open(struct meta_run *run);
/* After it: what there was no time for is not known. */
void plan_end_open(const struct meta_run *run);
/* What the meta at this place comes to. *open: it depends on what is open, and
 * can wait, too. */
double plan_value(struct meta_run *run, size_t place, bool *open);
/* Metas of this list of a rule need looking at. */
void plan_want(const struct meta_run *run, const struct plan_list *list,
	       size_t rule);

#endif
