/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HTML_RESOLVE_H
#define MAIL_HTML_RESOLVE_H

/* Relative references (RFC 3986, 5.2) as SpamAssassin's HTML.pm resolves
 * them. */

#include "base/str.h"

/* Appends the target of reference, seen from base (which may be empty). */
void html_resolve(struct buf *out, struct slice base, struct slice reference);
/* A <base href> without the file name that may end it, with a "/"; data NULL if
 * browsers would ignore it. Below mem. */
struct slice html_base(void *mem, struct slice href);

#endif
