/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HTML_VALUE_H
#define MAIL_HTML_VALUE_H

/* What those who build a struct html share with those who ask it. */

#include "mail/html.h"

void html_values_name(struct html *html);
/* Orders struct html_inside by name. */
int html_inside_compare(const void *a, const void *b);

#endif
