/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_PREFILTER_H
#define RULE_PREFILTER_H

/*
 * Which rules are worth trying on a message. Nearly all rules ask for words
 * that nearly no mail holds, so the patterns of each kind of text share a sieve
 * (sieve.h): one pass over each paragraph, URI or header field tells the few
 * rules whose words stand in it, and only those are matched, and only there.
 * Rules without such words are always tried.
 *
 * It never changes a verdict: what it leaves out cannot match. Without it
 * (check_options.no_prefilter) the same comes out, later.
 */

#include "rule/check.h"

/* For the rules in order; below ruleset, read-only. */
struct prefilter *prefilter_new(struct ruleset *ruleset);

/* Of one message. */
struct prefilter_run;
struct prefilter_run *prefilter_begin(struct check *check);

/*
 * The course of a check: all rules but metas, in order. The next place from
 * this one on that is worth a stop; what is passed by is known not to hit. (It
 * is from the beginning, unless rules may end the check.)
 */
size_t prefilter_pass(struct check *check, size_t place);
/* The check ends before the rule there. */
void prefilter_give_up(struct check *check, size_t place);
/* The index of the rule there; false: it is behind the last. */
bool prefilter_stops(const struct ruleset *ruleset, size_t place,
		     size_t *index);
/* False: the rule is not worth trying. Looks at the texts of its type when the
 * first rule of that type is asked about. By the rule's index. */
bool prefilter_wants(struct check *check, size_t rule);
/* Whether it can match, once it is wanted: rules that use tags (capture.c) are
 * wanted in any case, since only those whose tags are set count as run. */
bool prefilter_hopes(const struct check *check, const struct rule *rule);
/*
 * Text by text on which a rule must be tried: the first with number >= from, of
 * count; count if there is none. from must not go backwards for one rule.
 */
size_t prefilter_text(struct check *check, const struct rule *rule,
		      size_t from, size_t count);

#endif
