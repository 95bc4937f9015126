/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_CHARSET_SEVEN_H
#define MAIL_CHARSET_SEVEN_H

/*
 * Seven-bit sets of East Asia that switch by escape sequences, brought into the
 * eight-bit form (EUC) the way Perl's Encode does: it is lenient in its own
 * manner, and drops what stands behind something it does not know.
 */

#include <stdbool.h>

#include "base/str.h"

struct seven {
	const char *name; /* of the set, as charset_name() gives it */
	const char *euc;  /* for iconv */
	bool quote; /* what EUC does not know becomes \xHH, never an error */
	struct slice (*convert)(void *mem, struct slice bytes);
};

/* NULL if that set is none of them. */
const struct seven *charset_seven(const char *name);

#endif
