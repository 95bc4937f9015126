/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HTML_ENTITIES_H
#define MAIL_HTML_ENTITIES_H

/*
 * Character references as Perl's HTML::Entities decodes them: the names of HTML
 * 4, of which those for ASCII and Latin-1 need no semicolon.
 */

#include <stdbool.h>

#include "base/str.h"

/*
 * Appends text to out, decoded to UTF-8. prefixes: a name without semicolon
 * also counts at the front of a longer word ("&nbspx"), as in running text but
 * not in attributes. Returns whether a character above U+00FF was written.
 */
bool html_entities(struct buf *out, struct slice text, bool prefixes);

#endif
