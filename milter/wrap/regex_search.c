/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searching: long subjects in windows of starting places, with a look at the
 * clock between them; where a match can begin at few places, these alone.
 */
#include "wrap/regex_private.h"

#include "base/clock.h"
#include "wrap/regex_hints.h"
#include "wrap/regex_starts.h"
#include "wrap/regex_stretch.h"

#define SEARCH_CLOSE 1 /* places that are not worth leaving out */

struct search {
	const struct regex *regex;
	struct slice subject;
	struct regex_window window;
	bool looks; /* where it can match: */
	struct starts_walk walk;
	size_t next; /* the first such place behind the window */
};

static void
search_begin(struct search *search, size_t start)
{
	const struct regex_hints *hints = regex_hints(search->regex);

	search->window.start = start;
	search->looks = hints->looks_first;
	if (!search->looks)
		return;
	regex_starts_walk(hints->starts, search->subject, start, &search->walk);
	search->next = regex_starts_next(&search->walk);
	search->window.filled = search->window.filled && search->next == start;
}

/* Places that lie close together. */
static bool
search_look(struct search *search)
{
	struct regex_window *window = &search->window;
	size_t len = search->subject.len, most = search->next + REGEX_WINDOW;

	window->start = search->next;
	if (window->start >= len)
		return false;
	do {
		window->last = search->next;
		search->next = regex_starts_next(&search->walk);
	} while (search->next < len && window->last < most &&
		 search->next - window->last <= SEARCH_CLOSE);
	return true;
}

/*
 * The next starting places to be tried at once, from window->start on. False:
 * there is none.
 */
static bool
search_window(struct search *search)
{
	struct regex_window *window = &search->window;

	if (search->looks)
		return search_look(search);
	window->last = window->start + REGEX_WINDOW;
	window->to_end = window->last >= search->subject.len ||
			 regex_is_anchored(search->regex);
	return window->start <= search->subject.len;
}

static enum regex_result
regex_search(const struct regex *regex, struct regex_scratch *scratch,
	     struct slice subject, size_t start, bool filled)
{
	const struct regex_stretch *stretch = regex_hints(regex)->stretch;
	int64_t end = regex_scratch_end(scratch);
	struct search search;
	struct regex_window *window = &search.window;
	size_t looked = start;
	enum regex_result result;

	if (subject.data == NULL)
		subject = SLICE("");
	search.regex = regex;
	search.subject = subject;
	*window = (struct regex_window){ .filled = filled };
	regex_take(regex, scratch, subject);
	if (stretch != NULL && !regex_stretch_stands(stretch, subject, start))
		return REGEX_NO;
	search_begin(&search, start);
	while (search_window(&search)) {
		result = regex_try(regex, scratch, subject, window);
		if (result != REGEX_NO || window->to_end)
			return result;
		window->start = window->last + 1;
		window->filled = false;
		if (end == 0 || window->start - looked < REGEX_WINDOW)
			continue;
		if (clock_ms() > end)
			return REGEX_LIMIT;
		looked = window->start;
	}
	return REGEX_NO;
}

enum regex_result
regex_match(const struct regex *regex, struct regex_scratch *scratch,
	    struct slice subject, size_t start)
{
	return regex_search(regex, scratch, subject, start, false);
}

enum regex_result
regex_match_next(const struct regex *regex, struct regex_scratch *scratch,
		 struct slice subject)
{
	size_t from, to;

	if (!regex_span(scratch, 0, &from, &to))
		return REGEX_NO;
	return regex_search(regex, scratch, subject, to, from == to);
}
