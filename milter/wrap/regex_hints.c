/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the things that can be read off a pattern are worth asking for. */
#include "wrap/regex_hints.h"

#include "base/mem.h"
#include "wrap/regex_needs.h"
#include "wrap/regex_starts.h"
#include "wrap/regex_stretch.h"

#define HINTS_CHANCE 0.05
#define HINTS_FIRST 0.01
#define HINTS_BRANCHES 3

/* PCRE2 alone is the quicker one where but few ways lead on from a place. */
static bool
hints_look_first(const struct regex_starts *starts, struct slice pattern)
{
	return starts->chance <= HINTS_CHANCE &&
	       starts->first_chance >= HINTS_FIRST &&
	       starts->branches >= HINTS_BRANCHES && pattern.data[0] != '^';
}

void
regex_hints_read(void *mem, struct regex_hints *hints, struct slice pattern,
		 bool extended, bool caseless)
{
	struct regex_starts *starts = regex_starts_new(mem, pattern, extended);

	hints->needs = regex_needs_new(mem, pattern, extended);
	hints->stretch = regex_stretch_new(mem, pattern, extended, caseless);
	if (starts == NULL)
		return;
	hints->looks_first = hints_look_first(starts, pattern);
	if (hints->looks_first ||
	    (hints->needs == NULL && starts->chance <= HINTS_CHANCE))
		hints->starts = starts;
	else
		mem_free(starts);
}
