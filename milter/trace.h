/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TRACE_H
#define TRACE_H

/*
 * The fields that Postfix is going to write for this session: Return-Path,
 * which delivery puts in front, and Received, which Postfix hides from milters.
 * Rules about senders and relays need them.
 */

#include "core/session.h"

/* "Return-Path: <...>\nReceived: from ...", with its last LF. */
char *trace_fields(void *mem, const struct session *session);

#endif
