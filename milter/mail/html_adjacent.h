/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HTML_ADJACENT_H
#define MAIL_HTML_ADJACENT_H

/* Words with markup within them, which hides them from who reads the source
 * ("Via<x>gra"). */

#include <stdbool.h>

#include "base/str.h"

/*
 * Whether text meets the text before it, markup in between, within a word. left
 * and right: how many characters of it stand on each side, 1 to 7, 0 where it
 * has no edge within as many.
 */
bool html_adjacent(struct slice before, bool before_characters,
		   struct slice text, bool characters, unsigned *left,
		   unsigned *right);

#endif
