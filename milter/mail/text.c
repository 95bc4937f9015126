/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/text_private.h"

#include "base/mem.h"
#include "mail/charset.h"
#include "mail/header.h"
#include "mail/unicode.h"

#define TEXT_BODY_MAX 50000     /* body_part_scan_size, in characters */
#define TEXT_RAWBODY_MAX 500000 /* rawbody_part_scan_size, in bytes */
#define TEXT_CUT_LOOK 1024      /* so far a good place to cut is looked for */
#define TEXT_LINE_MAX 2048      /* MAX_BODY_LINE_LENGTH */

struct text_views {
	struct text_settings settings;
	struct text *body, *rawbody;
};

static struct text_views *
text_views(struct message *message)
{
	if (message->text == NULL) {
		message->text = mem_new(message->mem, struct text_views);
		message->text->settings = (struct text_settings){
			.body_max = TEXT_BODY_MAX,
			.rawbody_max = TEXT_RAWBODY_MAX,
		};
	}
	return message->text;
}

void
text_configure(struct message *message, const struct text_settings *settings)
{
	text_views(message)->settings = *settings;
}

const struct text_settings *
text_settings_of(struct message *message)
{
	return &text_views(message)->settings;
}

/* Byte offset of the count-th character from `from` on; at most s.len. */
static size_t
text_offset(struct slice s, bool characters, size_t from, size_t count)
{
	if (!characters)
		return count > s.len - from ? s.len : from + count;
	for (; count > 0 && from < s.len; count--)
		unicode_next(s, &from);
	return from;
}

/*
 * Cuts at `max` (0: nowhere), or better behind the first of the bytes in `ends`
 * (tried one after the other) that follows soon.
 */
static struct slice
text_cut(struct slice s, bool characters, size_t max, const char *ends)
{
	size_t start, limit, hit;

	if (max == 0 || s.len <= max)
		return s;
	start = text_offset(s, characters, 0, max);
	if (start >= s.len)
		return s;
	limit = text_offset(s, characters, start, TEXT_CUT_LOOK + 1);
	for (; *ends != '\0'; ends++) {
		hit = slice_find(slice_cut(s, 0, limit), start, *ends);
		if (hit < limit)
			return slice_cut(s, 0, hit + 1);
	}
	return slice_cut(s, 0, start);
}

/* From now on the text is characters: what it held as bytes was Latin-1. */
static void
text_upgrade(struct buf *text)
{
	struct slice wide;

	if (charset_is_ascii(buf_view(text)))
		return;
	wide = text_widen(text->mem, buf_view(text));
	buf_reset(text);
	buf_slice(text, wide);
}

static void
text_append(struct buf *text, bool *characters, struct rendered piece,
	    size_t max)
{
	piece.text = text_cut(piece.text, piece.characters, max, "\n ");
	if (piece.characters && !*characters) {
		text_upgrade(text);
		*characters = true;
	}
	if (piece.characters || !*characters) {
		buf_slice(text, piece.text);
		return;
	}
	buf_slice(text, text_widen(text->mem, piece.text));
}

/* A run of white space: one blank, or a line break with what is around it.
 * Returns what is behind it. */
static char *
text_put_blank(char *out, struct slice run)
{
	const char *first, *last;

	if (run.len <= 1) { /* nearly always */
		if (run.len == 1)
			*out++ = ' ';
		return out;
	}
	first = memchr(run.data, '\n', run.len);
	last = memrchr(run.data, '\n', run.len);
	if (first == last) {
		*out++ = ' ';
		return out;
	}
	if (first > run.data)
		*out++ = ' ';
	*out++ = '\n';
	if (last + 1 < run.data + run.len)
		*out++ = ' ';
	return out;
}

/* Where the run of visible ASCII that begins at `at` ends. */
static size_t
text_plain_end(struct slice s, size_t at)
{
	while (at < s.len && s.data[at] > ' ' && s.data[at] < 127)
		at++;
	return at;
}

/*
 * Makes paragraphs: two line breaks with nothing but white space between end
 * one, all other white space is one blank. SpamAssassin marks the ends with NUL
 * on the way, and so a NUL in the text becomes an end as well.
 */
static void
text_paragraphs(struct buf *text, struct slice s, bool characters)
{
	char *out = buf_room(text, s.len); /* nothing becomes longer */
	size_t run = 0, i = 0;

	while (i < s.len) {
		size_t at = i;
		unsigned long c = 'x';

		i = text_plain_end(s, at);
		if (i == at)
			c = characters ? unicode_next(s, &i) :
					 (unsigned char)s.data[i++];
		if (unicode_is_space(c, characters))
			continue;
		out = text_put_blank(out, slice_cut(s, run, at));
		if (c == 0)
			*out++ = '\n';
		else
			out = mempcpy(out, s.data + at, i - at);
		run = i;
	}
	buf_end(text, text_put_blank(out, slice_cut(s, run, s.len)));
}

/* Every leaf of any kind is parted by a line break from what is before it. */
static void
text_collect(struct message *message, struct buf *text, bool *characters)
{
	for (size_t i = 0; i < message->part_count; i++) {
		struct part *part = message->parts[i];
		const struct part_text *piece;

		if (!part->is_leaf || part->type[0] == '\0')
			continue;
		if (text->len > 0)
			buf_char(text, '\n');
		piece = text_part(part);
		if (piece->shown)
			text_append(text, characters, piece->rendered,
				    message->text->settings.body_max);
	}
}

static struct slice
text_build(struct message *message)
{
	void *scratch = mem_context(message->mem, "text");
	struct buf text = BUF(scratch), out = BUF(message->mem);
	bool characters = false, leaf = false;
	struct slice subject = header_last_decoded(
		&message->root->headers, "subject");

	for (size_t i = 0; i < message->part_count; i++)
		leaf = leaf || (message->parts[i]->is_leaf &&
				message->parts[i]->type[0] != '\0');
	if (leaf) {
		buf_slice(&out, subject);
		buf_char(&out, '\n');
	}
	text_collect(message, &text, &characters);
	text_paragraphs(&out, buf_view(&text), characters);
	mem_free(scratch);
	return buf_view(&out);
}

static void
text_add(struct message *message, struct text *text, struct slice item)
{
	mem_grow(message->mem, text->items, text->count);
	text->items[text->count++] = item;
}

/* One line in pieces: cut behind a blank, so that URLs stay whole. */
static void
text_add_line(struct message *message, struct text *text, struct slice line)
{
	while (line.len > TEXT_LINE_MAX) {
		const char *blank = memrchr(line.data, ' ', TEXT_LINE_MAX + 1);
		size_t len = blank == NULL ? TEXT_LINE_MAX :
					     (size_t)(blank - line.data) + 1;

		text_add(message, text, slice_cut(line, 0, len));
		line = slice_from(line, len);
	}
	text_add(message, text, line);
}

const struct text *
text_body(struct message *message)
{
	struct text_views *views = text_views(message);
	struct slice all, line;

	if (views->body != NULL)
		return views->body;
	views->body = mem_new(message->mem, struct text);
	all = text_build(message);
	while (slice_line(&all, &line))
		text_add_line(message, views->body, line);
	return views->body;
}

/* Where a chunk that begins at start ends: 2,048 to 4,096 bytes on. */
static size_t
text_chunk_end(struct slice s, size_t start)
{
	struct slice reach = slice_cut(s, 0, start + 2 * TEXT_LINE_MAX);

	for (const char *end = "\n> "; *end != '\0'; end++) {
		size_t hit = slice_find(reach, start + TEXT_LINE_MAX, *end);

		if (hit < reach.len)
			return hit + 1;
	}
	return start + TEXT_LINE_MAX + 1;
}

static void
text_add_chunks(struct message *message, struct text *text, struct slice s)
{
	size_t start = 0;

	if (s.len <= TEXT_LINE_MAX) {
		text_add(message, text, s);
		return;
	}
	while (s.len - start > 2 * TEXT_LINE_MAX) {
		size_t end = text_chunk_end(s, start);

		text_add(message, text, slice_cut(s, start, end));
		start = end;
	}
	if (start < s.len)
		text_add(message, text, slice_from(s, start));
}

/* "text" or "message", and not as a part of a longer word. */
static bool
text_is_raw(const struct part *part)
{
	const char *type = part_effective_type(part);
	size_t n = strncmp(type, "text", 4) == 0 ? 4 : 7;

	if (!part->is_leaf || strcmp(part->type, "text/calendar") == 0 ||
	    part->type[0] == '\0' ||
	    (n == 7 && strncmp(type, "message", 7) != 0))
		return false;
	return type[n] != '_' && !str_is_alnum((unsigned char)type[n]);
}

const struct text *
text_rawbody(struct message *message)
{
	struct text_views *views = text_views(message);

	if (views->rawbody != NULL)
		return views->rawbody;
	views->rawbody = mem_new(message->mem, struct text);
	for (size_t i = 0; i < message->part_count; i++) {
		struct part *part = message->parts[i];

		if (text_is_raw(part))
			text_add_chunks(message, views->rawbody,
					text_cut(part_decoded(part), false,
						 views->settings.rawbody_max,
						 "\n> "));
	}
	return views->rawbody;
}

struct slice
text_full(struct message *message)
{
	return message->pristine;
}
