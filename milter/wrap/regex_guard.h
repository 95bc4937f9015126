/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_REGEX_GUARD_H
#define WRAP_REGEX_GUARD_H

#include "base/str.h"

/*
 * A pattern that matches what this one does, the same way, but sees at once
 * where none of `weight` alternatives or more can begin. extended: as with /x.
 * SLICE_NONE: there is nothing to gain.
 */
struct slice regex_guard(void *mem, struct slice pattern, unsigned weight,
			 bool extended);

#endif
