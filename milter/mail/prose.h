/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_PROSE_H
#define MAIL_PROSE_H

/*
 * Whether bytes are what a person writes or reads, beyond doubt: every byte is
 * one of text, and the first line begins as sentences do, is a quotation, a
 * title, an item of a list or an address of the Web, or begins with a word, and
 * a sentence follows; or the text begins as a page of HTML. Files of other
 * kinds, and texts that programs act on, are told by their first bytes, which
 * are never such. False says nothing: most texts that a program wrote are not
 * recognized.
 */

#include <stdbool.h>

#include "base/str.h"

/* Control characters that no text has; from 0x80 on all is possible. */
bool prose_has_controls(struct slice bytes);
bool prose_is_text(struct slice bytes);
bool prose_is_html(struct slice bytes);

#endif
