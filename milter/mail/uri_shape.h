/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_URI_SHAPE_H
#define MAIL_URI_SHAPE_H

/*
 * The text of a URI, cleaned as mail programs and browsers clean it, before its
 * host is looked at. Results hang below mem or are slices of uri; characters:
 * uri holds characters, not bytes.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

bool uri_has_escape(struct slice uri);
/* Decodes %XX where it stands for a printable character, as far as that is
 * safe (Util::url_encode). */
struct slice uri_unescape(void *mem, struct slice uri, bool characters);
/* Without line ends anywhere and white space around it. */
struct slice uri_strip(void *mem, struct slice uri, bool characters);
/* "#x", "?x", "/x.gif" and the like lead nowhere by themselves. */
bool uri_is_local(struct slice uri, bool characters);
/* Length of "http:" or "https:" in front of uri, or 0. */
size_t uri_http(struct slice uri);
/* "http:/x" to "http://x", "www.x" to "http://www.x", "http://x?y" to
 * "http://x/?y"; backslashes are slashes. */
struct slice uri_shape(void *mem, struct slice uri, bool characters);
/* Decodes HTML's character references that stand for a printable character or
 * for a full stop. */
struct slice uri_decode_references(void *mem, struct slice uri);

#endif
