/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searching: long subjects in windows of starting places, with a look at the
 * clock between them; where a match can begin at few places, these alone.
 */
#include "wrap/regex_private.h"

#include "base/clock.h"
#include "wrap/regex_starts.h"

#define SEARCH_CLOSE 1 /* places that are not worth leaving out */

/*
 * The next starting places to be tried at once, from window->start on. False:
 * there is none.
 */
static bool
search_window(const struct regex *regex, struct slice subject,
	      struct regex_window *window)
{
	const struct regex_starts *starts = regex_first_look(regex);
	size_t at, most;

	if (starts == NULL) {
		window->last = window->start + REGEX_WINDOW;
		window->to_end = window->last >= subject.len ||
				 regex_is_anchored(regex);
		return window->start <= subject.len;
	}
	at = regex_starts_next(starts, subject, window->start);
	window->filled = window->filled && at == window->start;
	window->start = window->last = at;
	most = at + REGEX_WINDOW;
	while (at < subject.len && at - window->last <= SEARCH_CLOSE) {
		window->last = at;
		at = at < most ? regex_starts_next(starts, subject, at + 1)
			       : subject.len;
	}
	window->to_end = false;
	return window->start < subject.len;
}

static enum regex_result
regex_search(const struct regex *regex, struct regex_scratch *scratch,
	     struct slice subject, size_t start, bool filled)
{
	int64_t end = regex_scratch_end(scratch);
	struct regex_window window = { .start = start, .filled = filled };
	size_t looked = start;
	enum regex_result result;

	if (subject.data == NULL)
		subject = SLICE("");
	regex_take(regex, scratch, subject);
	while (search_window(regex, subject, &window)) {
		result = regex_try(regex, scratch, subject, &window);
		if (result != REGEX_NO || window.to_end)
			return result;
		window.start = window.last + 1;
		window.filled = false;
		if (end == 0 || window.start - looked < REGEX_WINDOW)
			continue;
		if (clock_ms() > end)
			return REGEX_LIMIT;
		looked = window.start;
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
