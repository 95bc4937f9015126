/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"

/* Written once by notify_open(), before there are threads. */
static struct {
	struct sockaddr_un address;
	socklen_t len; /* 0: nobody listens */
	int sock;
	int64_t watchdog_ms;
} notify_state = { .sock = -1 };

static void
notify_open_socket(const char *path)
{
	size_t n = strlen(path);

	if (n < 2 || n >= sizeof(notify_state.address.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	notify_state.address.sun_family = AF_UNIX;
	memcpy(notify_state.address.sun_path, path, n);
	if (path[0] == '@')
		notify_state.address.sun_path[0] = '\0';
	notify_state.sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify_state.sock >= 0)
		notify_state.len = (socklen_t)(
			offsetof(struct sockaddr_un, sun_path) + n);
}

void
notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	int64_t number;

	if (path != NULL)
		notify_open_socket(path);
	if (usec != NULL && str_int64(usec, &number) && number > 0)
		notify_state.watchdog_ms = number / 2000;
	if (pid != NULL && (!str_int64(pid, &number) || number != getpid()))
		notify_state.watchdog_ms = 0;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void
notify_send(const char *state)
{
	if (notify_state.len == 0)
		return;
	while (sendto(notify_state.sock, state, strlen(state),
		      MSG_NOSIGNAL | MSG_DONTWAIT,
		      (const struct sockaddr *)&notify_state.address,
		      notify_state.len) < 0 &&
	       errno == EINTR)
		;
}

int64_t
notify_watchdog_ms(void)
{
	return notify_state.len == 0 ? 0 : notify_state.watchdog_ms;
}
