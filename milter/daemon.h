/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_H
#define DAEMON_H

/* The keys that the daemon and its processes read, for settings.c. */

#include "base/config.h"

extern const struct option daemon_options[];

#endif
