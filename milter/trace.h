/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TRACE_H
#define TRACE_H

/*
 * The Received field that Postfix is going to write for this session. Postfix
 * hides it from milters; rules about relays need it.
 */

#include "core/session.h"

/* "Received: from ...", with its last LF. */
char *trace_received(void *mem, const struct session *session);

#endif
