/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/mem.h"

#define MAX 1000

static int pair[2];

static void
open_pair(void)
{
	struct err err;

	if (frame_pair(pair, &err) < 0)
		tap_ok(false, "a pair of sockets: %s", err.text);
}

static void
close_pair(void)
{
	close(pair[0]);
	close(pair[1]);
}

static int
receive(void *mem, bool want_fd, struct frame *frame, struct err *err)
{
	return frame_receive(pair[1], mem, MAX, want_fd, clock_ms() + 200,
			     frame, err);
}

static void
test_round_trip(void *mem)
{
	struct frame frame;
	struct err err;

	open_pair();
	tap_is_int(frame_send(pair[0], 7, SLICE("hello"), -1,
			      clock_ms() + 100, &err), 0, "a frame is sent");
	frame_send(pair[0], 8, SLICE(""), -1, clock_ms() + 100, &err);
	tap_is_int(receive(mem, false, &frame, &err), 1, "and received");
	tap_is_int(frame.kind, 7, "with its kind");
	tap_is_slice(frame.data, "hello", "its bytes");
	tap_is_int(frame.fd, -1, "and no descriptor");
	tap_is_int(receive(mem, false, &frame, &err), 1, "an empty frame, too");
	tap_is_int((long long)frame.data.len, 0, "is empty");
	close(pair[0]);
	tap_is_int(receive(mem, false, &frame, &err), 0,
		   "the end between two frames is an end");
	close(pair[1]);
}

static void
test_descriptor(void *mem)
{
	struct frame frame;
	struct err err;
	int ends[2];
	char byte = 'x';

	open_pair();
	if (pipe(ends) < 0)
		return;
	frame_send(pair[0], 1, SLICE("fd"), ends[0], clock_ms() + 100, &err);
	frame_send(pair[0], 1, SLICE("fd"), ends[0], clock_ms() + 100, &err);
	close(ends[0]);
	tap_is_int(receive(mem, true, &frame, &err), 1, "a frame with one");
	if (write(ends[1], &byte, 1) != 1)
		tap_note("write");
	byte = 0;
	tap_ok(frame.fd >= 0 && read(frame.fd, &byte, 1) == 1 && byte == 'x',
	       "the descriptor is the one that was passed");
	tap_ok((fcntl(frame.fd, F_GETFD) & FD_CLOEXEC) != 0,
	       "and closes on exec");
	close(frame.fd);
	tap_is_int(receive(mem, false, &frame, &err), 1,
		   "where none is wanted");
	tap_is_int(frame.fd, -1, "none arrives");
	close(ends[1]);
	close_pair();
}

static void *
send_slowly(void *arg)
{
	struct err err;
	void *mem = mem_context(NULL, "sender");
	char *large = mem_array(mem, char, 3 * 1024 * 1024);

	memset(large, 'z', 3 * 1024 * 1024);
	frame_send(pair[0], 9, (struct slice){ large, 3 * 1024 * 1024 }, -1,
		   clock_ms() + 5000, &err);
	mem_free(mem);
	return NULL;
}

static void
test_large(void *mem)
{
	struct frame frame;
	struct err err;
	pthread_t thread;
	bool same = true;

	open_pair();
	pthread_create(&thread, NULL, send_slowly, NULL);
	tap_is_int(frame_receive(pair[1], mem, 4 * 1024 * 1024, false,
				 clock_ms() + 5000, &frame, &err), 1,
		   "a frame larger than the socket's buffer");
	pthread_join(thread, NULL);
	for (size_t i = 0; i < frame.data.len; i++)
		same = same && frame.data.data[i] == 'z';
	tap_ok(same && frame.data.len == 3 * 1024 * 1024, "arrives whole");
	close_pair();
}

static void
test_hostile(void *mem)
{
	uint32_t header[3] = { 0x31465053u, 1, MAX + 1 };
	struct frame frame;
	struct err err;

	open_pair();
	tap_is_int(receive(mem, false, &frame, &err), -1, "silence times out");
	tap_is_int(err.kind, ERR_TEMPORARY, "as a temporary error");
	send(pair[0], "GET / HTTP/1.0", 14, 0);
	tap_is_int(receive(mem, false, &frame, &err), -1, "no frame at all");
	close_pair();

	open_pair();
	send(pair[0], header, sizeof(header), 0);
	tap_is_int(receive(mem, false, &frame, &err), -1, "a frame too large");
	tap_is_int(err.kind, ERR_PERMANENT, "is malformed");
	close_pair();

	open_pair();
	header[2] = 10;
	send(pair[0], header, sizeof(header), 0);
	send(pair[0], "abc", 3, 0);
	tap_is_int(receive(mem, false, &frame, &err), -1,
		   "a frame that does not come to its end");
	close(pair[0]);
	close(pair[1]);

	open_pair();
	send(pair[0], header, 5, 0);
	close(pair[0]);
	tap_is_int(receive(mem, false, &frame, &err), -1,
		   "half a header is not an end");
	close(pair[1]);
}

static void
test_full(void)
{
	struct err err;
	char bytes[4096] = { 0 };
	int64_t began = clock_ms();
	int result = 0;

	open_pair();
	while (result == 0 && clock_ms() < began + 5000)
		result = frame_send(pair[0], 1,
				    (struct slice){ bytes, sizeof(bytes) }, -1,
				    clock_ms() + 50, &err);
	tap_is_int(result, -1, "sending to one who does not read times out");
	close(pair[1]);
	tap_is_int(frame_send(pair[0], 1, SLICE("x"), -1, clock_ms() + 50,
			      &err), -1, "sending to nobody fails");
	close(pair[0]);
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	test_round_trip(mem);
	test_descriptor(mem);
	test_large(mem);
	test_hostile(mem);
	test_full();
	mem_free(mem);
	return tap_done();
}
