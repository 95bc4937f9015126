/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * Log lines as Postfix means them: info is a record of normal work, warning
 * asks the admin to look, error says that something was not done, fatal that
 * the process ends. Each line goes out whole; any thread may log. Bytes
 * outside printable ASCII become \xHH, so that mail cannot forge a line.
 */

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO,
		 LOG_LEVEL_DEBUG };

enum log_target { LOG_TARGET_STDERR, LOG_TARGET_SYSLOG, LOG_TARGET_FILE };

/*
 * Chooses where lines go; before the first call: stderr, warnings and worse.
 * facility is a syslog name such as "mail" (SYSLOG) or a path (FILE); NULL for
 * STDERR. Returns -1 if the name is unknown or the file cannot be opened.
 */
int log_open(enum log_target target, const char *facility,
	     enum log_level level);
/* After the file was renamed: opens it by its name again. Any thread. */
int log_reopen(void);
/* The descriptor that lines go to, or -1 (not opened yet, or syslog). */
int log_descriptor(void);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
