/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HTML_COLOR_H
#define MAIL_HTML_COLOR_H

/* Colours of HTML attributes and CSS, read as SpamAssassin's HTML.pm does. */

#include <stdbool.h>

#include "base/str.h"

/* 0xRRGGBB, or one of these. */
#define HTML_COLOR_INVALID (-1L)
#define HTML_COLOR_EMPTY (-2L) /* "#" alone: differs from all colours */

/* A name, "#rgb" and the like, "rgb(1, 2, 3)" or "rgb(1%, 2%, 3%)". */
long html_color(struct slice text);
/* A CSS value that contains "rgb": its first three numbers, however written. */
long html_color_rgb(struct slice text);
/* The colour that CSS's "background" gives in its last layer; INVALID: none. */
long html_color_background(struct slice text);
/* Whether text of one colour on the other cannot be read. */
bool html_color_low_contrast(long foreground, long background);

#endif
