/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_CAPTURE_H
#define RULE_CAPTURE_H

#include <stdbool.h>

/*
 * A pattern that asks for tags, with anything in their place: what it needs is
 * needed whatever the tags hold. NULL if that cannot be said for certain.
 */
const char *capture_anything(void *mem, const char *pattern);
/* Whether it also matches all that this pattern does once tags are filled in.
 * What it does not know well it takes for one that does not. */
bool capture_is_scouted(const char *pattern);

#endif
