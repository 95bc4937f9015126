/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/redirect.h"

#include <string.h>

#include "base/mem.h"
#include "rule/pattern.h"
#include "wrap/regex_needs.h"

#define REDIRECT_PATTERNS 1000

/* For one message; a URI is held against one pattern after the other, from the
 * first on. */
struct redirect_scratch {
	struct regex_scratch *regex;
	unsigned char *folded; /* the URI */
	size_t folded_len, room;
};

static bool
redirect_has(const struct redirect_scratch *scratch, const struct need *need)
{
	struct slice folded = { (const char *)scratch->folded,
				scratch->folded_len };

	for (size_t i = 0; i < need->count; i++) {
		const struct literal *literal = &need->items[i];

		if (slice_search(folded, 0,
				 (struct slice){ (const char *)literal->text,
						 literal->len }) < folded.len)
			return true;
	}
	return need->count == 0;
}

static void
redirect_fold(struct redirect_scratch *scratch, struct slice uri)
{
	if (scratch->room < uri.len + FOLD_SPARE) {
		scratch->room = uri.len + FOLD_SPARE;
		scratch->folded = mem_resize(scratch, scratch->folded,
					     scratch->room);
	}
	scratch->folded_len = regex_fold(scratch->folded, uri, false);
}

/* Whether the URI holds what the pattern cannot match without; hardly one does. */
static bool
redirect_may_match(const struct redirect_scratch *scratch,
		   const struct regex *regex)
{
	const struct regex_needs *needs = regex_needs(regex);
	size_t held = 0;

	if (needs == NULL || needs->bare)
		return true;
	for (size_t i = 0; i < needs->count; i++) {
		const struct need_clause *clause = &needs->clauses[i];

		for (held = 0; held < clause->count; held++)
			if (!redirect_has(scratch, &clause->items[held]))
				break;
		if (held == clause->count)
			return true;
	}
	return false;
}

/* The first group of a pattern is the target (Util::uri_list_canonicalize). */
static struct slice
redirect_target(void *ptr, const void *patterns, size_t index,
		struct slice uri)
{
	struct regex *const *regexes = patterns;
	struct redirect_scratch *scratch = ptr;
	size_t start, end;

	if (index == 0)
		redirect_fold(scratch, uri);
	if (redirect_may_match(scratch, regexes[index]) &&
	    regex_match(regexes[index], scratch->regex, uri, 0) == REGEX_YES &&
	    regex_span(scratch->regex, 1, &start, &end))
		return slice_cut(uri, start, end);
	return SLICE_NONE;
}

static void *
redirect_scratch(void *mem)
{
	struct redirect_scratch *scratch = mem_new(mem,
						   struct redirect_scratch);

	scratch->regex = regex_scratch_new(scratch);
	return scratch;
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
