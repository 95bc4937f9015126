/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_CHARSET_LOCALE_H
#define MAIL_CHARSET_LOCALE_H

/* Which character sets people of a language write mail in (SpamAssassin's
 * Locales.pm). Stateless. */

#include <stdbool.h>

#include "base/str.h"

/* locales: "en ja", as ok_locales says; "all" stands for all. */
bool charset_is_ok_for(struct slice charset, const char *locales);

#endif
