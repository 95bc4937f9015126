/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HeaderEval: dates. How far Date lies from when the mail was received, by its
 * own Received fields; by our clock only in received_within_months().
 */
#include "rule/eval_args.h"
#include "rule/eval_private.h"
#include "rule/eval_tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "mail/date.h"

#define DATE_FIELDS_MAX 1000 /* Date and Received fields that are read */

struct date_state {
	bool known;
	int64_t difference; /* seconds; above 0: Date lies in the future */
};

/* Resent-Date before Date; the first that can be read. */
static bool
date_of_header(struct check *check, int64_t *time)
{
	static const char *const headers[] = { "Resent-Date", "Date" };
	const struct slice *items;

	for (int i = 0; i < 2; i++) {
		size_t count = check_header_list(check, headers[i], &items);

		for (size_t k = 0; k < count && k < DATE_FIELDS_MAX; k++)
			if (date_parse(check, items[k], time))
				return true;
	}
	return false;
}

/* Fields that fetchmail made on this host: 1 or 2 at the top. */
static size_t
date_fetched(const struct slice *items, size_t count)
{
	bool local;
	size_t at;

	if (count == 0)
		return 0;
	local = eval_matches(items[0], "%!from localhost%{w,1,1, \t\n}") ||
		eval_matches(items[0], "%!from %w %W%!127.0.0.1%!") ||
		eval_matches(items[0], "%!from %w %w %W%!127.0.0.1%!") ||
		eval_matches(items[0], "qmail %{w,1,0,0-9} invoked by uid "
				       "%{w,1,1,0-9}");
	at = local;
	if (at < count &&
	    eval_matches(items[at], "%!by localhost with "
				    "%{w,1,0,A-Za-z0-9_} (fetchmail-"
				    "%{w,1,1,0-9.}"))
		return at + 1;
	return 0;
}

/* Whether a day may stand behind a blank at `at`, or one byte further on. */
static bool
date_may_begin(struct slice field, size_t at)
{
	struct slice next = slice_cut(field, at + 1, at + 3);

	return (field.data[at] == ' ' || field.data[at] == '\t') &&
	       next.len > 0 &&
	       (str_is_digit((unsigned char)next.data[0]) ||
		str_is_digit((unsigned char)next.data[next.len - 1]));
}

/* " 2 Jun 2003 08:11:12 -0000" */
static bool
date_of_received(struct check *check, struct slice field, int64_t *time)
{
	static const char pattern[] =
		"%{w,1,1, \t}%(%{w,1,1,^\n}%)%{w,1,0,0-9} %{w,3,3,^ \t\n} "
		"%{w,1,0,0-9} %{w,1,0,0-9}:%{w,1,0,0-9}:%{w,1,0,0-9} "
		"%{w,1,0,^ \t\n}";
	struct form form = eval_form(field);

	for (size_t at = 0; at < form.text.len; at++)
		if (date_may_begin(form.text, at) &&
		    form_match(&form, pattern, at))
			return date_parse(check,
					  slice_cut(field, at, form.end), time);
	return false;
}

/* The difference to the Received field that is nearest in time. One that has
 * none at all, at the very end, does not count beside others. */
static int64_t
date_difference(struct check *check)
{
	const struct slice *items;
	int64_t date, time, best = 0, last = 0;
	size_t count, found = 0;

	if (!date_of_header(check, &date))
		return 0;
	count = check_header_list(check, "Received", &items);
	for (size_t i = date_fetched(items, count);
	     i < count && i < DATE_FIELDS_MAX; i++) {
		if (!date_of_received(check, items[i], &time))
			continue;
		/* What was the last until now is in any case compared. */
		if (found == 1 || (found > 1 && llabs(last) < llabs(best)))
			best = last;
		last = date - time;
		found++;
	}
	if (found == 1 || (found > 1 && last != 0 && llabs(last) < llabs(best)))
		best = last;
	return best;
}

/* -6, -3: between 6 and 3 hours in the past; "undef" is no bound. */
static int
date_shifted(struct check *check, const struct rule *rule)
{
	struct date_state *state = check_state(check, "HeaderEval date",
					       sizeof(*state));

	if (rule->arg_count < 2)
		return 0;
	if (!state->known) {
		state->known = true;
		state->difference = date_difference(check);
	}
	return (strcmp(rule->args[0], "undef") == 0 ||
		(double)state->difference >=
			3600 * eval_number(rule, 0)) &&
	       (strcmp(rule->args[1], "undef") == 0 ||
		(double)state->difference <
			3600 * eval_number(rule, 1));
}

/* When fetchmail took the mail in, by the fields that it made; 0: unknown. */
static int64_t
date_of_fetching(struct check *check, const struct slice *items, size_t count)
{
	int64_t time, last = 0, now = (int64_t)clock_wall();

	for (size_t i = 0; i < count; i++)
		if (date_of_received(check, items[i], &time) && time <= now &&
		    time > last)
			last = time;
	return last;
}

static int
date_compare(const void *a, const void *b)
{
	const int64_t *left = a, *right = b;

	return *left < *right ? 1 : *left > *right ? -1 : 0;
}

/* The median of what may be the time of receipt; 0 if there is nothing. */
static int64_t
date_received(struct check *check)
{
	const struct slice *items;
	size_t all = check_header_list(check, "Received", &items), count = 0;
	size_t fetched = date_fetched(items, all), i = fetched;
	int64_t times[4], date, time;
	bool dated = date_of_header(check, &date), found;

	while (i < all && i < DATE_FIELDS_MAX &&
	       !date_of_received(check, items[i], &time))
		i++;
	found = i < all && i < DATE_FIELDS_MAX;
	if (dated)
		times[count++] = date;
	if (found)
		times[count++] = time;
	times[count] = date_of_fetching(check, items, fetched);
	count += times[count] != 0;
	if (dated && found)
		times[count++] = date - date_difference(check);
	if (count == 0)
		return 0;
	qsort(times, count, sizeof(*times), date_compare);
	return times[(count - 1) / 2];
}

/* 0, 3: up to three months ago; "undef" is no bound. */
static int
date_within_months(struct check *check, const struct rule *rule)
{
	static const double month = 365.2425 * 24 * 60 * 60 / 12;
	double age = (double)((int64_t)clock_wall() - date_received(check));
	const char *min = eval_arg(rule, 0), *max = eval_arg(rule, 1);

	return (min == NULL || strcmp(min, "undef") == 0 ||
		age >= month * eval_number(rule, 0)) &&
	       (max == NULL || strcmp(max, "undef") == 0 ||
		age < month * eval_number(rule, 1));
}

/* Outlook puts the time into Message-ID; it must be that of Date or of the
 * first Received field, within minutes. */
static int
date_outlook_message_id(struct check *check, const struct rule *rule)
{
	const double x = 0.0023283064365387, y = 27111902.8329849;
	struct form form = eval_form(check_header_text(check, "MESSAGEID"));
	int64_t time;
	double token;

	if (!form_match(&form,
			"<%{w,4,4,0-9a-f}%{s,8,8,0-9a-f}$%{w,8,8,0-9a-f}$"
			"%{w,8,8,0-9a-f}@",
			0))
		return 0;
	token = (double)strtoll(slice_string(check, form.fields[FORM_SUB]),
				NULL, 16);
	if (!date_parse(check, check_header_text(check, "Date"), &time))
		time = 0;
	if (fabs(token - trunc((double)time * x + y)) < 250)
		return 0;
	if (!date_parse(check, check_header_text(check, "Received"), &time))
		time = 0;
	return fabs(token - trunc((double)time * x + y)) >= 250;
}

const struct eval evals_headereval_date[] = {
	{ "check_for_shifted_date", date_shifted, NULL },
	{ "check_outlook_message_id", date_outlook_message_id, NULL },
	{ "received_within_months", date_within_months, NULL },
	{ NULL, NULL, NULL },
};
