/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_CHECK_PRIVATE_H
#define RULE_CHECK_PRIVATE_H

/*
 * What the files that carry out a check share: check.c, check_match.c,
 * check_meta.c, capture.c, header_value.c, mimeheader.c, template.c,
 * explain_rule.c, and evals that match regexes. Nobody else includes this.
 */

#include "rule/check.h"
#include "rule/check_scratch.h"
#include "rule/expression_range.h"

enum check_known {
	CHECK_UNKNOWN, /* not run, or not yet: metas that name it wait */
	CHECK_KNOWN,   /* values[] says what came of it */
};

/* What is not known of a rule that may never be asked for; see meta_plan.c. */
enum check_open {
	CHECK_NO_HIT = RANGE_ZERO,
	CHECK_HIT = RANGE_VALUE,
	CHECK_OPEN_RULE = RANGE_OPEN, /* not run yet */
	CHECK_OPEN_META,	      /* depends on such */
};

struct header_values;

struct check_private {
	struct check_scratch *room; /* while the check runs */
	struct regex_scratch *scratch; /* of it, or of who called */
	struct header_values **values; /* cache of header_value.c, hashed */
	struct header_values **placed; /* of them, those of header rules */
	size_t value_count;
	struct header_values *values_room; /* where the next ones go */
	size_t values_left;
	const struct rule **metas; /* not yet evaluated */
	size_t meta_count;
	int64_t deadline; /* clock_us(), 0: none */
	int64_t now;	  /* when the last rule was done */
	int64_t overtime; /* microseconds left of CHECK_OVERTIME */
	struct buf trace;
	size_t trace_texts; /* that the traced rule was held against */
	size_t trace_misses;
	struct prefilter_run *prefilter; /* NULL: all rules are tried */
	uint8_t *open; /* by rule index: enum check_open; NULL: none waits */
	uint32_t *late; /* rules that wait, by rule index */
	size_t late_count;
};

/* Records a hit; value <= 0 counts as 1. matched and place: with explain. */
void check_hit(struct check *check, const struct rule *rule, double value,
	       struct slice matched, const char *place);
void check_hit_score(struct check *check, const struct rule *rule, double score,
		     double value, struct slice matched, const char *place);
/* Records that a rule ran into a limit. */
void check_fail(struct check *check, const struct rule *rule);

/* Runs a rule that has waited. */
void check_late(struct check *check, const struct rule *rule);

/* --- check_trace.c: what the traced rule does; nothing for other rules --- */
void trace_text(struct check *check, const struct rule *rule, const char *kind,
		size_t number, struct slice text, enum regex_result result);
void trace_value(struct check *check, const struct rule *rule,
		 const char *what, double value);

/* --- check_match.c: one rule with a regex over one text after the other --- */

struct captures;

struct match {
	struct check *check;
	const struct rule *rule;
	const struct regex *regex;
	unsigned most;  /* matches that count; 0: all */
	unsigned count; /* so far */
	bool limited;   /* ran into a limit */
	struct slice matched; /* the first, and where it stood */
	const char *place;
	struct captures *captures; /* or NULL */
};

/* False if the rule cannot run, for want of a tag that its pattern names, or
 * cannot match. */
bool match_begin(struct match *match, struct check *check,
		 const struct rule *rule);
/* Looks at one text; false if the others need not be looked at. */
bool match_text(struct match *match, struct slice text, const char *kind,
		size_t number);
/* Sets tags, records the hit or the failure. */
void match_end(struct match *match);
/* Runs a rule of any type that matches a regex. */
void match_rule(struct check *check, const struct rule *rule);

/* --- mimeheader.c --- */
void mimeheader_rule(struct check *check, const struct rule *rule);
/* What the rule sees of a part. */
struct slice mimeheader_value(struct check *check, const struct rule *rule,
			      const struct part *part);

/* --- check_meta.c --- */
void metas_begin(struct check *check);
/* Evaluates the metas whose dependencies are all known; last: what never ran
 * counts as not hit. */
void metas_run(struct check *check, bool last);
/* Records a meta that is true. */
void meta_hit(struct check *check, const struct rule *rule, double value);

/* --- capture.c --- */
/* The regex of a rule that uses tags, with their values filled in; NULL if one
 * is not set. */
const struct regex *capture_regex(struct check *check,
				  const struct rule *rule);
/* Whether all tags that a rule uses are set. */
bool capture_is_set(struct check *check, const struct rule *rule);
/* Keeps the named groups of the last match in scratch. */
void capture_collect(struct match *match, struct slice text);
/* Makes tags of them. */
void capture_finish(struct match *match);

/* --- header_value.c --- */
/* As header rules match it: values joined; SLICE_NONE if absent. */
struct slice header_value(struct check *check, const char *name,
			  unsigned select);
/* The same of what a header rule asks for. */
struct slice header_rule_value(struct check *check, const struct rule *rule);
/* For header_rule_value(), once all rules are read: a number for each value
 * that some rule asks for. */
void header_values_number(struct ruleset *ruleset);
void header_values_begin(struct check *check);

/* --- tag.c --- */
/* The values of a tag, as get_tag_raw; 0 if it is unknown. */
size_t tag_values(struct check *check, const char *name,
		  const struct slice **items);
void tag_set_values(struct check *check, const char *name,
		    const struct slice *items, size_t count);

#endif
