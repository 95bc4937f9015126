/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ahead.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define AHEAD_FILES 65536 /* descriptors that may be connections */
#define AHEAD_BYTES 16384 /* of a connection, at a time */

/* Of the thread that has the connection; libmilter hands it over under a lock. */
static struct {
	atomic_bool is_ours;
	char *_Atomic data; /* NULL: nothing was read ahead */
	size_t from, to;
} ahead_files[AHEAD_FILES];

static bool
ahead_is_ours(int fd)
{
	return fd >= 0 && fd < AHEAD_FILES && ahead_files[fd].is_ours;
}

static bool
ahead_has_more(int fd)
{
	return ahead_is_ours(fd) && ahead_files[fd].data != NULL;
}

static void
ahead_forget(int fd)
{
	mem_free(atomic_exchange(&ahead_files[fd].data, NULL));
}

int
ahead_accept(int fd, struct sockaddr *address, socklen_t *len)
{
	int got = accept4(fd, address, len, SOCK_CLOEXEC);

	if (got >= 0 && got < AHEAD_FILES)
		ahead_files[got].is_ours = true;
	return got;
}

int
ahead_close(int fd)
{
	if (ahead_is_ours(fd)) {
		ahead_files[fd].is_ours = false;
		ahead_forget(fd);
	}
	return close(fd);
}

/* What is there already, without waiting: true if it was anything. */
static bool
ahead_fill(int fd)
{
	char bytes[AHEAD_BYTES];
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n <= 0) /* the end, and errors, stay for read(2) to tell */
		return false;
	ahead_files[fd].from = 0;
	ahead_files[fd].to = (size_t)n;
	ahead_files[fd].data = memcpy(mem_resize(NULL, (char *)NULL, (size_t)n),
				      bytes, (size_t)n);
	return true;
}

/* True, and noted, if there is something to read in memory. */
static bool
ahead_note(struct pollfd *poller)
{
	if ((poller->events & POLLIN) == 0 || !ahead_has_more(poller->fd))
		return false;
	poller->revents |= POLLIN;
	return true;
}

int
ahead_poll(struct pollfd *pollers, nfds_t count, int timeout)
{
	bool ready = false;
	int result;

	/* A thread that has a connection to itself. */
	if (count == 1 && (pollers->events & POLLIN) != 0 &&
	    ahead_is_ours(pollers->fd) &&
	    (ahead_has_more(pollers->fd) || ahead_fill(pollers->fd))) {
		pollers->revents = POLLIN;
		return 1;
	}
	for (nfds_t i = 0; i < count && !ready; i++)
		ready = (pollers[i].events & POLLIN) != 0 &&
			ahead_has_more(pollers[i].fd);
	result = poll(pollers, count, ready ? 0 : timeout);
	for (nfds_t i = 0; i < count && ready && result >= 0; i++) {
		bool told = pollers[i].revents != 0;

		result += ahead_note(&pollers[i]) && !told;
	}
	return result;
}

ssize_t
ahead_read(int fd, void *to, size_t n)
{
	size_t left;

	if (!ahead_has_more(fd))
		return read(fd, to, n);
	left = ahead_files[fd].to - ahead_files[fd].from;
	if (n > left)
		n = left;
	memcpy(to, ahead_files[fd].data + ahead_files[fd].from, n);
	ahead_files[fd].from += n;
	/* An idle connection shall hold no memory. */
	if (n == left)
		ahead_forget(fd);
	return (ssize_t)n;
}
