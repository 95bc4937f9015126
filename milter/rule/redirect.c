/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/redirect.h"

#include "base/mem.h"
#include "rule/pattern.h"

#define REDIRECT_PATTERNS 1000

/* The first group of a pattern is the target (Util::uri_list_canonicalize). */
static struct slice
redirect_target(void *scratch, const void *patterns, size_t index,
		struct slice uri)
{
	struct regex *const *regexes = patterns;
	size_t start, end;

	if (regex_match(regexes[index], scratch, uri, 0) == REGEX_YES &&
	    regex_span(scratch, 1, &start, &end))
		return slice_cut(uri, start, end);
	return SLICE_NONE;
}

static void *
redirect_scratch(void *mem)
{
	return regex_scratch_new(mem);
}

/* Without JIT: URIs are short, and a JIT stack for each costs more. */
static struct regex *
redirect_compile_one(struct parse *parse, const char *text)
{
	const char *pattern, *modifiers;
	struct regex *regex = NULL;
	struct err err;

	if (pattern_split(parse->mem, text, &pattern, &modifiers, &err) == 0)
		regex = pattern_compile(parse->ruleset, pattern, modifiers,
					REGEX_NO_JIT, &err);
	if (regex == NULL)
		problem_add(parse->problems, PROBLEM_ERROR, NULL, 0,
			    "redirector_pattern %.60s: %s", text, err.text);
	return regex;
}

void
redirect_compile(struct parse *parse)
{
	struct ruleset *ruleset = parse->ruleset;
	const struct rule_list *list =
		ruleset_list(ruleset, "redirector_pattern");
	struct regex **regexes;
	size_t count = 0;

	if (list == NULL)
		return;
	regexes = mem_array(ruleset, struct regex *, list->count + 1);
	for (size_t i = 0; i < list->count && i < REDIRECT_PATTERNS; i++) {
		regexes[count] = redirect_compile_one(parse, list->items[i]);
		if (regexes[count] != NULL)
			count++;
	}
	ruleset->settings.uris.patterns = regexes;
	ruleset->settings.uris.pattern_count = count;
	ruleset->settings.uris.redirect = redirect_target;
	ruleset->settings.uris.redirect_scratch = redirect_scratch;
}
