/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/heads.h"

#include <string.h>

#include "base/mem.h"
#include "mail/embedded.h"
#include "mail/fields.h"

#define HEADS_INDENT 8 /* blanks and odd bytes in front of a field's name */
#define HEADS_COLON 16 /* odd bytes between the name and its colon */
#define HEADS_GAP 3    /* lines between two heads that may be one */
#define HEADS_FIELDS_MAX 65536 /* bytes of one that are looked at */
#define HEADS_JOINED_MAX 2048  /* bytes of one that the next is joined to */

/* Lines end at LF, at CRLF, and at a CR alone. */
struct cursor {
	struct slice source;
	size_t at;
	size_t lf; /* the next one; found once, not for every CR before it */
	size_t number;
	bool bare; /* the line stands behind a bare CR */
};

static bool
cursor_next(struct cursor *cursor, struct slice *line, size_t *start)
{
	struct slice source = cursor->source;
	size_t cr;

	if (cursor->at >= source.len)
		return false;
	*start = cursor->at;
	if (cursor->number == 0 || cursor->lf < cursor->at)
		cursor->lf = slice_find(source, cursor->at, '\n');
	cr = slice_find(slice_cut(source, 0, cursor->lf), cursor->at, '\r');
	cursor->bare = *start > 0 && source.data[*start - 1] == '\r';
	*line = slice_cut(source, *start, cr);
	cursor->at = (cr + 1 == cursor->lf ? cursor->lf : cr) + 1;
	cursor->number++;
	return true;
}

/* What may stand in front of a field's name. Not what quotes a mail: who does
 * that writes no part. */
static bool
heads_is_odd(char c)
{
	return c == '\0' || (!str_is_alnum((unsigned char)c) &&
			     strchr(">|*#:-'\"", c) == NULL);
}

/* Offset of the name of a Content- field that counts, or SIZE_MAX. */
static size_t
heads_field(struct slice line, bool bare)
{
	static const char *const names[] = { "content-type",
					     "content-transfer-encoding",
					     "content-disposition" };
	size_t at = 0, end;

	while (at < line.len && at < HEADS_INDENT &&
	       heads_is_odd(line.data[at]))
		at++;
	if (bare && at + 1 < line.len &&
	    str_lower_char((unsigned char)line.data[at]) != 'c')
		at++;
	if (at >= line.len || (line.data[at] != 'c' && line.data[at] != 'C'))
		return SIZE_MAX;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!slice_starts_nocase(slice_from(line, at), names[i]))
			continue;
		end = at + strlen(names[i]);
		return slice_find(slice_cut(line, end, end + HEADS_COLON), 0,
				  ':') < HEADS_COLON &&
				       slice_find(line, end, ':') < line.len
			       ? at
			       : SIZE_MAX;
	}
	return SIZE_MAX;
}

static void
heads_clean(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] >= ' ')
			buf_char(out, text.data[i]);
		else if (text.data[i] == '\t')
			buf_char(out, ' ');
}

/* One line of a head: its own field, or more of the one before. */
static void
heads_add(struct buf *out, struct slice line, bool bare)
{
	size_t at = heads_field(line, bare);

	if (out->len + line.len > HEADS_FIELDS_MAX)
		return;
	if (at == SIZE_MAX && fields_starts(line, true))
		at = 0;
	if (out->len > 0)
		buf_text(out, at == SIZE_MAX ? " " : "\n");
	heads_clean(out, slice_from(line, at == SIZE_MAX ? 0 : at));
}

enum heads_kind { HEADS_EMPTY, HEADS_CONTENT, HEADS_FIELD, HEADS_OTHER };

static enum heads_kind
heads_kind(struct slice line, bool bare)
{
	if (line.len == 0)
		return HEADS_EMPTY;
	if (heads_field(line, bare) != SIZE_MAX)
		return HEADS_CONTENT;
	if (fields_starts(line, true))
		return HEADS_FIELD;
	if ((line.data[0] == ' ' || line.data[0] == '\t') &&
	    slice_trim(line).len > 0)
		return HEADS_FIELD;
	return HEADS_OTHER;
}

/* Does a Content- field follow within a few lines, no empty one between? */
static bool
heads_goes_on(struct cursor cursor)
{
	struct slice line;
	size_t start;

	for (int i = 0; i < HEADS_GAP && cursor_next(&cursor, &line, &start);
	     i++) {
		if (line.len == 0 || slice_starts(line, "--"))
			return false;
		if (heads_field(line, cursor.bare) != SIZE_MAX)
			return true;
	}
	return false;
}

/* Reads on to the end of the head; the cursor then stands at its body. */
static void
heads_take(struct cursor *cursor, struct buf *fields, struct head *head)
{
	struct cursor before = *cursor;
	struct slice line;
	size_t start;

	while (cursor_next(cursor, &line, &start)) {
		enum heads_kind kind = heads_kind(line, cursor->bare);

		if (kind == HEADS_EMPTY)
			break;
		if (kind == HEADS_OTHER && !heads_goes_on(*cursor)) {
			if (slice_trim(line).len > 0)
				*cursor = before;
			break;
		}
		heads_add(fields, line, cursor->bare);
		before = *cursor;
	}
	head->body = cursor->at < cursor->source.len ? cursor->at
						     : cursor->source.len;
}

/* Ends the head above only a few lines before this one, without a boundary? */
static bool
heads_is_near(const struct head *before, struct slice source, size_t start)
{
	struct slice gap = slice_cut(source, before->body, start), line;
	int lines = 0;

	while (slice_line(&gap, &line)) {
		if (slice_starts(line, "--") || ++lines > HEADS_GAP)
			return false;
	}
	return true;
}

static void
heads_append(void *mem, struct heads *heads, struct cursor *cursor,
	     struct slice line, size_t start, size_t begin)
{
	struct head head = { .begin = begin,
			     .start = start,
			     .line = cursor->number };
	const struct head *before =
		heads->count == 0 ? NULL : &heads->items[heads->count - 1];
	struct buf fields = BUF(mem);

	if (before != NULL && before->fields.len < HEADS_JOINED_MAX &&
	    heads_is_near(before, cursor->source, start))
		buf_slice(&fields, before->fields);
	heads_add(&fields, line, cursor->bare);
	heads_take(cursor, &fields, &head);
	head.fields = buf_view(&fields);
	mem_grow(mem, heads->items, heads->count);
	heads->items[heads->count++] = head;
}

struct heads
heads_find(void *mem, struct slice source, size_t max)
{
	struct cursor cursor = { .source = source };
	struct heads heads = { .count = 0 };
	size_t start, before = 0;
	struct slice line;
	bool dashes = false;

	while (cursor_next(&cursor, &line, &start)) {
		if (heads_field(line, cursor.bare) == SIZE_MAX) {
			before = start;
			dashes = slice_starts(line, "--");
			heads.embedded |= embedded_begins(
				line, slice_from(source, cursor.at));
			continue;
		}
		if (heads.count >= max) {
			heads.cut = true;
			break;
		}
		heads_append(mem, &heads, &cursor, line, start,
			     dashes ? before : start);
		dashes = false;
	}
	return heads;
}

size_t
head_first_end(const struct head *head, struct slice source, size_t end)
{
	struct cursor cursor = { .source = slice_cut(source, 0, end),
				 .at = head->body };
	struct slice line;
	size_t start;

	while (cursor_next(&cursor, &line, &start))
		if (line.len > 2 && slice_starts(line, "--"))
			return start;
	return end;
}
