/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_REGEX_PRIVATE_H
#define WRAP_REGEX_PRIVATE_H

/*
 * What regex.c, the door to PCRE2's 8-bit library, does for regex_search.c,
 * which bounds the time of a search; and what regex_wide.c, the door to the
 * 32-bit one, does for regex.c.
 */

#include "wrap/regex.h"

#define REGEX_SPANS 64
#define REGEX_STACK_MIN (32 << 10)

struct regex_window {
	size_t start, last; /* a match begins at one of these places */
	bool to_end;	    /* last is the end of the subject */
	bool filled;	    /* at the first of them not with an empty match */
};

/* Makes subject ready for regex_try(); forgets the last match. */
void regex_take(const struct regex *regex, struct regex_scratch *scratch,
		struct slice subject);
/* What of a window comes out; the places of a match stand in scratch. */
enum regex_result regex_try(const struct regex *regex,
			    struct regex_scratch *scratch,
			    struct slice subject,
			    const struct regex_window *window);
/* Whether it can match at the first place alone. */
bool regex_is_anchored(const struct regex *regex);
/* What it says of its matches (regex_hints.h). */
const struct regex_hints *regex_hints(const struct regex *regex);
/* A clock_ms(), or 0. */
int64_t regex_scratch_end(const struct regex_scratch *scratch);

/* --- regex_wide.c; options and codes are those of PCRE2 --- */

struct regex_wide;
struct regex_wide_scratch;

/* tables: of characters, or NULL. NULL: code and offset say what is wrong. */
struct regex_wide *regex_wide_compile(void *mem, struct slice pattern,
				      uint32_t options, const uint8_t *tables,
				      bool jit, int *code, size_t *offset);
/* By group; NULL if none has a name. Fills in their number, and the options
 * that the pattern itself adds. */
const char **regex_wide_names(void *mem, const struct regex_wide *wide,
			      unsigned *groups, uint32_t *options);
struct regex_wide_scratch *regex_wide_scratch_new(void *mem);
/* The subject of what follows. */
void regex_wide_take(struct regex_wide_scratch *scratch, struct slice subject);
int regex_wide_run(const struct regex_wide *wide,
		   struct regex_wide_scratch *scratch, size_t len,
		   size_t start, size_t limit, uint32_t options);
/* Of the last match, two for each group. */
const size_t *regex_wide_spans(const struct regex_wide_scratch *scratch);

#endif
