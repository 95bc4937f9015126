/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_TAG_H
#define RULE_TAG_H

/* The longer tags, which report.c makes for tag.c, and the breaking of lines
 * that template.c and it share. */

#include "rule/check_private.h"

void report_summary(struct check *check, struct buf *out, const char *arg);
void report_lines(struct check *check, struct buf *out, const char *arg);
/* What subjprefix says of the rules that hit, in the order in which they
 * ran. */
void tag_subject_prefix(struct check *check, struct buf *out, const char *arg);
void report_preview(struct check *check, struct buf *out, const char *arg);

enum wrap_break {
	WRAP_BLANKS, /* at white space */
	WRAP_COMMAS, /* behind white space and commas */
};

/*
 * Breaks text into lines (Util::wrap): `first` begins the first, `prefix` the
 * others, a tab counts as 8. overflow: a line may end with the word that passes
 * width.
 */
struct slice wrap_text(void *mem, struct slice text, const char *prefix,
		       const char *first, size_t width, bool overflow,
		       enum wrap_break where);

#endif
