/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_UNICODE_H
#define MAIL_UNICODE_H

/* Characters of UTF-8 text, as Perl's \s and \w class them. Stateless. */

#include <stdbool.h>

#include "base/str.h"

/*
 * The character at *at, which must lie within; moves *at behind it. A byte that
 * begins no character counts as one of its own, of the same value.
 */
unsigned long unicode_next(struct slice utf8, size_t *at);
/* Where the run of ASCII that begins at `at` ends. */
size_t unicode_ascii_end(struct slice text, size_t at);
/* The character that ends at *at (not 0); moves *at to its first byte. */
unsigned long unicode_previous(struct slice utf8, size_t *at);
size_t unicode_length(struct slice utf8); /* in characters */

/* Perl's \s and \w; without unicode only ASCII belongs to them. */
bool unicode_is_space(unsigned long character, bool unicode);
bool unicode_is_word(unsigned long character, bool unicode);

/* Characters as Perl's regular expressions count them: a byte for each, FF for
 * those beyond U+00FF. utf8 itself if it is ASCII. */
struct slice unicode_to_places(void *mem, struct slice utf8);
/* Characters up to U+00FF as one byte each; utf8 itself if it has others. */
struct slice unicode_to_latin1(void *mem, struct slice utf8);

#endif
