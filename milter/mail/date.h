/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_DATE_H
#define MAIL_DATE_H

/* Dates as mail writes them, read as leniently as SpamAssassin does
 * (Util::parse_rfc822_date). Stateless. */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* The first date in text, in seconds of 1970 UTC; false if there is none. Only
 * the first 64 kB are read. */
bool date_parse(void *mem, struct slice text, int64_t *seconds);

#endif
