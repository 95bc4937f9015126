/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef AHEAD_H
#define AHEAD_H

/*
 * Reading ahead for libmilter. For each of the some 45 packets of a mail it
 * asks three times whether there is something to read and reads twice, five
 * bytes and the rest. GNUmakefile links a copy of it whose accept, poll, read,
 * writev and close are these: what has come on a connection is read at once,
 * and given out from memory. What it writes about a mail's header waits for the
 * answer that follows, and goes with it. Descriptors that did not come from
 * ahead_accept() are left to the kernel.
 *
 * Any thread; one connection is used by one thread at a time, as libmilter
 * does.
 */

#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

int ahead_accept(int fd, struct sockaddr *address, socklen_t *len);
int ahead_poll(struct pollfd *pollers, nfds_t count, int timeout);
ssize_t ahead_read(int fd, void *to, size_t n);
/* All of it, or -1. */
ssize_t ahead_writev(int fd, const struct iovec *pieces, int count);
int ahead_close(int fd);

#endif
