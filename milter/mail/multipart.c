/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A multipart's lines dealt out to its children, as Message::_parse_multipart
 * does it: lenient on missing boundaries, and each quirk on purpose.
 */
#include "base/mem.h"
#include "mail/content.h"
#include "mail/fields.h"
#include "mail/mime_private.h"

enum boundary_kind { BOUNDARY_NONE, BOUNDARY_OPEN, BOUNDARY_CLOSE };

static enum boundary_kind
mime_boundary_kind(struct slice line, struct slice boundary)
{
	struct slice rest;
	bool close;

	if (!slice_starts(line, "--"))
		return BOUNDARY_NONE;
	rest = slice_from(line, 2);
	if (!slice_equal(slice_cut(rest, 0, boundary.len), boundary))
		return BOUNDARY_NONE;
	rest = slice_from(rest, boundary.len);
	close = slice_starts(rest, "--");
	if (slice_trim(slice_from(rest, close ? 2 : 0)).len != 0)
		return BOUNDARY_NONE;
	return close ? BOUNDARY_CLOSE : BOUNDARY_OPEN;
}

static struct mime_boundary *
mime_boundary_state(struct mime *mime, struct slice text)
{
	uint32_t hash = slice_hash_nocase(text);
	struct mime_boundary *boundary;

	for (size_t i = 0; i < mime->boundary_count; i++) {
		boundary = &mime->boundaries[i];
		if (boundary->hash == hash && slice_equal(boundary->text, text))
			return boundary;
	}
	mem_grow(mime->scratch, mime->boundaries, mime->boundary_count);
	boundary = &mime->boundaries[mime->boundary_count++];
	*boundary = (struct mime_boundary){ text, hash, 0 };
	return boundary;
}

/* One multipart while its lines are being dealt out to its children. */
struct split {
	struct mime *mime;
	const struct mime_entry *entry;
	struct part **link; /* where the next child goes */
	struct part *part;  /* the child that lines go to now */
	size_t field;       /* first line of the field begun, or SIZE_MAX */
	size_t body;        /* first line of its body */
	bool in_body;
	bool nested; /* it has our own boundary (bug 7358) */
	size_t children;
};

static void
split_begin_part(struct split *split, size_t line)
{
	split->part = mime_part_new(split->mime, split->entry->part);
	split->field = SIZE_MAX;
	split->body = line;
	split->in_body = false;
}

/* The field that ends before that line; SpamAssassin loses one that has no
 * line behind it at all. */
static void
split_end_field(struct split *split, size_t line)
{
	struct message *message = split->mime->message;
	struct lines lines;

	if (split->field == SIZE_MAX)
		return;
	lines = lines_view(split->entry->lines, split->field, line);
	fields_add(message->mem, &split->part->headers, &message->limits,
		   &lines, true, &message->flags);
	split->field = SIZE_MAX;
}

/* Only a Content-Type that is the last field is looked at. */
static bool
split_is_nested(const struct split *split)
{
	const struct headers *headers = &split->part->headers;
	struct headers last = { .count = 1 };
	struct header field;

	if (headers->count == 0)
		return false;
	field = headers->items[headers->count - 1];
	last.items = &field;
	if (!slice_is_nocase(field.name, "content-type"))
		return false;
	fields_index(split->mime->scratch, &last, false);
	return slice_equal(content_parse(split->mime->scratch, &last).boundary,
			   split->entry->boundary);
}

static void
split_end_head(struct split *split, size_t index)
{
	struct slice line = line_text(&split->entry->lines, index);
	bool fields = split->field != SIZE_MAX;

	split_end_field(split, index);
	if (fields && split_is_nested(split))
		split->nested = true;
	split->in_body = true;
	split->body = index;
	if (split->entry->lines.items[index].lf &&
	    (line.len == 0 || slice_is(line, "\r")))
		split->body++;
	else if (line.len > 0)
		split->mime->message->flags |=
			MESSAGE_MISSING_MIME_HEAD_BODY_SEPARATOR;
}

static void
split_line(struct split *split, size_t index)
{
	struct slice line = line_text(&split->entry->lines, index);

	if (split->in_body)
		return;
	if (fields_starts(line, true)) {
		split_end_field(split, index);
		split->field = index;
		return;
	}
	if (split->field != SIZE_MAX && line.len > 0 &&
	    (line.data[0] == ' ' || line.data[0] == '\t'))
		return;
	split_end_head(split, index);
}

/* The LF in front of a boundary belongs to the boundary. */
static void
split_chomp(struct lines *lines)
{
	struct line *last;

	if (lines->count == 0)
		return;
	last = &lines->items[lines->count - 1];
	last->lf = 0;
	if (last->len == 0)
		lines->count--;
}

/* end: behind the child's last line. */
static void
split_end_part(struct split *split, size_t end, bool chomp)
{
	const struct mime_entry *entry = split->entry;
	struct mime *mime = split->mime;
	struct part *part = split->part;
	struct lines lines = lines_view(entry->lines, split->body,
					end > split->body ? end : split->body);
	struct slice boundary;

	lines = lines_chop(mime->scratch, lines);
	if (chomp)
		split_chomp(&lines);
	fields_index(mime->message->mem, &part->headers, false);
	boundary = mime_part_describe(part);
	if (part->type_missing &&
	    strcmp(entry->part->type, "multipart/digest") == 0)
		part->type = "message/rfc822";
	if (boundary.len == 0 || slice_is(boundary, "0"))
		boundary = entry->boundary;
	*split->link = part;
	split->link = &part->next;
	split->children++;
	mime_enqueue(mime, part, lines, boundary, entry->levels - 1, false);
}

/* Returns the line behind the first boundary, or 0 if there is none. */
static size_t
mime_find_boundary(struct mime *mime, const struct mime_entry *entry)
{
	for (size_t i = 0; (i = lines_next_dashes(&entry->lines, i)) <
			   entry->lines.count;
	     i++) {
		if (mime_boundary_kind(line_text(&entry->lines, i),
				       entry->boundary) != BOUNDARY_OPEN)
			continue;
		mime_boundary_state(mime, entry->boundary)->state = 1;
		if (i + 1 < entry->lines.count &&
		    !fields_starts(line_text(&entry->lines, i + 1), false))
			mime->message->flags |= MESSAGE_MISSING_MIME_HEADERS;
		return i + 1;
	}
	return 0;
}

static void
mime_look_for_epilogue(struct mime *mime, const struct lines *lines,
		       size_t start)
{
	for (size_t i = start; i < lines->count; i++) {
		struct slice line = line_text(lines, i);

		for (size_t k = 0; k < line.len; k++) {
			if (line.data[k] == '.' ||
			    str_is_space((unsigned char)line.data[k]))
				continue;
			mime->message->flags |= MESSAGE_MIME_EPILOGUE;
			return;
		}
	}
}

/* After a part: may another one follow? */
static bool
split_may_go_on(struct split *split)
{
	const struct message_limits *limits = &split->mime->message->limits;

	if (split->children < limits->part_children &&
	    split->mime->part_count < limits->parts)
		return true;
	split->mime->message->flags |= MESSAGE_MIMEPART_LIMIT_EXCEEDED;
	return false;
}

/*
 * Looks at one line; returns false when the multipart is at its end. The last
 * line of all ends a part even if it is no boundary.
 */
static bool
split_take(struct split *split, size_t index)
{
	const struct lines *lines = &split->entry->lines;
	enum boundary_kind kind = mime_boundary_kind(line_text(lines, index),
						     split->entry->boundary);
	bool last = index + 1 == lines->count, boundary = kind != BOUNDARY_NONE;

	if (boundary && split->nested) {
		boundary = false;
		split->nested = kind != BOUNDARY_CLOSE;
	}
	if (!boundary && !last) {
		split_line(split, index);
		return true;
	}
	if (!split->in_body)
		split->body = index;
	split_end_part(split, boundary ? index : index + 1, boundary);
	if (kind == BOUNDARY_CLOSE) {
		mime_boundary_state(split->mime, split->entry->boundary)
			->state--;
		mime_look_for_epilogue(split->mime, lines, index + 1);
		return false;
	}
	if (last)
		return false;
	if (!fields_starts(line_text(lines, index + 1), false))
		split->mime->message->flags |= MESSAGE_MISSING_MIME_HEADERS;
	if (!split_may_go_on(split))
		return false;
	split_begin_part(split, index + 1);
	return true;
}

void
mime_parse_multipart(struct mime *mime, const struct mime_entry *entry)
{
	struct split split = {
		.mime = mime,
		.entry = entry,
		.link = &entry->part->child,
	};
	size_t start = mime_find_boundary(mime, entry), i = start;

	entry->part->is_leaf = false;
	if (start == entry->lines.count || !split_may_go_on(&split))
		return;
	split_begin_part(&split, start);
	split.in_body = start == 0 && entry->blank_first;
	while (i < entry->lines.count && split_take(&split, i)) {
		i++;
		/* Inside a body only a boundary matters, or the last line. */
		if (split.in_body && i < entry->lines.count)
			i = lines_next_dashes(&entry->lines, i);
		if (split.in_body && i == entry->lines.count)
			i--;
	}
}
