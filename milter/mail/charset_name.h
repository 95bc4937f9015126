/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_CHARSET_NAME_H
#define MAIL_CHARSET_NAME_H

/* Names of character sets as mail declares them, to those of iconv(3). */

#include <stdbool.h>
#include <stddef.h>

#define CHARSET_NAME_MAX 32

/* Writes the name for iconv; false if Perl's Encode would not know the set. */
bool charset_name(const char *declared, char name[CHARSET_NAME_MAX]);
/* The known names one by one, some twice; false behind the last. */
bool charset_name_at(size_t index, char name[CHARSET_NAME_MAX]);

#endif
