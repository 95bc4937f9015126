/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/lines.h"

#include "base/mem.h"

#define LINES_LONGEST 2048 /* MAX_BODY_LINE_LENGTH */
#define LINES_BLANK_RUN 20

static bool
lines_has_dashes(const char *text, size_t len)
{
	return len >= 2 && text[0] == '-' && text[1] == '-';
}

struct lines
lines_split(void *mem, struct slice source)
{
	struct lines lines = { .source = source };
	struct slice rest = source, line;
	size_t at = 0;

	while (slice_line(&rest, &line))
		lines.count++;
	lines.items = mem_resize(mem, lines.items, lines.count);
	for (size_t i = 0; i < lines.count; i++) {
		size_t end = slice_find(source, at, '\n');

		lines.items[i] = (struct line){
			.start = (uint32_t)at,
			.len = (uint32_t)(end - at) & LINES_SOURCE_MAX,
			.lf = end < source.len,
			.dashes = lines_has_dashes(source.data + at, end - at),
		};
		at = end + 1;
	}
	return lines;
}

void
lines_drop_cr(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		struct line *line = &lines->items[i];

		if (line->lf && line->len > 0 &&
		    lines->source.data[line->start + line->len - 1] == '\r')
			line->len--;
	}
}

struct slice
line_text(const struct lines *lines, size_t index)
{
	const struct line *line = &lines->items[index];

	return (struct slice){ lines->source.data + line->start, line->len };
}

bool
line_is_blank(const struct lines *lines, size_t index)
{
	return slice_trim(line_text(lines, index)).len == 0;
}

/*
 * SpamAssassin walks backwards and looks at its first line in a way that lets a
 * run at the very top keep one line more.
 */
void
lines_squeeze(struct lines *lines)
{
	size_t kept = 0, run = 0, limit;

	for (size_t i = 0; i < lines->count; i += run) {
		for (run = 0; i + run < lines->count &&
			      line_is_blank(lines, i + run);
		     run++)
			;
		if (run == 0) {
			lines->items[kept++] = lines->items[i];
			run = 1;
			continue;
		}
		limit = LINES_BLANK_RUN + (i == 0);
		/* The second line of the run and those behind it go first. */
		for (size_t k = 0; k < run; k++)
			if (run <= limit || k < 1 + (size_t)(i == 0) ||
			    k >= run - limit + 1 + (size_t)(i == 0))
				lines->items[kept++] = lines->items[i + k];
	}
	lines->count = kept;
}

static size_t
lines_chopped_count(const struct lines *lines)
{
	size_t count = lines->count;

	for (size_t i = 0; i < lines->count; i++) {
		size_t size = lines->items[i].len + lines->items[i].lf;

		if (size > LINES_LONGEST)
			count += (size - 1) / LINES_LONGEST;
	}
	return count;
}

struct lines
lines_chop(void *mem, struct lines lines)
{
	struct lines out = { .source = lines.source };
	size_t count = lines_chopped_count(&lines);

	if (count == lines.count)
		return lines;
	out.items = mem_resize(mem, out.items, count);
	for (size_t i = 0; i < lines.count; i++) {
		struct line line = lines.items[i];

		for (; (size_t)line.len + line.lf > LINES_LONGEST;
		     line.start += LINES_LONGEST, line.len -= LINES_LONGEST)
			out.items[out.count++] = (struct line){
				line.start, LINES_LONGEST, 1, 0 };
		out.items[out.count++] = line;
	}
	for (size_t i = 0; i < out.count; i++)
		out.items[i].dashes = lines_has_dashes(
			out.source.data + out.items[i].start,
			out.items[i].len);
	return out;
}

size_t
lines_next_dashes(const struct lines *lines, size_t start)
{
	while (start < lines->count && !lines->items[start].dashes)
		start++;
	return start;
}

struct lines
lines_view(struct lines lines, size_t start, size_t end)
{
	lines.items += start;
	lines.count = end - start;
	return lines;
}

/* Do the lines stand in the source just as they read? */
static bool
lines_contiguous(const struct lines *lines)
{
	size_t at = lines->count == 0 ? 0 : lines->items[0].start;

	for (size_t i = 0; i < lines->count; i++) {
		const struct line *line = &lines->items[i];

		if (line->start != at)
			return false;
		at += line->len;
		if (!line->lf)
			continue;
		if (at >= lines->source.len || lines->source.data[at] != '\n')
			return false;
		at++;
	}
	return true;
}

struct slice
lines_text(void *mem, const struct lines *lines)
{
	struct buf out = BUF(mem);
	size_t size = 0;

	if (lines->count == 0)
		return SLICE("");
	if (lines_contiguous(lines))
		return lines_source(lines);
	for (size_t i = 0; i < lines->count; i++)
		size += lines->items[i].len + lines->items[i].lf;
	out.room = size + 1;
	out.data = mem_resize(mem, out.data, out.room);
	for (size_t i = 0; i < lines->count; i++) {
		buf_slice(&out, line_text(lines, i));
		if (lines->items[i].lf)
			buf_char(&out, '\n');
	}
	return buf_view(&out);
}

struct slice
lines_source(const struct lines *lines)
{
	const struct line *last;
	size_t end;

	if (lines->count == 0)
		return SLICE("");
	last = &lines->items[lines->count - 1];
	end = last->start + last->len;
	if (last->lf && slice_starts(slice_from(lines->source, end), "\r\n"))
		end += 2;
	else if (last->lf && slice_starts(slice_from(lines->source, end), "\n"))
		end += 1;
	return slice_cut(lines->source, lines->items[0].start, end);
}
