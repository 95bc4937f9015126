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
void
redirect_line(struct parse *parse, const struct directive *directive,
	      char *value)
{
	struct uri_settings *uris = &parse->ruleset->settings.uris;
	const char *pattern, *modifiers;
	struct regex *regex = NULL;
	struct err err;

	if (parse->redirect_count == REDIRECT_PATTERNS) {
		parse_error(parse, "more than %d of %s", REDIRECT_PATTERNS,
			    directive->name);
		return;
	}
	if (pattern_split(parse->mem, value, &pattern, &modifiers, &err) == 0)
		regex = pattern_compile(parse->ruleset, pattern, modifiers,
					REGEX_NO_JIT, &err);
	if (regex == NULL) {
		parse_error(parse, "%s: %s", directive->name, err.text);
		return;
	}
	mem_grow(parse->ruleset, parse->redirects, parse->redirect_count);
	parse->redirects[parse->redirect_count++] = regex;
	uris->patterns = parse->redirects;
	uris->pattern_count = parse->redirect_count;
	uris->redirect = redirect_target;
	uris->redirect_scratch = redirect_scratch;
}
