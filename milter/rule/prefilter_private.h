/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_PREFILTER_PRIVATE_H
#define RULE_PREFILTER_PRIVATE_H

/*
 * Between prefilter.c, which puts the rules of a rule set into sieves and into
 * the order of a check, prefilter_look.c, which holds the texts of a message
 * against the sieves, and prefilter_course.c, which goes from one rule that is
 * worth trying to the next.
 */

#include "rule/check_private.h"
#include "rule/prefilter.h"
#include "rule/sieve.h"

#define PREFILTER_STARTERS 64 /* bits of a set */
#define PREFILTER_AHEAD 3     /* stops at which rules are fetched */

/* Rules that look at the same texts. */
struct prefilter_view {
	enum rule_type type;
	/* The first rule: of header and mimeheader rules, that say which. */
	const struct rule *first;
	struct sieve *sieves[2]; /* the other for bare text; or NULL */
	uint32_t *rules; /* by slot of the sieves: index */
	size_t rule_count; /* some stand there several times */
	/* Rules without words, but with few places to begin at. */
	struct start_table *starts; /* of them, by their bits */
	uint32_t starters[PREFILTER_STARTERS]; /* index */
	size_t starter_count;
};

struct prefilter {
	struct prefilter_view views[RULE_TYPES];
	struct prefilter_view *headers;
	size_t header_count;
	uint32_t *chains; /* what a message begins with: see prefilter_run */
	uint8_t *sifted; /* by rule index: see prefilter_add; 0: not */
	uint32_t *course; /* of rules that are no metas, in order: index */
	size_t course_count;
	uint32_t *places; /* by rule index: where it stands there */
	uint64_t *stops; /* what a message begins with: see prefilter_run */
	size_t stop_words;
	uint8_t *states; /* the same, where nothing ends the check early */
};

#define PREFILTER_ALL UINT32_MAX
#define PREFILTER_TAGS 0x80 /* of what is sifted: it is wanted in any case */

struct prefilter_run {
	/* By rule index: the texts to be tried, as a chain of links, in order:
	 * number of the first link; 0: none, or PREFILTER_ALL. */
	uint32_t *chains;
	uint32_t *last; /* link of the same, valid while chains is not 0 */
	struct prefilter_link {
		uint32_t text;
		uint32_t next;
	} *links;
	size_t link_count;
	bool done[RULE_TYPES];
	/* Set of places of the course, 64 to a word, at which to ask whether a
	 * rule is wanted: those that are, the first of each type, upon which
	 * its texts are looked at, and where the check may end. */
	uint64_t *stops;
	size_t ahead[PREFILTER_AHEAD]; /* the next places where rules run */
};

static inline void
prefilter_set_stop(uint64_t *stops, size_t place)
{
	stops[place / 64] |= 1ull << place % 64;
}

#endif
