/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libmilter reads comes whole and in order, however it arrives. */
#include "tap.h"

#include <errno.h>
#include <string.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ahead.h"

/* Both ends of a connection; the first one is accepted. */
static void
connect_pair(int ends[2])
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(name.sun_family); /* a name of the kernel's */
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	bind(listener, (struct sockaddr *)&name, len);
	listen(listener, 1);
	len = sizeof(name);
	getsockname(listener, (struct sockaddr *)&name, &len);
	ends[1] = socket(AF_UNIX, SOCK_STREAM, 0);
	connect(ends[1], (struct sockaddr *)&name, len);
	ends[0] = ahead_accept(listener, NULL, NULL);
	close(listener);
}

static bool
is_ready(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN | POLLPRI };

	return ahead_poll(&poller, 1, 0) == 1 && (poller.revents & POLLIN) != 0;
}

static void
test_packets(void)
{
	char text[8] = "";
	int ends[2], other[2];

	connect_pair(ends);
	tap_ok(!is_ready(ends[0]), "nothing is there");
	tap_is_int(write(ends[1], "12345678", 8), 8, "two packets at once");
	tap_ok(is_ready(ends[0]), "something is");
	tap_is_int(ahead_read(ends[0], text, 5), 5, "the first");
	tap_ok(memcmp(text, "12345", 5) == 0, "is right");
	tap_ok(is_ready(ends[0]), "there is more");
	connect_pair(other);
	{
		struct pollfd all[] = {
			{ .fd = other[0], .events = POLLIN },
			{ .fd = ends[0], .events = POLLIN },
		};

		tap_is_int(ahead_poll(all, 2, 60000), 1,
			   "among several, without waiting");
		tap_is_int(all[1].revents, POLLIN, "the one that has it");
	}
	tap_is_int(ahead_read(ends[0], text, 5), 3, "the second");
	tap_ok(memcmp(text, "678", 3) == 0, "is right");
	tap_ok(!is_ready(ends[0]), "that was all");
	tap_is_int(write(ends[1], "9", 1), 1, "one more");
	tap_is_int(ahead_read(ends[0], text, 5), 1, "without asking first");
	close(ends[1]);
	tap_ok(is_ready(ends[0]), "the end is something, too");
	tap_is_int(ahead_read(ends[0], text, 5), 0, "and is told");
	ahead_close(ends[0]);
	ahead_close(other[0]);
	close(other[1]);
}

/* What one connection has left does not come to the next of its number. */
static void
test_number(void)
{
	int first[2], second[2];
	char c;

	connect_pair(first);
	tap_is_int(write(first[1], "old", 3), 3, "what nobody will read");
	tap_ok(is_ready(first[0]), "is read ahead");
	tap_is_int(ahead_read(first[0], &c, 1), 1, "in part");
	ahead_close(first[0]);
	connect_pair(second);
	tap_ok(!is_ready(second[0]), "the next connection is another");
	tap_is_int(write(second[1], "new", 3), 3, "it has its own");
	tap_is_int(ahead_read(second[0], &c, 1), 1, "to read");
	tap_is_int(c, 'n', "and reads it");
	ahead_close(second[0]);
	close(first[1]);
	close(second[1]);
}

/* A descriptor of anybody else's is the kernel's. */
static void
test_others(void)
{
	char text[4];
	int ends[2];

	if (pipe(ends) < 0)
		return;
	tap_is_int(write(ends[1], "abc", 3), 3, "a pipe");
	tap_ok(is_ready(ends[0]), "has something");
	tap_is_int(ahead_read(ends[0], text, 2), 2, "of which a part is read");
	tap_is_int(read(ends[0], text, 4), 1, "and the rest is still there");
	ahead_close(ends[0]);
	ahead_close(ends[1]);
}

/* Much at a time, in pieces of all sizes. */
static void
test_much(void)
{
	static unsigned char sent[100000], got[sizeof(sent)];
	size_t out = 0, in = 0, step = 1;
	int ends[2];

	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (unsigned char)(i * 7 + i / 251);
	connect_pair(ends);
	while (in < sizeof(sent)) {
		ssize_t n = send(ends[1], sent + out, sizeof(sent) - out,
				 MSG_DONTWAIT);

		out += n > 0 ? (size_t)n : 0;
		for (int i = 0; i < 9 && is_ready(ends[0]); i++) {
			n = ahead_read(ends[0], got + in,
				       step < sizeof(got) - in
					       ? step
					       : sizeof(got) - in);
			in += (size_t)n;
			step = step * 5 % 4093;
		}
	}
	tap_ok(memcmp(got, sent, sizeof(sent)) == 0, "all of it, in order");
	ahead_close(ends[0]);
	close(ends[1]);
}

static void
send_packet(int fd, char command, const char *text)
{
	char head[5] = { 0, 0, 0, (char)(1 + strlen(text)), command };
	struct pollfd poller = { .fd = fd, .events = POLLOUT };
	struct iovec pieces[] = {
		{ head, sizeof(head) },
		{ (void *)(uintptr_t)text, strlen(text) },
	};

	tap_is_int(ahead_poll(&poller, 1, 1000), 1, "there is room");
	tap_is_int(ahead_writev(fd, pieces, 2),
		   (long)(sizeof(head) + strlen(text)), "a packet is taken");
}

/* Changes of a mail go with the answer to it, anything else at once. */
static void
test_held(void)
{
	char text[64];
	int ends[2];

	connect_pair(ends);
	send_packet(ends[0], 'p', "");
	tap_is_int(recv(ends[1], text, sizeof(text), MSG_DONTWAIT), 5,
		   "a sign of life is there");
	send_packet(ends[0], 'i', "one");
	send_packet(ends[0], 'q', "two");
	tap_is_int(recv(ends[1], text, sizeof(text), MSG_DONTWAIT), -1,
		   "changes are not");
	send_packet(ends[0], 'c', "");
	tap_is_int(recv(ends[1], text, sizeof(text), MSG_DONTWAIT), 21,
		   "before the answer");
	tap_ok(memcmp(text, "\0\0\0\4ione\0\0\0\4qtwo\0\0\0\1c", 21) == 0,
	       "in order");
	tap_is_int(write(ends[1], "9", 1), 1, "the next packet");
	tap_ok(is_ready(ends[0]), "is seen");
	send_packet(ends[0], 'i', "what nobody is to get");
	ahead_close(ends[0]);
	close(ends[1]);
}

/* More than the other end has room for. */
static void
test_held_much(void)
{
	static char text[100000], got[300000];
	struct iovec piece = { text, sizeof(text) };
	struct pollfd poller = { .events = POLLOUT };
	int ends[2];
	size_t in = 0;
	pid_t child;

	memset(text, 'x', sizeof(text));
	connect_pair(ends);
	child = fork();
	if (child == 0) {
		bool ok = true;

		close(ends[1]);
		poller.fd = ends[0];
		for (int i = 0; i < 3; i++)
			ok = ok && ahead_poll(&poller, 1, 20000) == 1 &&
			     ahead_writev(ends[0], &piece, 1) == sizeof(text);
		_exit(ok ? 0 : 1);
	}
	ahead_close(ends[0]);
	usleep(100000);
	while (in < sizeof(got)) {
		ssize_t n = read(ends[1], got + in, sizeof(got) - in);

		if (n <= 0)
			break;
		in += (size_t)n;
	}
	tap_is_int((long)in, sizeof(got), "all of it comes");
	tap_is_int(read(ends[1], got, 1), 0, "and no more");
	close(ends[1]);
	waitpid(child, NULL, 0);

	connect_pair(ends);
	poller.fd = ends[0];
	tap_is_int(ahead_poll(&poller, 1, 20), 1, "one that nobody reads");
	for (int i = 0; i < 9; i++)
		if (ahead_writev(ends[0], &piece, 1) < 0) {
			tap_is_int(errno, EPIPE, "is given up in time");
			break;
		}
	tap_is_int(ahead_writev(ends[0], &piece, 1), -1, "for good");
	while (read(ends[1], got, sizeof(got)) > 0)
		continue;
	tap_is_int(read(ends[1], got, 1), 0, "the other end sees the end");
	ahead_close(ends[0]);
	close(ends[1]);
	connect_pair(ends);
	close(ends[1]);
	tap_is_int(ahead_writev(ends[0], &piece, 1), -1,
		   "to one that has gone nothing is sent");
	ahead_close(ends[0]);
}

int
main(void)
{
	test_packets();
	test_number();
	test_others();
	test_much();
	test_held();
	test_held_much();
	return tap_done();
}
