/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

/*
 * What systemd wants to hear from a service (sd_notify(3), Type=notify), spoken
 * directly: one datagram to the socket that the environment names. Without
 * systemd every call does nothing.
 */

#include <stdint.h>

/*
 * Reads NOTIFY_SOCKET and the watchdog's interval and takes them out of the
 * environment, so that children do not speak for us. Before threads start.
 */
void notify_open(void);
/* "READY=1", "STOPPING=1", "STATUS=..."; lines separated by LF. */
void notify_send(const char *state);
/* Milliseconds between two WATCHDOG=1, half of what systemd allows; 0: none. */
int64_t notify_watchdog_ms(void);

#endif
