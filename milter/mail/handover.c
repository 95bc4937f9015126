/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/handover.h"

#include <time.h>

#define HANDOVER_WORDS " \t\r\n"

/* Takes one field with its continuation lines; false at the empty line. */
static bool
handover_field(struct slice *rest, struct slice *field)
{
	struct slice line;

	if (!slice_line(rest, field) || slice_trim(*field).len == 0)
		return false;
	while (rest->len > 0 &&
	       (rest->data[0] == ' ' || rest->data[0] == '\t')) {
		slice_line(rest, &line);
		field->len += line.len;
	}
	return true;
}

static bool
handover_digits(struct slice word, size_t min, size_t max, int *number)
{
	if (word.len < min || word.len > max)
		return false;
	*number = 0;
	for (size_t i = 0; i < word.len; i++) {
		if (!str_is_digit((unsigned char)word.data[i]))
			return false;
		*number = *number * 10 + (word.data[i] - '0');
	}
	return true;
}

static bool
handover_month(struct slice word, int *month)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	size_t at = slice_search_nocase(slice_of(names), 0, word);

	*month = (int)(at / 3);
	return word.len == 3 && at % 3 == 0 && at < 36;
}

static bool
handover_clock(struct slice word, struct tm *tm)
{
	return word.len == 8 && word.data[2] == ':' && word.data[5] == ':' &&
	       handover_digits(slice_cut(word, 0, 2), 2, 2, &tm->tm_hour) &&
	       handover_digits(slice_cut(word, 3, 5), 2, 2, &tm->tm_min) &&
	       handover_digits(slice_cut(word, 6, 8), 2, 2, &tm->tm_sec);
}

/* "Mon, 2 Nov 2026 10:00:00 +0100", as Postfix writes it; 0 if it is not. */
static int64_t
handover_time(struct slice text)
{
	struct tm tm = { 0 };
	struct slice word;
	size_t comma = slice_find(text, 0, ',');
	int zone;

	if (comma < text.len)
		text = slice_from(text, comma + 1);
	if (!slice_word(&text, HANDOVER_WORDS, &word) ||
	    !handover_digits(word, 1, 2, &tm.tm_mday) ||
	    !slice_word(&text, HANDOVER_WORDS, &word) ||
	    !handover_month(word, &tm.tm_mon) ||
	    !slice_word(&text, HANDOVER_WORDS, &word) ||
	    !handover_digits(word, 4, 4, &tm.tm_year) ||
	    !slice_word(&text, HANDOVER_WORDS, &word) ||
	    !handover_clock(word, &tm) ||
	    !slice_word(&text, HANDOVER_WORDS, &word) || word.len != 5 ||
	    !handover_digits(slice_from(word, 1), 4, 4, &zone))
		return 0;
	tm.tm_year -= 1900;
	zone = zone / 100 * 3600 + zone % 100 * 60;
	return (int64_t)timegm(&tm) - (word.data[0] == '-' ? -zone : zone);
}

/* "... by mx (Postfix) with ESMTPS id 4bXyZ1 for <...>; date" */
static void
handover_received(struct slice value, struct handover *handover)
{
	struct slice rest = value, word, date = value;
	bool is_next = false;
	size_t semicolon;

	while (handover->queue_id.data == NULL &&
	       slice_word(&rest, HANDOVER_WORDS, &word)) {
		if (is_next)
			handover->queue_id =
				slice_cut(word, 0, slice_find(word, 0, ';'));
		is_next = slice_is_nocase(word, "id");
	}
	while ((semicolon = slice_find(date, 0, ';')) < date.len)
		date = slice_from(date, semicolon + 1);
	if (date.len < value.len)
		handover->arrived = handover_time(date);
	if (handover->arrived < 0)
		handover->arrived = 0;
}

static bool
handover_says_yes(struct slice value)
{
	value = slice_trim(value);
	return slice_starts_nocase(value, "yes") &&
	       (value.len == 3 || !str_is_alnum((unsigned char)value.data[3]));
}

void
handover_read(struct slice raw, struct handover *handover)
{
	struct slice rest = raw, line, field;
	bool is_top = true, seen_received = false;

	*handover = (struct handover){ .message = raw };
	if (slice_starts(raw, "From ") && slice_line(&rest, &line))
		handover->message = rest;
	field = rest;
	if (slice_line(&field, &line))
		handover->crlf = line.len > 1 &&
				 line.data[line.len - 2] == '\r' &&
				 line.data[line.len - 1] == '\n';
	while (handover_field(&rest, &field)) {
		size_t colon = slice_find(field, 0, ':');
		struct slice name = slice_trim(slice_cut(field, 0, colon));
		struct slice value = slice_from(field, colon + 1);

		if (slice_is_nocase(name, "Received")) {
			is_top = false;
			if (!seen_received)
				handover_received(value, handover);
			seen_received = true;
		} else if (slice_is_nocase(name, "X-Spam-Flag") ||
			   slice_is_nocase(name, "X-Spam")) {
			handover->is_spam |= handover_says_yes(value);
		} else if (is_top && slice_is_nocase(name, "Return-Path")) {
			handover->has_return_path = true;
		} else if (is_top && slice_is_nocase(name, "Delivered-To")) {
			handover->has_delivered_to = true;
		}
	}
}
