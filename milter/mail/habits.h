/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HABITS_H
#define MAIL_HABITS_H

/*
 * What mail clients make of a body whose transfer encoding is not clean. Each
 * habit is that of some programs: to skip a foreign byte or to stop at it, to
 * end at '=' or to go on behind it, and so on. Where the body is clean all of
 * them give the same.
 */

#include <stdbool.h>

#include "base/str.h"

enum habit {
	HABIT_NONE,   /* as it stands */
	HABIT_BASE64, /* what scanners get anyway: decode_base64_pieces() */
	HABIT_BASE64_SKIP,	/* '=' is a foreign byte like others */
	HABIT_BASE64_STOP,	/* '=' ends it all */
	HABIT_BASE64_ZERO,	/* '=' counts as a letter of value 0 */
	HABIT_BASE64_STRICT,	/* a foreign byte or '=' ends it all */
	HABIT_BASE64_DROP_LINE, /* lines with a foreign byte are left out */
	HABIT_BASE64_CUT_LINE,	/* a foreign byte ends its line */
	HABIT_BASE64_LINES,	/* each line stands alone */
	HABIT_BASE64_WHOLE,	/* each line, its whole groups only */
	HABIT_BASE64_URL,	/* '-' and '_' are letters */
	HABIT_QP,		/* decode_qp() */
	HABIT_QP_SKIP,		/* '=' that is no escape is left out */
	HABIT_QP_SKIP_BLANKS,	/* with the blanks behind it */
	HABIT_QP_SKIP_TWO,	/* with the two bytes behind it */
	HABIT_QP_STRICT,	/* blanks behind '=' make it no soft break */
	HABIT_QP_BARE, /* bytes that must not be there are left out first */
	HABIT_UU,      /* lines of uuencode, with or without "begin" */
	HABITS
};

/* Takes any bytes and never fails; the result hangs below mem. */
struct slice habit_decode(void *mem, enum habit habit, struct slice in);

/* No two habits differ on it: letters, padding at the very end, lines of whole
 * groups. */
bool habit_base64_is_clean(struct slice in);
/* Printable ASCII, blanks, line ends, and each '=' an escape or soft break. */
bool habit_qp_is_clean(struct slice in);
/* The same but for 8-bit bytes and a final '='. */
bool habit_qp_is_sound(struct slice in);
/* It is base64, whatever is said of it: nothing else, and not just a word. */
bool habit_base64_is_likely(struct slice in);
bool habit_uu_is_likely(struct slice in);

#endif
