/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/frame.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define FRAME_MAGIC 0x31465053u /* changes with the layout of the header */
#define FRAME_STEP (64 * 1024)  /* memory that a mere announcement gets */

struct frame_header {
	uint32_t magic;
	uint32_t kind;
	uint32_t len;
};

/* Room for one descriptor, aligned as the kernel wants it. */
union frame_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int
frame_pair(int pair[2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, "cannot make a pair of sockets");
	return 0;
}

static bool
frame_poll(int sock, short events, int64_t deadline)
{
	struct pollfd poller = { .fd = sock, .events = events };
	int n;

	do
		n = poll(&poller, 1, clock_left(deadline));
	while (n < 0 && errno == EINTR);
	return n > 0;
}

bool
frame_wait(int sock, int64_t deadline)
{
	return frame_poll(sock, POLLIN, deadline);
}

static void
frame_attach(struct msghdr *message, union frame_control *control, int fd)
{
	struct cmsghdr *head;

	memset(control, 0, sizeof(*control));
	message->msg_control = control;
	message->msg_controllen = sizeof(control->bytes);
	head = CMSG_FIRSTHDR(message);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(int));
}

/* What is left of the two pieces after n bytes have gone. */
static void
frame_advance(struct iovec pieces[2], size_t n)
{
	for (int i = 0; i < 2; i++) {
		size_t step = n < pieces[i].iov_len ? n : pieces[i].iov_len;

		pieces[i].iov_base = (char *)pieces[i].iov_base + step;
		pieces[i].iov_len -= step;
		n -= step;
	}
}

int
frame_send(int sock, uint32_t kind, struct slice data, int fd,
	   int64_t deadline, struct err *err)
{
	struct frame_header header = { FRAME_MAGIC, kind, (uint32_t)data.len };
	struct iovec pieces[2] = {
		{ &header, sizeof(header) },
		{ (void *)(uintptr_t)data.data, data.len },
	};
	struct msghdr message = { .msg_iov = pieces, .msg_iovlen = 2 };
	union frame_control control;

	if (data.len > UINT32_MAX)
		return err_permanent(err, "a frame of %zu bytes", data.len);
	if (fd >= 0)
		frame_attach(&message, &control, fd);
	while (pieces[0].iov_len + pieces[1].iov_len > 0) {
		ssize_t n = sendmsg(sock, &message,
				    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			frame_advance(pieces, (size_t)n);
			message.msg_control = NULL;
			message.msg_controllen = 0;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return err_errno(err, "cannot send");
		if (!frame_poll(sock, POLLOUT, deadline))
			return err_temporary(err, "cannot send: time is up");
	}
	return 0;
}

/* Takes the descriptor out of a control message; more than one is malformed. */
static int
frame_detach(struct msghdr *message, int *fd)
{
	int result = (message->msg_flags & MSG_CTRUNC) != 0 ? -1 : 0;

	for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head != NULL;
	     head = CMSG_NXTHDR(message, head)) {
		size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (head->cmsg_level != SOL_SOCKET ||
		    head->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int got;

			memcpy(&got, CMSG_DATA(head) + i * sizeof(int),
			       sizeof(int));
			if (*fd < 0) {
				*fd = got;
				continue;
			}
			close(got);
			result = -1;
		}
	}
	return result;
}

/*
 * Reads up to n bytes; fd may be NULL. Returns the count, 0 at the end of the
 * stream, or -1.
 */
static ssize_t
frame_read(int sock, void *to, size_t n, int *fd, int64_t deadline,
	   struct err *err)
{
	struct iovec piece = { to, n };
	union frame_control control;
	/* Who has time asks once, and sleeps in the call. */
	int flags = MSG_CMSG_CLOEXEC |
		    (deadline == FRAME_NEVER ? 0 : MSG_DONTWAIT);
	ssize_t got;

	for (;;) {
		struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };

		if (fd != NULL) {
			message.msg_control = &control;
			message.msg_controllen = sizeof(control.bytes);
		}
		got = recvmsg(sock, &message, flags);
		if (got >= 0) {
			if (fd != NULL && frame_detach(&message, fd) < 0)
				return err_permanent(err, "malformed frame: "
							  "descriptors");
			return got;
		}
		if (errno == EINTR)
			continue;
		if (errno == ECONNRESET) /* it ended without reading all */
			return 0;
		if (errno != EAGAIN)
			return err_errno(err, "cannot receive");
		if (!frame_poll(sock, POLLIN, deadline))
			return err_temporary(err, "no answer in time");
	}
}

static int
frame_read_header(int sock, struct frame_header *header, size_t max, int *fd,
		  int64_t deadline, struct err *err)
{
	size_t have = 0;

	while (have < sizeof(*header)) {
		ssize_t n = frame_read(sock, (char *)header + have,
				       sizeof(*header) - have, fd, deadline,
				       err);

		if (n < 0)
			return -1;
		if (n == 0)
			return have == 0 ? 0
					 : err_permanent(err, "malformed frame:"
							      " it ends early");
		have += (size_t)n;
	}
	if (header->magic != FRAME_MAGIC)
		return err_permanent(err, "malformed frame: no header");
	if (header->len > max)
		return err_permanent(err, "malformed frame: %u bytes",
				     header->len);
	return 1;
}

static char *
frame_read_data(int sock, void *mem, size_t len, int64_t deadline,
		struct err *err)
{
	size_t room = len < FRAME_STEP ? len : FRAME_STEP, have = 0;
	char *data = mem_resize(mem, (char *)NULL, room + 1);

	while (have < len) {
		ssize_t n;

		if (have == room) {
			room = len - room < room ? len : 2 * room;
			data = mem_resize(mem, data, room + 1);
		}
		n = frame_read(sock, data + have, room - have, NULL, deadline,
			       err);
		if (n <= 0) {
			mem_free(data);
			if (n == 0)
				err_permanent(err, "malformed frame: "
						   "it ends early");
			return NULL;
		}
		have += (size_t)n;
	}
	data[len] = '\0';
	return data;
}

int
frame_receive(int sock, void *mem, size_t max, bool want_fd, int64_t deadline,
	      struct frame *frame, struct err *err)
{
	struct frame_header header = { 0 };
	char *data = NULL;
	int fd = -1;
	int result = frame_read_header(sock, &header, max,
				       want_fd ? &fd : NULL, deadline, err);

	*frame = (struct frame){ .fd = -1 };
	if (result == 1) {
		data = frame_read_data(sock, mem, header.len, deadline, err);
		if (data == NULL)
			result = -1;
	}
	if (result != 1) {
		if (fd >= 0)
			close(fd);
		return result;
	}
	*frame = (struct frame){ header.kind, { data, header.len }, fd };
	return 1;
}
