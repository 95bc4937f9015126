/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_REGEX_H
#define WRAP_REGEX_H

/*
 * PCRE2 with JIT, on bytes. A compiled regex is shared by all threads; each
 * thread brings its own regex_scratch. Every match runs under match, depth and
 * heap limits and never recurses without bound.
 *
 * Rules of SpamAssassin can expand to patterns that are too large for the
 * 8-bit library as distributions build it (64 kB of compiled code). Those are
 * compiled by its 32-bit sibling, which has no such bound, and matched against
 * a widened copy of the subject; callers do not notice.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct regex;
struct regex_needs;
struct regex_scratch;
struct regex_starts;

enum regex_flag {
	REGEX_CASELESS = 1 << 0,
	REGEX_MULTILINE = 1 << 1,
	REGEX_DOTALL = 1 << 2,
	REGEX_EXTENDED = 1 << 3,
	REGEX_ANCHORED = 1 << 4,
	REGEX_LATIN1_FOLD = 1 << 5, /* fold C0-DE to E0-FE as Perl's /aa does */
	REGEX_NO_JIT = 1 << 6,
	REGEX_ONCE = 1 << 7, /* for few matches: neither JIT nor needs */
};

#define REGEX_PATTERN_MAX (4 << 20) /* bytes of a pattern */
#define REGEX_MATCH_LIMIT 1000000 /* steps of backtracking from one place */
#define REGEX_HEAP_LIMIT (16 << 10) /* kB, where JIT could not be used */
#define REGEX_STACK_MAX (1 << 20) /* bytes of JIT stack */
#define REGEX_WINDOW 256 /* starting places between looks at the clock */

/*
 * From now on nothing is compiled to machine code: for a process that may not
 * make memory executable any more. To be called before there are threads.
 */
void regex_freeze(void);
/* pattern in PCRE2's syntax. err names the offset of what is wrong. */
struct regex *regex_compile(void *mem, struct slice pattern, unsigned flags,
			    struct err *err);
/* Number of capture groups; the group of a name, or -1. */
unsigned regex_groups(const struct regex *regex);
int regex_group(const struct regex *regex, const char *name);
/* The name of a group, or NULL. */
const char *regex_group_name(const struct regex *regex, unsigned group);

/* room for results and JIT stack; one thread at a time. */
struct regex_scratch *regex_scratch_new(void *mem);
/* A clock_ms() after which long searches give REGEX_LIMIT; 0: none. */
void regex_scratch_deadline(struct regex_scratch *scratch, int64_t deadline);

enum regex_result { REGEX_NO = 0, REGEX_YES = 1, REGEX_LIMIT = -1 };

/*
 * Looks for a match in subject from start on. REGEX_LIMIT: a limit was reached,
 * nothing is known. After REGEX_YES the places stand in scratch.
 */
enum regex_result regex_match(const struct regex *regex,
			      struct regex_scratch *scratch,
			      struct slice subject, size_t start);
/* It will be matched soon: fetches it into the cache; contents: what it points
 * to, once it is there itself. */
void regex_foresee(const struct regex *regex, bool contents);
/* What a text must hold for it to match (regex_needs.h); NULL: nothing. */
const struct regex_needs *regex_needs(const struct regex *regex);
/* Where in a text it can match (regex_starts.h), if that says much; or NULL. */
const struct regex_starts *regex_starts(const struct regex *regex);
/* The match behind the last one that scratch holds, as Perl's /g goes on: after
 * an empty match, not again an empty one at its place. */
enum regex_result regex_match_next(const struct regex *regex,
				   struct regex_scratch *scratch,
				   struct slice subject);
/* Offsets of a group in the last match (0: all of it); false if it did not
 * take part, or its number is above 63. */
bool regex_span(const struct regex_scratch *scratch, unsigned group,
		size_t *start, size_t *end);

/* The library's version, such as "10.42 2022-12-11". */
void regex_version(char *text, size_t room);

#endif
