/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/log_syslog.h"

#define LOG_LINE_MAX 4096

static struct {
	enum log_target target;
	enum log_level level;
	int fd;
	char path[PATH_MAX]; /* of a file */
} log_state = { LOG_TARGET_STDERR, LOG_LEVEL_WARNING, STDERR_FILENO, "" };

/*
 * What root opens here is given to another user later, who may own the folder:
 * so it must be a file of this one name, and no link to somewhere else.
 */
static int
log_open_file(const char *path)
{
	bool root = geteuid() == 0;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
			    (root ? O_NOFOLLOW | O_NONBLOCK : 0), 0640);
	struct stat there;

	if (fd < 0 || !root)
		return fd;
	if (fstat(fd, &there) == 0 && S_ISREG(there.st_mode) &&
	    there.st_nlink == 1)
		return fd;
	close(fd);
	errno = EMLINK;
	return -1;
}

int
log_open(enum log_target target, const char *facility, enum log_level level)
{
	int fd = STDERR_FILENO;

	if (target == LOG_TARGET_SYSLOG && log_syslog_open(facility) < 0)
		return -1;
	if (target == LOG_TARGET_FILE) {
		fd = log_open_file(facility);
		if (fd < 0)
			return -1;
		snprintf(log_state.path, sizeof(log_state.path), "%s",
			 facility);
	}
	log_state.target = target;
	log_state.level = level;
	log_state.fd = target == LOG_TARGET_SYSLOG ? -1 : fd;
	return 0;
}

int
log_reopen(void)
{
	int fd;

	if (log_state.target != LOG_TARGET_FILE)
		return 0;
	fd = log_open_file(log_state.path);
	if (fd < 0)
		return -1;
	/* Other threads write to that number meanwhile. */
	dup3(fd, log_state.fd, O_CLOEXEC);
	close(fd);
	return 0;
}

int
log_descriptor(void)
{
	return log_state.fd;
}

static bool
log_wants(enum log_level level)
{
	return level <= log_state.level;
}

/* Copies text, turning what a terminal or a log reader might obey into \xHH. */
static size_t
log_clean(char *out, size_t room, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t used = 0;

	for (; *text != '\0' && used + 5 < room; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c < 0x7f) {
			out[used++] = (char)c;
			continue;
		}
		out[used++] = '\\';
		out[used++] = 'x';
		out[used++] = hex[c >> 4];
		out[used++] = hex[c & 15];
	}
	out[used] = '\0';
	return used;
}

static size_t
log_stamp(char *out, size_t room)
{
	struct timespec now;
	struct tm tm;
	size_t used;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	used = strftime(out, room, "%Y-%m-%dT%H:%M:%S%z ", &tm);
	return used;
}

static __attribute__((format(printf, 2, 0))) void
log_write(enum log_level level, const char *format, va_list args)
{
	static const char *const words[] = { "error: ", "warning: ", "",
					     "debug: " };
	static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO,
					  LOG_DEBUG };
	char text[LOG_LINE_MAX], line[LOG_LINE_MAX + 128];
	int saved = errno;
	size_t used = 0;

	vsnprintf(text, sizeof(text), format, args);
	if (log_state.target == LOG_TARGET_SYSLOG) {
		used = (size_t)snprintf(line, sizeof(line), "%s", words[level]);
		log_clean(line + used, sizeof(line) - used, text);
		log_syslog_write(priorities[level], line);
		errno = saved;
		return;
	}
	if (log_state.target == LOG_TARGET_FILE)
		used = log_stamp(line, sizeof(line));
	used += (size_t)snprintf(line + used, sizeof(line) - used,
				 "ispfilter[%ld]: %s", (long)getpid(),
				 words[level]);
	used += log_clean(line + used, sizeof(line) - used - 1, text);
	line[used++] = '\n';
	/* One write, so that lines of several threads do not mix. */
	while (write(log_state.fd, line, used) < 0 && errno == EINTR)
		;
	errno = saved;
}

#define LOG_AT(level, format)                                                  \
	do {                                                                   \
		va_list args;                                                  \
		if (!log_wants(level))                                         \
			return;                                                \
		va_start(args, format);                                        \
		log_write(level, format, args);                                \
		va_end(args);                                                  \
	} while (0)

void
log_error(const char *format, ...)
{
	LOG_AT(LOG_LEVEL_ERROR, format);
}

void
log_warning(const char *format, ...)
{
	LOG_AT(LOG_LEVEL_WARNING, format);
}

void
log_info(const char *format, ...)
{
	LOG_AT(LOG_LEVEL_INFO, format);
}

void
log_debug(const char *format, ...)
{
	LOG_AT(LOG_LEVEL_DEBUG, format);
}
