/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log_syslog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LOG_SYSLOG_SERVER "/dev/log"
#define LOG_SYSLOG_LINE 5000

static struct {
	int facility;
	atomic_int sock; /* -1: none yet */
	atomic_ulong lost; /* lines, since the last one that went out */
} log_syslog = { .facility = LOG_MAIL, .sock = -1 };

static const struct {
	const char *name;
	int facility;
} log_facilities[] = {
	{ "mail", LOG_MAIL },	  { "daemon", LOG_DAEMON },
	{ "user", LOG_USER },	  { "local0", LOG_LOCAL0 },
	{ "local1", LOG_LOCAL1 }, { "local2", LOG_LOCAL2 },
	{ "local3", LOG_LOCAL3 }, { "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 }, { "local6", LOG_LOCAL6 },
	{ "local7", LOG_LOCAL7 },
};


/*
 * Connects, again if need be: a server that was started anew has another socket
 * behind the same name. Other threads go on writing to the same number.
 */
static void
log_syslog_connect(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX,
				    .sun_path = LOG_SYSLOG_SERVER };
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			  0);
	int expected = -1;

	if (sock < 0)
		return;
	if (connect(sock, (struct sockaddr *)&name, sizeof(name)) < 0) {
		close(sock);
		return;
	}
	if (atomic_compare_exchange_strong(&log_syslog.sock, &expected, sock))
		return;
	dup3(sock, expected, O_CLOEXEC);
	close(sock);
}

int
log_syslog_open(const char *facility)
{
	for (size_t i = 0; i < sizeof(log_facilities) / sizeof(*log_facilities);
	     i++) {
		if (strcmp(log_facilities[i].name, facility) != 0)
			continue;
		log_syslog.facility = log_facilities[i].facility;
		log_syslog_connect();
		return 0;
	}
	return -1;
}

/* 0, or what went wrong. */
static int
log_syslog_send(int priority, const char *text)
{
	char line[LOG_SYSLOG_LINE], when[32];
	time_t now = time(NULL);
	struct tm tm;
	int len;

	strftime(when, sizeof(when), "%h %e %T", localtime_r(&now, &tm));
	len = snprintf(line, sizeof(line), "<%d>%s ispfilter[%ld]: %s",
		       log_syslog.facility | priority, when, (long)getpid(),
		       text);
	if (len >= (int)sizeof(line))
		len = (int)sizeof(line) - 1;
	return send(log_syslog.sock, line, (size_t)len,
		    MSG_DONTWAIT | MSG_NOSIGNAL) < 0
		       ? errno
		       : 0;
}

void
log_syslog_write(int priority, const char *text)
{
	unsigned long lost = atomic_exchange(&log_syslog.lost, 0);
	char words[80];
	int failure = 0;

	if (lost > 0) {
		snprintf(words, sizeof(words), "warning: %lu lines were lost: "
			 "the log server did not take them", lost);
		failure = log_syslog_send(LOG_WARNING, words);
	}
	if (failure == 0)
		failure = log_syslog_send(priority, text);
	else
		atomic_fetch_add(&log_syslog.lost, lost);
	/* It has gone, or was never there. */
	if (failure != 0 && failure != EAGAIN && failure != ENOBUFS) {
		log_syslog_connect();
		failure = log_syslog_send(priority, text);
	}
	if (failure != 0)
		atomic_fetch_add(&log_syslog.lost, 1);
}
