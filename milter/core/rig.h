/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_RIG_H
#define CORE_RIG_H

/*
 * Places where the program that t/ builds for its own use fails on purpose: a
 * message with the field `X-Rig: crash@virus` crashes its inspector before
 * stage virus. In every other build there is nothing here.
 */

#include "base/str.h"

#ifdef ISPFILTER_RIGGED
void rig_at(const char *place, struct slice message); /* t/rig.c */
#else
static inline void
rig_at(const char *place, struct slice message)
{
}
#endif

#endif
