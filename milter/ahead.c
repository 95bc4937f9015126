/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ahead.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

#define AHEAD_FILES 65536 /* descriptors that may be connections */
#define AHEAD_BYTES 16384 /* of a connection, at a time */
#define AHEAD_HELD_MAX (64 * 1024) /* then it is sent, whatever follows */

/* A worker of libmilter waits so long for the next packet before it gives the
 * connection to the thread that waits for all of them; it then costs three
 * changes of threads until a worker has it again. We have more patience. */
#define AHEAD_BRIEF_MS 1
#define AHEAD_PATIENCE_MS 50

/* A packet: four bytes of length, and its command. */
#define AHEAD_PACKET_HEAD 5
/* Changes of a mail: the answer to its end follows. */
static const char ahead_edits[] = { 'h', 'i', 'm', 'q' };

/* Of the thread that has the connection; libmilter hands it over under a
 * lock. */
struct ahead_file {
	atomic_bool is_ours;
	bool answered;	    /* nothing was read since: nothing is there yet */
	char *_Atomic data; /* NULL: nothing was read ahead */
	size_t from, to;
	struct buf held; /* to be sent */
	int patience;	 /* milliseconds for sending */
};

static struct ahead_file ahead_files[AHEAD_FILES];

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

/* An idle connection shall hold no memory. */
static void
ahead_let_go(struct ahead_file *file)
{
	mem_free(file->held.data);
	file->held = BUF(NULL);
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
		ahead_files[fd].answered = false;
		ahead_forget(fd);
		ahead_let_go(&ahead_files[fd]);
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

/* A thread that has a connection to itself. */
static int
ahead_poll_one(struct pollfd *poller, int timeout)
{
	struct ahead_file *file = &ahead_files[poller->fd];
	bool silent = file->answered;

	/* Whether there is room is found out by sending. */
	if (poller->events == POLLOUT) {
		file->patience = timeout;
		poller->revents = POLLOUT;
		return 1;
	}
	file->answered = false;
	if (ahead_has_more(poller->fd) ||
	    (!silent && ahead_fill(poller->fd))) {
		poller->revents = POLLIN;
		return 1;
	}
	return poll(poller, 1,
		    timeout == AHEAD_BRIEF_MS ? AHEAD_PATIENCE_MS : timeout);
}

int
ahead_poll(struct pollfd *pollers, nfds_t count, int timeout)
{
	bool ready = false;
	int result;

	if (count == 1 && ahead_is_ours(pollers->fd))
		return ahead_poll_one(pollers, timeout);
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

	if (!ahead_has_more(fd) && (!ahead_is_ours(fd) || !ahead_fill(fd)))
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

/* Is there room, after a while? */
static bool
ahead_wait(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLOUT };
	int n;

	do
		n = poll(&poller, 1, ahead_files[fd].patience);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

/* What was held is sent, or the connection is at its end: nobody is to get the
 * rest of a half packet, or an answer without the edits before it. */
static int
ahead_flush(int fd)
{
	struct ahead_file *file = &ahead_files[fd];
	struct slice rest = buf_view(&file->held);

	while (rest.len > 0) {
		ssize_t n = send(fd, rest.data, rest.len,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n >= 0)
			rest = slice_from(rest, (size_t)n);
		else if (errno != EINTR &&
			 (errno != EAGAIN || !ahead_wait(fd)))
			break;
	}
	ahead_let_go(file);
	file->answered = true;
	if (rest.len == 0)
		return 0;
	shutdown(fd, SHUT_RDWR);
	errno = EPIPE; /* libmilter tries others again */
	return -1;
}

static bool
ahead_is_edit(const struct iovec *piece)
{
	const char *head = piece->iov_base;

	return piece->iov_len == AHEAD_PACKET_HEAD &&
	       memchr(ahead_edits, head[AHEAD_PACKET_HEAD - 1],
		      sizeof(ahead_edits)) != NULL;
}

ssize_t
ahead_writev(int fd, const struct iovec *pieces, int count)
{
	struct buf *held;
	size_t before;
	ssize_t added;

	if (!ahead_is_ours(fd))
		return writev(fd, pieces, count);
	held = &ahead_files[fd].held;
	before = held->len;
	for (int i = 0; i < count; i++)
		buf_add(held, pieces[i].iov_base, pieces[i].iov_len);
	added = (ssize_t)(held->len - before);
	if (ahead_is_edit(pieces) && held->len < AHEAD_HELD_MAX)
		return added;
	return ahead_flush(fd) < 0 ? -1 : added;
}
