/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree of MIME parts, as Message::parse_body and its helpers build it. A
 * queue stands in for recursion: each entry is a part whose fields are known
 * and whose lines are not yet looked into.
 */
#include "mail/mime_private.h"

#include "base/mem.h"
#include "mail/content.h"
#include "mail/decode.h"
#include "mail/fields.h"

struct part *
mime_part_new(struct mime *mime, struct part *parent)
{
	struct part *part = mem_new(mime->message->mem, struct part);

	part->parent = parent;
	part->message = mime->message;
	part->depth = parent == NULL ? 0 : parent->depth + 1;
	part->is_leaf = true;
	part->body = SLICE("");
	mime->part_count++;
	return part;
}

struct slice
mime_part_describe(struct part *part)
{
	void *mem = part->message->mem;
	struct content content = content_parse(mem, &part->headers);
	const char *name = content_disposition_name(mem, &part->headers);

	part->type = content.type;
	part->type_missing = content.missing;
	part->declared = content.declared;
	part->boundary = content.boundary.data == NULL ?
				 NULL :
				 slice_string(mem, content.boundary);
	part->charset = content.charset;
	if (name == NULL && content.name != NULL && content.name[0] != '\0' &&
	    strcmp(content.name, "0") != 0)
		name = content.name;
	part->name = name;
	part->encoding = content_encoding(mem, &part->headers);
	part->disposition = content_disposition(mem, &part->headers);
	part->filenames = content_filenames(mem, &part->headers, name);
	return content.boundary;
}

void
mime_enqueue(struct mime *mime, struct part *part, struct lines lines,
	     struct slice boundary, size_t levels, bool blank_first)
{
	part->exact = lines_source(&lines);
	mem_grow(mime->scratch, mime->queue, mime->queued);
	mime->queue[mime->queued++] = (struct mime_entry){
		part, lines, boundary, levels, blank_first
	};
}

static void
mime_set_body(const struct mime_entry *entry)
{
	struct part *part = entry->part;
	struct buf out = BUF(part->message->mem);

	part->body = lines_text(part->message->mem, &entry->lines);
	if (!entry->blank_first)
		return;
	buf_char(&out, '\n');
	buf_slice(&out, part->body);
	part->body = buf_view(&out);
}

/* A message inside: its lines, decoded; none if it is empty or too much. */
static struct lines
mime_inner_lines(struct mime *mime, const struct mime_entry *entry)
{
	struct message *message = mime->message;
	struct part *part = entry->part;
	struct lines lines = { 0 };
	bool qp = strcmp(part->encoding, "quoted-printable") == 0;
	struct slice text;

	if (!qp && strcmp(part->encoding, "base64") != 0)
		return entry->lines;
	text = lines_text(mime->scratch, &entry->lines);
	if (text.len > message->limits.decoded_bytes - message->decoded_total) {
		message->flags |= MESSAGE_DECODED_LIMIT_EXCEEDED;
		return lines;
	}
	text = qp ? decode_qp(message->mem, text) :
		    decode_base64(message->mem, text);
	message->decoded_total += text.len;
	part->inner = text;
	lines = lines_split(mime->scratch, text);
	lines_drop_cr(&lines);
	return lines;
}

/* A multipart whose first line is no boundary gets a blank line (bug 6845). */
static bool
mime_wants_blank(const struct part *part, struct slice boundary,
		 const struct lines *body)
{
	struct slice first;

	if (strncmp(part->type, "multipart/", 10) != 0 || body->count < 2 ||
	    line_is_blank(body, 0))
		return false;
	first = line_text(body, 0);
	return boundary.data == NULL || !slice_starts(first, "--") ||
	       !slice_equal(slice_cut(first, 2, 2 + boundary.len), boundary);
}

/* A message, the outer one or one inside, becomes a part to be looked into. */
static void
mime_add_message(struct mime *mime, struct part *part,
		 const struct opening *opening, size_t levels)
{
	struct lines body = lines_view(opening->lines, opening->body,
				       opening->lines.count);

	struct slice boundary;

	part->headers = opening->headers;
	fields_index(mime->message->mem, &part->headers,
		     part->parent == NULL);
	boundary = mime_part_describe(part);
	lines_squeeze(&body);
	mime_enqueue(mime, part, body, boundary, levels,
		     mime_wants_blank(part, boundary, &body));
}

static bool
mime_is_message(const struct part *part)
{
	return strcmp(part->type, "message/rfc822") == 0 ||
	       strcmp(part->type, "message/global") == 0;
}

static void
mime_parse_inner(struct mime *mime, const struct mime_entry *entry)
{
	struct message *message = mime->message;
	struct lines lines = mime_inner_lines(mime, entry);
	struct opening opening;

	if (mime->part_count >= message->limits.parts) {
		message->flags |= MESSAGE_MIMEPART_LIMIT_EXCEEDED;
		lines.count = 0;
	}
	if (lines.count == 0) {
		mime_set_body(entry);
		return;
	}
	opening = message_open(message->mem, &message->limits, lines);
	message->flags |= opening.flags & MESSAGE_HEADER_LIMIT_EXCEEDED;
	entry->part->is_leaf = false;
	entry->part->child = mime_part_new(mime, entry->part);
	mime_add_message(mime, entry->part->child, &opening,
			 entry->levels - 1);
}

static void
mime_parse_entry(struct mime *mime, const struct mime_entry *entry)
{
	struct part *part = entry->part;
	bool multipart = strncmp(part->type, "multipart/", 10) == 0;
	bool inner = mime_is_message(part);

	if ((inner || (multipart && entry->boundary.data != NULL)) &&
	    entry->levels == 0) {
		mime->message->flags |= MESSAGE_MIME_DEPTH_EXCEEDED;
		mime_set_body(entry);
	} else if (multipart && entry->boundary.data != NULL) {
		mime_parse_multipart(mime, entry);
	} else if (inner) {
		mime_parse_inner(mime, entry);
	} else {
		if (multipart && !part->type_missing)
			part->type = "text/plain";
		mime_set_body(entry);
	}
}

static struct part *
mime_next(struct part *part)
{
	if (part->child != NULL)
		return part->child;
	while (part != NULL && part->next == NULL)
		part = part->parent;
	return part == NULL ? NULL : part->next;
}

/* Numbers the parts in pre-order. */
static void
mime_number(struct mime *mime)
{
	struct message *message = mime->message;
	size_t place = 0;

	message->parts = mem_array(message->mem, struct part *,
				   mime->part_count);
	for (struct part *part = message->root; part != NULL;
	     part = mime_next(part)) {
		struct part *parent = part->parent;

		part->index = (unsigned)message->part_count;
		message->parts[message->part_count++] = part;
		place = 1;
		if (parent == NULL)
			part->path = "";
		for (struct part *child = part->child; child != NULL;
		     child = child->next)
			child->path = mem_printf(message->mem, "%s%s%zu",
						 part->path,
						 parent == NULL ? "" : ".",
						 place++);
	}
}

void
mime_parse(struct message *message, const struct opening *opening)
{
	struct mime mime = {
		.message = message,
		.scratch = mem_context(message, "mime"),
	};

	message->root = mime_part_new(&mime, NULL);
	mime_add_message(&mime, message->root, opening, message->limits.depth);
	while (mime.taken < mime.queued) {
		struct mime_entry entry = mime.queue[mime.taken++];

		mime_parse_entry(&mime, &entry);
	}
	for (size_t i = 0; i < mime.boundary_count; i++)
		if (mime.boundaries[i].state != 0)
			message->flags |= MESSAGE_MIME_BOUNDARY_OPEN;
	mime_number(&mime);
	mem_free(mime.scratch);
}
