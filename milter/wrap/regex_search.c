/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searching: long subjects in windows of starting places, with a look at the
 * clock between them.
 */
#include "wrap/regex_private.h"

#include "base/clock.h"

static enum regex_result
regex_search(const struct regex *regex, struct regex_scratch *scratch,
	     struct slice subject, size_t start, bool filled)
{
	int64_t end = regex_scratch_end(scratch);
	struct regex_window window = { .start = start, .filled = filled };
	enum regex_result result;

	if (subject.data == NULL)
		subject = SLICE("");
	regex_take(regex, scratch, subject);
	while (window.start <= subject.len) {
		window.last = window.start + REGEX_WINDOW;
		window.to_end = window.last >= subject.len ||
				regex_is_anchored(regex);
		result = regex_try(regex, scratch, subject, &window);
		if (result != REGEX_NO || window.to_end)
			return result;
		if (end != 0 && clock_ms() > end)
			return REGEX_LIMIT;
		window.start = window.last + 1;
		window.filled = false;
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
