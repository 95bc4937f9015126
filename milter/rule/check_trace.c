/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following one rule: every text that it is held against and what came of it,
 * for an admin who asks why a rule hits or does not.
 */
#include "rule/check_private.h"

#include "base/mem.h"

#define TRACE_BYTES (64 << 10) /* of all lines */
#define TRACE_TEXT 200	       /* of one text */
#define TRACE_MISSES 20	       /* texts without a match that are shown */

static bool
trace_wants(const struct check *check, const struct rule *rule)
{
	return check->options.trace != NULL &&
	       check->own->trace.len < TRACE_BYTES &&
	       strcmp(check->options.trace, rule->name) == 0;
}

/* Where the match stands, in front of the text that may be cut. */
static void
trace_match(struct check *check, struct slice text)
{
	size_t start, end;

	if (!regex_span(check->own->scratch, 0, &start, &end))
		return;
	buf_printf(&check->own->trace, "matches \"%s\" at %zu in ",
		   str_escape(check, slice_cut(text, start, end), TRACE_TEXT),
		   start);
}

void
trace_text(struct check *check, const struct rule *rule, const char *kind,
	   size_t number, struct slice text, enum regex_result result)
{
	struct buf *trace = &check->own->trace;

	if (!trace_wants(check, rule))
		return;
	check->own->trace_texts++;
	if (result == REGEX_NO && check->own->trace_misses++ >= TRACE_MISSES) {
		if (check->own->trace_misses == TRACE_MISSES + 1)
			buf_text(trace, "and others without a match\n");
		return;
	}
	buf_text(trace, kind);
	if (number != 0)
		buf_printf(trace, " %zu", number);
	buf_text(trace, ": ");
	if (result == REGEX_YES)
		trace_match(check, text);
	else
		buf_text(trace, result == REGEX_NO ? "no match in "
						   : "ran into a limit in ");
	buf_printf(trace, "\"%s\"\n", str_escape(check, text, TRACE_TEXT));
}

void
trace_value(struct check *check, const struct rule *rule, const char *what,
	    double value)
{
	if (trace_wants(check, rule))
		buf_printf(&check->own->trace, "%s: %.15g\n", what, value);
}
