/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_PATTERN_H
#define RULE_PATTERN_H

/*
 * Perl's regular expressions as rule files write them, for PCRE2. Byte strings
 * under Perl's /aa: \w \d \s \b know ASCII only, letters of Latin-1 fold.
 */

#include <stdbool.h>

#include "base/err.h"
#include "wrap/regex.h"

#define PATTERN_BYTES (1 << 20) /* of one pattern, tags filled in */

/*
 * Takes delimiters off: /x/i, m{x}, m,x, ... (Util::compile_regexp). The two
 * parts hang below mem. -1: err says what is wrong.
 */
int pattern_split(void *mem, const char *text, const char **pattern,
		  const char **modifiers, struct err *err);
/*
 * Compiles what pattern_split() gave. Refuses what Perl refuses and PCRE2
 * would read in another way. flags: REGEX_NO_JIT or 0. NULL: err says why.
 * A %{NAME} is matched as those bytes: fill in tags before.
 */
struct regex *pattern_compile(void *mem, const char *pattern,
			      const char *modifiers, unsigned flags,
			      struct err *err);
/* It has (?<NAME>...) that sets a tag; it asks for tags by %{NAME}. */
bool pattern_captures(const char *pattern);
bool pattern_has_tags(const char *pattern);
/* It matches everything, as far as can be seen (lint). */
bool pattern_matches_all(const struct regex *regex);

#endif
