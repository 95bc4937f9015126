/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames as an inspector that was taken over might send them, and the verdicts
 * inside. The first byte decides how the stream is cut.
 */
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/mem.h"
#include "core/session.h"
#include "core/verdict.h"

#define FUZZ_FRAME_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame frame;
	struct err err;
	void *mem;
	int pair[2];

	if (size < 1 || size > FUZZ_FRAME_MAX || frame_pair(pair, &err) < 0)
		return 0;
	mem = mem_context(NULL, "fuzz");
	send(pair[0], data + 1, size - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (data[0] & 1)
		shutdown(pair[0], SHUT_WR);
	while (frame_receive(pair[1], mem, FUZZ_FRAME_MAX,
			     (data[0] & 2) != 0, clock_ms(), &frame,
			     &err) == 1) {
		verdict_decode(mem, frame.data, &err);
		session_decode(mem, frame.data, &err);
		if (frame.fd >= 0)
			close(frame.fd);
	}
	close(pair[0]);
	close(pair[1]);
	mem_free(mem);
	return 0;
}
