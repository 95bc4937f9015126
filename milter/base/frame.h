/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

/*
 * Messages between our processes over a stream socket: a kind, some bytes, and
 * perhaps one descriptor (SCM_RIGHTS). Every call has a deadline in clock_ms()
 * terms, so that a peer that hangs or was taken over costs time, not a thread.
 * What arrives is not trusted: lengths are bounded by the receiver, memory
 * grows only with bytes that came, and descriptors nobody asked for are closed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define FRAME_NEVER INT64_MAX /* a deadline that does not come */

struct frame {
	uint32_t kind;
	struct slice data; /* a NUL stands behind it */
	int fd;            /* owned by the receiver from here on; -1: none */
};

/* A pair of connected sockets, closed on exec. */
int frame_pair(int pair[2], struct err *err);
/* fd: descriptor to pass along, or -1. It stays open here. */
int frame_send(int sock, uint32_t kind, struct slice data, int fd,
	       int64_t deadline, struct err *err);
/*
 * Returns 1 with a frame whose data hangs below mem, 0 if the peer has closed
 * the connection between two frames, -1 on errors, malformed frames, frames
 * over max bytes, or when the deadline has passed. Without want_fd the kernel
 * throws away any descriptor that comes along.
 */
int frame_receive(int sock, void *mem, size_t max, bool want_fd,
		  int64_t deadline, struct frame *frame, struct err *err);
/* True when a byte or the end of the stream can be read before the deadline. */
bool frame_wait(int sock, int64_t deadline);

#endif
