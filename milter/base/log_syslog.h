/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_LOG_SYSLOG_H
#define BASE_LOG_SYSLOG_H

/*
 * The system's log server, for log.c alone. syslog(3) waits when the server
 * does not read, and every thread with it: so we speak to it directly, never
 * wait, and tell later how many lines were lost.
 */

/* -1: there is no facility of that name. */
int log_syslog_open(const char *facility);
/* priority: LOG_ERR ...; text is printable. Any thread. */
void log_syslog_write(int priority, const char *text);

#endif
