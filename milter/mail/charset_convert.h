/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_CHARSET_CONVERT_H
#define MAIL_CHARSET_CONVERT_H

/* iconv(3), where its tables or its manners differ from Perl's brought back to
 * those. */

#include "base/str.h"

/* What becomes of bytes that are no character. */
enum charset_mode {
	CHARSET_STRICT,  /* the whole fails */
	CHARSET_REPLACE, /* U+FFFD */
	CHARSET_QUOTE,   /* \xHH */
};
/* A character cut off by the end of the text is dropped, not an error, except
 * in the forms of Unicode. */

/* name: as charset_name() gives it. SLICE_NONE: unknown, or strict and not
 * so. */
struct slice charset_convert(void *mem, struct slice bytes, const char *name,
			     enum charset_mode mode);

#endif
