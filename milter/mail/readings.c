/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/readings_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define READINGS_MAX 4000    /* of one message */
#define READINGS_HEADS 20000 /* of one source */
#define READINGS_DEPTH 4     /* encoded messages in encoded messages */
#define READINGS_BEGINNING 100 /* bytes that tell what was encoded */
#define READINGS_CLAIMS_MAX 16384 /* bytes of Content-Type fields */

void
readings_note(struct reader *reader, const char *format, ...)
{
	struct readings *readings = reader->readings;
	char text[200];
	va_list args;

	if (readings->note_count >= READINGS_NOTES_MAX)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	readings->notes[readings->note_count++] =
		mem_strdup(reader->message->mem, text);
}

/* "part 1.2", "the message", "line 40". */
const char *
readings_place(void *mem, const struct part *part)
{
	if (part->path[0] == '\0')
		return "the message";
	if (!str_is_digit((unsigned char)part->path[0]))
		return part->path;
	return mem_printf(mem, "part %s", part->path);
}

void
readings_add(struct reader *reader, struct part *part, struct slice raw,
	     enum habit habit, bool loose)
{
	struct readings *readings = reader->readings;

	if (readings->count >= READINGS_MAX) {
		readings->limited = "the message has more readings than are "
				    "looked into";
		return;
	}
	mem_grow(reader->message->mem, readings->items, readings->count);
	readings->items[readings->count++] =
		(struct reading){ part, raw, habit, loose };
}

/* May so many bytes more be decoded? */
bool
readings_may_decode(struct reader *reader, size_t size)
{
	if (size > reader->message->limits.decoded_bytes - reader->bytes) {
		reader->readings->limited = "the message's readings are larger "
					    "than is looked into";
		return false;
	}
	reader->bytes += size;
	return true;
}

static void readings_source(struct reader *reader, struct slice source,
			    unsigned depth);

/* To some programs what begins as a part does is one, though encoded. */
void
readings_unwrap(struct reader *reader, struct slice raw, enum habit usual,
		unsigned depth)
{
	void *mem = reader->message->mem;
	struct slice front = SLICE("");

	if (usual != HABIT_NONE)
		front = slice_trim(habit_decode(
			mem, usual, slice_cut(raw, 0, READINGS_BEGINNING)));
	if ((slice_starts(front, "--") ||
	     slice_starts_nocase(front, "content-")) &&
	    depth < READINGS_DEPTH && readings_may_decode(reader, raw.len))
		readings_source(reader, habit_decode(mem, usual, raw),
				depth + 1);
}

/* The fields of a part in lines. */
static unsigned
readings_transfer(const struct part *part)
{
	struct buf fields = BUF(part->message->mem);

	for (size_t i = 0; i < part->headers.count &&
			   fields.len < READINGS_CLAIMS_MAX;
	     i++) {
		buf_slice(&fields, part->headers.items[i].line);
		buf_char(&fields, '\n');
	}
	return transfer_of(part->message->mem, buf_view(&fields));
}

static void
readings_leaf(struct reader *reader, struct part *part, unsigned transfer,
	      unsigned depth)
{
	enum habit habits[HABITS], usual = readings_usual(part);
	size_t count =
		readings_habits(part, transfer, usual, part->exact, habits);

	if (readings_decode(reader, part, part->exact, usual, habits, count) >
	    0)
		readings_judge(reader, part, part->exact, usual);
	readings_unwrap(reader, part->exact, usual, depth);
}

/* --- the message --- */

/* A container, which must not be encoded, may have been. */
void
readings_inside(struct reader *reader, const struct part *part,
		struct slice raw, unsigned transfer, unsigned depth)
{
	enum habit habits[HABITS];
	size_t count = readings_habits(part, transfer, HABIT_NONE, raw, habits);
	struct part *whole;

	if (strncmp(part->type, "multipart/", 10) != 0 &&
	    strncmp(part->type, "message/", 8) != 0)
		return;
	/* To some it is no container then, but a file. */
	whole = mem_copy(reader->message->mem, part, sizeof(*part));
	whole->is_leaf = true;
	for (size_t i = 0; i < count && depth < READINGS_DEPTH; i++) {
		struct slice decoded;

		if (!readings_may_decode(reader, raw.len))
			return;
		decoded = habit_decode(reader->message->mem, habits[i], raw);
		if (part->inner.data == NULL ||
		    !slice_equal(decoded, part->inner)) {
			readings_add(reader, whole, raw, habits[i], false);
			readings_source(reader, decoded, depth + 1);
		}
	}
}

/* The index of the first place behind these bytes. */
size_t
readings_behind(const struct reader *reader, const char *at)
{
	size_t low = 0, high = reader->message->part_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if ((uintptr_t)reader->places[middle].body <= (uintptr_t)at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Where the first byte stands that is not blank; at its end if there is none.
 */
static const char *
readings_begin(struct slice body)
{
	return body.data + slice_skip_space(body, 0);
}

/* The part of the tree whose body begins there, or NULL. */
static struct part *
readings_in_tree(const struct reader *reader, const char *body)
{
	size_t i = readings_behind(reader, body);

	return i > 0 && reader->places[i - 1].body == body
		       ? reader->places[i - 1].part
		       : NULL;
}

static void
readings_head(struct reader *reader, struct slice source,
	      const struct head *head, size_t end, unsigned depth)
{
	struct part *part = readings_in_tree(
		reader, readings_begin(slice_from(source, head->body)));
	const char *body;
	unsigned transfer;

	if (part == NULL) {
		readings_stray(reader, source, head, end, depth);
		return;
	}
	transfer = transfer_of(reader->message->mem, head->fields);
	reader->seen[part->index] = true;
	if (part->is_leaf)
		readings_leaf(reader, part, transfer, depth);
	/* Where nothing stands in front of the first part, they begin alike. */
	for (body = readings_begin(part->exact);
	     part != NULL && readings_begin(part->exact) == body;
	     part = part->parent)
		if ((transfer & (TRANSFER_BASE64 | TRANSFER_QP)) != 0)
			readings_inside(reader, part, part->exact, transfer,
					depth);
}

static void
readings_source(struct reader *reader, struct slice source, unsigned depth)
{
	void *scratch = mem_context(NULL, "heads");
	struct heads heads = heads_find(scratch, source, READINGS_HEADS);

	for (size_t i = 0; i < heads.count && reader->readings->limited == NULL;
	     i++)
		readings_head(reader, source, &heads.items[i],
			      i + 1 < heads.count ? heads.items[i + 1].begin
						  : source.len,
			      depth);
	if (heads.cut)
		reader->readings->limited = "the message has more parts than "
					    "are looked into";
	if (heads.embedded)
		readings_add(reader, reader->message->root, source, HABIT_NONE,
			     true);
	mem_free(scratch);
}

static int
readings_compare(const void *a, const void *b)
{
	const struct reader_place *left = a, *right = b;
	uintptr_t x = (uintptr_t)left->body, y = (uintptr_t)right->body;

	if (x != y)
		return x < y ? -1 : 1;
	return left->part->index < right->part->index ? -1 : 1;
}

/* The tree's parts by place, and the text of their Content-Type fields. */
static void
readings_prepare(struct reader *reader)
{
	struct message *message = reader->message;
	struct buf claims = BUF(message->mem);

	reader->seen = mem_array(message->mem, bool, message->part_count);
	reader->places = mem_array(message->mem, struct reader_place,
				   message->part_count);
	for (size_t i = 0; i < message->part_count; i++) {
		struct part *part = message->parts[i];
		const struct header *header =
			headers_first(&part->headers, "content-type");

		reader->places[i].part = part;
		reader->places[i].body = readings_begin(part->exact);
		for (; header != NULL && claims.len < READINGS_CLAIMS_MAX;
		     header = header_next(&part->headers, header))
			buf_slice(&claims, header->line);
	}
	qsort(reader->places, message->part_count, sizeof(*reader->places),
	      readings_compare);
	reader->claims = buf_view(&claims);
}

static void
readings_tree(struct reader *reader)
{
	struct message *message = reader->message;

	for (size_t i = 0; i < message->part_count; i++) {
		struct part *part = message->parts[i];
		const char *why = ambiguous_fields(message->mem, part);

		if (why != NULL)
			readings_note(reader, "%s: %s",
				      readings_place(message->mem, part), why);
		if (part->inner.data != NULL)
			readings_source(reader, part->inner, 1);
		if (part->is_leaf && !reader->seen[i])
			readings_leaf(reader, part, readings_transfer(part),
				      0);
		if (part->is_leaf)
			readings_ends(reader, part);
		if (strcmp(part->type, "message/partial") == 0)
			reader->readings->fragment = true;
	}
}

const struct readings *
readings_of(struct message *message)
{
	struct reader reader = { .message = message };

	if (message->readings != NULL)
		return message->readings;
	message->readings = mem_new(message->mem, struct readings);
	reader.readings = message->readings;
	readings_prepare(&reader);
	readings_source(&reader, message->source, 0);
	readings_tree(&reader);
	readings_runs(&reader);
	return message->readings;
}
