/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_URI_MAIL_H
#define MAIL_URI_MAIL_H

/* mailto: URIs and bare addresses: what mail programs take them for. */

#include <stdbool.h>

#include "base/str.h"

#define URI_MAIL_FORMS 4

/* Whether uri is one: "mailto:", or an "@" before any colon. */
bool uri_is_mail(struct slice uri);
/* Fills forms with the addresses that hide in it; returns how many. */
size_t uri_mail_forms(void *mem, struct slice uri,
		      struct slice forms[URI_MAIL_FORMS]);

#endif
