/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts where the tree has none: what they are read as, and whether they make
 * the mail ambiguous. */
#include "mail/readings_private.h"

#include <string.h>

#include "base/mem.h"
#include "mail/fields.h"
#include "mail/lines.h"
#include "mail/mime_private.h"

#define READINGS_NEAR 100   /* boundaries that are looked for there */
#define READINGS_WINDOW 100 /* in front of a part, for its boundary */

static struct part *
readings_part(struct reader *reader, const struct head *head)
{
	struct message *message = reader->message;
	void *mem = message->mem;
	struct part *part = mem_new(mem, struct part);
	struct lines lines = lines_split(mem, head->fields);
	unsigned flags = 0;

	part->message = message;
	part->is_leaf = true;
	part->body = SLICE("");
	for (size_t i = 0; i < lines.count; i++) {
		struct lines field = lines_view(lines, i, i + 1);

		fields_add(mem, &part->headers, &message->limits, &field, true,
			   &flags);
	}
	fields_index(mem, &part->headers, false);
	mime_part_describe(part);
	part->path = mem_printf(mem, "line %zu", head->line);
	return part;
}

static void
readings_stray_body(struct reader *reader, struct part *part,
		    struct slice source, size_t start, size_t end,
		    unsigned transfer, unsigned depth)
{
	enum habit habits[HABITS];
	struct slice raw = slice_cut(source, start, end);
	size_t count;

	/* The line end in front of a boundary is the boundary's. */
	if (end < source.len && raw.len > 0 && raw.data[raw.len - 1] == '\n')
		raw.len--;
	if (end < source.len && raw.len > 0 && raw.data[raw.len - 1] == '\r')
		raw.len--;
	part->exact = raw;
	count = readings_habits(part, transfer, HABIT_NONE, raw, habits);
	readings_add(reader, part, raw, HABIT_NONE, false);
	readings_decode(reader, part, raw, HABIT_NONE, habits, count);
	readings_inside(reader, part, raw, transfer, depth);
	if ((transfer & TRANSFER_BASE64) != 0)
		readings_unwrap(reader, raw, HABIT_BASE64, depth);
	if ((transfer & TRANSFER_QP) != 0)
		readings_unwrap(reader, raw, HABIT_QP, depth);
}

/* The leaf of the tree that has these bytes in its body, or NULL. */
static const struct part *
readings_around(const struct reader *reader, const char *at)
{
	size_t i = readings_behind(reader, at);

	while (i-- > 0) {
		const struct part *part = reader->places[i].part;

		if (part->is_leaf)
			return (uintptr_t)at - (uintptr_t)part->exact.data <
					       part->exact.len
				       ? part
				       : NULL;
	}
	return NULL;
}

/* Does a boundary that is declared anywhere stand in front of the head? */
static bool
readings_is_bounded(const struct reader *reader, struct slice source,
		    const struct head *head)
{
	const struct message *message = reader->message;
	struct slice line = slice_cut(source, head->begin, head->start);
	struct slice window = slice_cut(source,
					head->start > READINGS_WINDOW
						? head->start - READINGS_WINDOW
						: 0,
					head->start);

	if (slice_starts(line, "--")) {
		line = slice_trim(slice_from(line, 2));
		if (line.len > 2 &&
		    slice_starts(slice_from(line, line.len - 2), "--"))
			line.len -= 2;
		if (line.len > 0 && readings_is_claimed(reader, line))
			return true;
	}
	for (size_t i = 0; i < message->part_count && i < READINGS_NEAR; i++) {
		struct slice boundary = slice_of(message->parts[i]->boundary);

		if (boundary.len > 0 &&
		    slice_search(window, 0, boundary) < window.len)
			return true;
	}
	return false;
}

/*
 * A text may quote a mail, or speak of mails. It is another reading of this one
 * only where the structure says that there are parts: by a boundary that stands
 * here, or by a Content-Type that is a text's to the tree and none to others.
 */
static bool
readings_is_quoted(const struct reader *reader, struct slice source,
		   const struct head *head, const struct part *around)
{
	if (around == NULL)
		return false;
	/* Not opened here, but meant to hold fields. */
	if (strncmp(around->type, "message/", 8) == 0 ||
	    strncmp(around->type, "text/rfc822", 11) == 0)
		return true;
	if (around->parent == NULL &&
	    slice_search_nocase(reader->claims, 0, SLICE("multipart")) <
		    reader->claims.len)
		return false;
	return !readings_is_bounded(reader, source, head);
}

/* A part where the tree has none. */
void
readings_stray(struct reader *reader, struct slice source,
	       const struct head *head, size_t end, unsigned depth)
{
	const struct part *around;
	struct part *part;
	unsigned transfer;
	size_t first = head_first_end(head, source, end);

	if (slice_trim(slice_cut(source, head->body, end)).len == 0)
		return;
	part = readings_part(reader, head);
	transfer = transfer_of(reader->message->mem, head->fields);
	readings_stray_body(reader, part, source, head->body, first, transfer,
			    depth);
	if (first != end)
		readings_stray_body(reader, readings_part(reader, head), source,
				    head->body, end, transfer, depth);
	around = readings_around(reader, source.data + head->start);
	if (readings_is_quoted(reader, source, head, around) ||
	    slice_trim(slice_cut(source, head->body, first)).len == 0)
		return;
	readings_note(reader, "%s: a part that is not in the structure%s%s",
		      part->path, around == NULL ? "" : ", in ",
		      around == NULL
			      ? ""
			      : readings_place(reader->message->mem, around));
}
