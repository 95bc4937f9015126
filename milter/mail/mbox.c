/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/mbox.h"

#define MBOX_LINE_MAX 1000 /* bytes of a "From " line that are looked at */

static bool
mbox_is_time(struct slice line, size_t at)
{
	return at > 0 && at + 2 < line.len && line.data[at] == ':' &&
	       str_is_digit((unsigned char)line.data[at - 1]) &&
	       str_is_digit((unsigned char)line.data[at + 1]) &&
	       str_is_digit((unsigned char)line.data[at + 2]);
}

static bool
mbox_is_separator(struct slice line)
{
	line = slice_cut(line, 0, MBOX_LINE_MAX);
	if (!slice_starts(line, "From "))
		return false;
	for (size_t i = 5; i < line.len; i++)
		if (mbox_is_time(line, i))
			return true;
	return false;
}

bool
mbox_is(struct slice file)
{
	struct slice line;

	return slice_line(&file, &line) && mbox_is_separator(line);
}

bool
mbox_next(struct slice *rest, struct slice *message)
{
	struct slice left = *rest, line;
	size_t end = 0;
	bool after_empty = false;

	if (rest->len == 0)
		return false;
	while (slice_line(&left, &line)) {
		if (after_empty && mbox_is_separator(line))
			break;
		end = rest->len - left.len;
		after_empty = slice_trim(line).len == 0;
	}
	*message = slice_cut(*rest, 0, end);
	*rest = slice_from(*rest, end);
	return true;
}
