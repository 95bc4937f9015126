/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MILTER_H
#define MILTER_H

/*
 * The door to libmilter: no other file includes its header. It turns callbacks
 * into calls of intake.h, and outcomes into edits and replies.
 *
 * libmilter serves one socket per process and keeps its state in globals; so
 * these are called once each, in this order.
 */

#include <stdbool.h>

#include "base/err.h"
#include "service.h"

/* Binds and listens; is_unix decides on the protocol steps asked for. */
int milter_open(const char *conn, bool is_unix, struct err *err);
/* Serves until the process ends; returns only if libmilter gives up. */
int milter_run(struct service *service, struct err *err);

/* libmilter's version, such as "1.0.1". */
void milter_version(char *text, size_t room);

#endif
