/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/message.h"

#include "base/mem.h"
#include "mail/fields.h"
#include "mail/header.h"
#include "mail/mime.h"

static const struct message_limits message_defaults = {
	.header_bytes = 16 << 20,
	.header_count = 20000,
	.parts = 10000,
	.part_children = 1000,
	.depth = 20,
	.decoded_bytes = 256 << 20,
};

/* "From " in front, which is no field even if a colon follows much later. */
static bool
message_is_from_line(struct slice line)
{
	size_t end;

	if (!slice_starts(line, "From"))
		return false;
	end = slice_skip_space(line, strlen("From"));
	return end > 5 || (end == 5 && (end == line.len ||
					line.data[end] != ':'));
}

/* Does s begin as the pattern says? 9 digit, a letter, x hex digit, w word
 * character, _ white space, ? digit or white space; others stand for
 * themselves. */
static bool
message_fits(struct slice s, const char *pattern)
{
	for (size_t i = 0; pattern[i] != '\0'; i++) {
		unsigned char c = i < s.len ? (unsigned char)s.data[i] : 0;
		bool fits;

		switch (pattern[i]) {
		case '9': fits = str_is_digit(c); break;
		case 'a': fits = str_is_alpha(c); break;
		case 'x':
			fits = str_is_digit(c) || (c >= 'a' && c <= 'f');
			break;
		case 'w': fits = str_is_alnum(c) || c == '_'; break;
		case '_': fits = str_is_space(c); break;
		case '?': fits = str_is_digit(c) || str_is_space(c); break;
		default: fits = c == (unsigned char)pattern[i];
		}
		if (i >= s.len || !fits)
			return false;
	}
	return true;
}

/* The line in front of a message in an MBX folder
 * (Constants::MBX_SEPARATOR). */
static bool
message_is_mbx_line(struct slice line)
{
	struct slice tail;
	size_t comma;

	if (!message_fits(line, "?9-aaa-9999_99:99:99"))
		return false;
	while (line.len > 0 && (line.data[line.len - 1] == '\n' ||
				line.data[line.len - 1] == '\r'))
		line.len--;
	if (line.len < 21 + 22)
		return false;
	tail = slice_from(line, line.len - 21);
	if (!message_fits(tail, "xxxxxxxxxxxx-wwwwwwww") ||
	    line.data[line.len - 22] != ';')
		return false;
	comma = line.len - 22;
	while (comma > 0 && str_is_digit((unsigned char)line.data[comma - 1]))
		comma--;
	return comma > 20 && comma < line.len - 22 &&
	       line.data[comma - 1] == ',';
}

static bool
message_line_has_crlf(const struct lines *lines, size_t index)
{
	struct slice line = line_text(lines, index);

	return lines->items[index].lf && line.len > 0 &&
	       line.data[line.len - 1] == '\r';
}

struct opening
message_open(void *mem, const struct message_limits *limits,
	     struct lines lines)
{
	struct opening opening = { .lines = lines };

	if (lines.count > 0) {
		struct lines first = lines_view(lines, 0, 1);
		struct slice line = lines_source(&first);

		if (message_is_from_line(line) || message_is_mbx_line(line)) {
			opening.mbox_line = line;
			lines = lines_view(lines, 1, lines.count);
		}
	}
	if (lines.count > 0 &&
	    (message_line_has_crlf(&lines, 0) ||
	     message_line_has_crlf(&lines, lines.count - 1))) {
		opening.crlf = true;
		lines_drop_cr(&lines);
	}
	opening.lines = lines;
	opening.body = fields_read(mem, &opening.headers, limits, &lines,
				   &opening.flags);
	return opening;
}

static void
message_limit(size_t *value, size_t standard)
{
	if (*value == 0)
		*value = standard;
}

static void
message_set_limits(struct message_limits *limits)
{
	const struct message_limits *d = &message_defaults;

	message_limit(&limits->header_bytes, d->header_bytes);
	message_limit(&limits->header_count, d->header_count);
	message_limit(&limits->parts, d->parts);
	message_limit(&limits->part_children, d->part_children);
	message_limit(&limits->depth, d->depth);
	message_limit(&limits->decoded_bytes, d->decoded_bytes);
}

/*
 * In a CRLF message SpamAssassin mends bare LF in the head (bug 7785), and in
 * the line at which it found that the head is over.
 */
static bool
message_has_bare_lf(const struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		size_t end = lines->items[i].start + lines->items[i].len;

		if (lines->items[i].lf && lines->source.data[end] == '\n')
			return true;
	}
	return false;
}

static void
message_mend(struct message *message, const struct lines *lines, size_t head)
{
	struct slice all = message->pristine;
	struct buf out = BUF(message->mem);
	size_t len = 0;

	for (size_t i = 0; i < lines->count; i++) {
		len = i == head ? out.len : len;
		buf_slice(&out, line_text(lines, i));
		if (lines->items[i].lf)
			buf_text(&out, "\r\n");
	}
	len = lines->count == head ? out.len : len;
	buf_slice(&out, slice_from(all, lines_source(lines).len));
	message->pristine = buf_view(&out);
	message->pristine_head = slice_cut(message->pristine, 0, len);
	message->pristine_body = slice_from(message->pristine, len);
}

static void
message_set_pristine(struct message *message, const struct opening *opening)
{
	struct lines head = lines_view(opening->lines, 0, opening->body);
	struct slice all = slice_from(opening->lines.source,
				      opening->mbox_line.len);
	size_t len = lines_source(&head).len;

	message->pristine = all;
	message->pristine_head = slice_cut(all, 0, len);
	message->pristine_body = slice_from(all, len);
	if ((opening->flags & MESSAGE_MISSING_HEAD_BODY_SEPARATOR) &&
	    opening->body < opening->lines.count)
		head.count++;
	if (opening->crlf && message_has_bare_lf(&head))
		message_mend(message, &head, opening->body);
}

/* SpamAssassin notices on the way, when it puts "ALL" together. A field of
 * foreign 8-bit text can become three times as long. */
static void
message_check_head_size(struct message *message)
{
	void *scratch = mem_context(message, "head");
	bool truncated = false;

	if (message->pristine_head.len > HEADER_ALL_MAX / 3)
		header_everything(scratch, &message->root->headers, &truncated);
	if (truncated)
		message->flags |= MESSAGE_TRUNCATED_HEADERS;
	mem_free(scratch);
}

struct message *
message_parse(void *mem, struct slice raw, const struct message_limits *limits)
{
	struct message *message = mem_new(mem, struct message);
	void *scratch = mem_context(message, "lines");
	struct opening opening;

	message->mem = message;
	if (limits != NULL)
		message->limits = *limits;
	message_set_limits(&message->limits);
	if (raw.len > LINES_SOURCE_MAX) {
		raw = slice_cut(raw, 0, LINES_SOURCE_MAX);
		message->flags |= MESSAGE_SIZE_LIMIT_EXCEEDED;
	}
	if (raw.len == 0)
		raw = SLICE("\n");
	message->source = raw;
	opening = message_open(message, &message->limits,
			       lines_split(scratch, raw));
	message->flags |= opening.flags;
	message->crlf = opening.crlf;
	message->mbox_line = opening.mbox_line;
	message_set_pristine(message, &opening);
	mime_parse(message, &opening);
	message_check_head_size(message);
	mem_free(scratch);
	return message;
}
