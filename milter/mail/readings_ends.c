/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a part ends: for some programs at the boundary of any multipart around
 * it, for some only at that of its own; some compare a boundary as a whole,
 * some the beginning of a line.
 */
#include "mail/readings_private.h"

#include <string.h>

#define READINGS_DASHES_MAX 100 /* lines of one part that are looked at */

/* The next line that begins with "--", from *at on: what stands behind that;
 * *at is moved to where it begins. */
static bool
readings_dashes(struct slice s, size_t *at, struct slice *line)
{
	size_t next = *at;

	while ((next = slice_search(s, next, SLICE("\n--"))) < s.len) {
		*at = ++next;
		*line = slice_trim(
			slice_cut(s, next + 2, slice_find(s, next, '\n')));
		for (size_t i = 0; i < line->len; i++)
			if (line->data[i] != '-')
				return true;
	}
	return false;
}

bool
readings_is_claimed(const struct reader *reader, struct slice start)
{
	struct slice claims = reader->claims;
	size_t at = 0;

	while ((at = slice_search(claims, at, start)) < claims.len) {
		if (at > 0 &&
		    (claims.data[at - 1] == '=' || claims.data[at - 1] == '"'))
			return true;
		at++;
	}
	return false;
}

static void
readings_add_end(struct reader *reader, struct part *part, struct slice raw)
{
	if (raw.len != part->exact.len && readings_may_decode(reader, raw.len))
		readings_add(reader, part, raw, readings_usual(part), false);
}

/* A line inside begins as a boundary does. */
static void
readings_early_end(struct reader *reader, struct part *part)
{
	struct slice line;
	size_t at = 0;

	for (int i = 0; i < READINGS_DASHES_MAX &&
			readings_dashes(part->exact, &at, &line);
	     i++)
		if (readings_is_claimed(reader, line)) {
			readings_add_end(reader, part,
					 slice_cut(part->exact, 0, at));
			return;
		}
}

/* The part ends at the boundary of a multipart further out, and its own does
 * not stand there: it may follow. */
static void
readings_late_end(struct reader *reader, struct part *part)
{
	struct slice source = reader->message->source, line, own;
	const struct part *parent = part->parent;
	size_t start =
		(size_t)((uintptr_t)part->exact.data - (uintptr_t)source.data);
	size_t at = start + part->exact.len;

	while (parent != NULL && strncmp(parent->type, "multipart/", 10) != 0)
		parent = parent->parent;
	if (parent == NULL || parent->parent == NULL ||
	    parent->boundary == NULL || start > source.len || at > source.len)
		return;
	own = slice_of(parent->boundary);
	at -= at > start;
	if (!readings_dashes(source, &at, &line) ||
	    slice_equal(slice_cut(line, 0, own.len), own) ||
	    !readings_is_claimed(reader, line) ||
	    !readings_may_decode(reader, source.len - at))
		return;
	while (readings_dashes(source, &at, &line))
		if (slice_equal(slice_cut(line, 0, own.len), own)) {
			readings_add_end(reader, part,
					 slice_cut(source, start, at));
			return;
		}
	readings_add_end(reader, part, slice_from(source, start));
}

void
readings_ends(struct reader *reader, struct part *part)
{
	readings_early_end(reader, part);
	if (reader->readings->limited == NULL)
		readings_late_end(reader, part);
}
