/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_LINES_H
#define MAIL_LINES_H

/*
 * A text as a table of lines, eight bytes each, for message.c and mime.c.
 * SpamAssassin changes lines while it parses (CRLF to LF, long lines cut, the
 * LF before a boundary removed). Here the lines point into the bytes as they
 * arrived and only the table changes: so both readings stay at hand, and a part
 * of a part of a part costs no copy.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define LINES_SOURCE_MAX (((size_t)1 << 30) - 1) /* what len can count */

struct line {
	uint32_t start;    /* offset into the source */
	uint32_t len : 30; /* without its line end */
	uint32_t lf : 1;   /* reads as ending with LF */
	uint32_t dashes : 1; /* begins with "--": it may be a boundary */
};

struct lines {
	struct slice source;
	struct line *items;
	size_t count;
};

/* source must be no longer than LINES_SOURCE_MAX. */
struct lines lines_split(void *mem, struct slice source);
/* CR in front of LF no longer belongs to its line. */
void lines_drop_cr(struct lines *lines);
/* Cuts runs of more than 20 blank lines as Message::new does. */
void lines_squeeze(struct lines *lines);
/* Lines longer than 2,048 bytes are cut, LF added; a new table if any is. */
struct lines lines_chop(void *mem, struct lines lines);
/* The first line from `start` on that begins with "--"; count if none. */
size_t lines_next_dashes(const struct lines *lines, size_t start);
struct lines lines_view(struct lines lines, size_t start, size_t end);
/* The line without its LF. */
struct slice line_text(const struct lines *lines, size_t index);
bool line_is_blank(const struct lines *lines, size_t index); /* white space */
/* All lines as they read; copied below mem only if the source differs. */
struct slice lines_text(void *mem, const struct lines *lines);
/* The same stretch of the source, untouched; the last line end included if
 * the line still has it. */
struct slice lines_source(const struct lines *lines);

#endif
