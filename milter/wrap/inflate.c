/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wrap/inflate.h"

#include <limits.h>

#include <zlib.h>

#include "base/mem.h"

#define INFLATE_STEP 16384

static enum inflate_result
inflate_steps(z_stream *stream, size_t max, struct buf *out)
{
	unsigned char step[INFLATE_STEP];
	int result = Z_OK;

	while (result == Z_OK) {
		size_t got;

		stream->next_out = step;
		stream->avail_out = sizeof(step);
		result = inflate(stream, Z_NO_FLUSH);
		got = sizeof(step) - stream->avail_out;
		if (got > max - out->len) {
			buf_add(out, step, max - out->len);
			return INFLATE_MORE;
		}
		buf_add(out, step, got);
	}
	return result == Z_STREAM_END ? INFLATE_ALL : INFLATE_BROKEN;
}

enum inflate_result
inflate_bytes(void *mem, struct slice bytes, size_t max, struct slice *out)
{
	struct buf buf = BUF(mem);
	enum inflate_result result;
	z_stream stream = {
		.next_in = (unsigned char *)(uintptr_t)bytes.data,
		.avail_in = bytes.len > UINT_MAX ? UINT_MAX
						 : (unsigned)bytes.len,
	};

	*out = SLICE("");
	if (inflateInit(&stream) != Z_OK)
		return INFLATE_BROKEN;
	result = inflate_steps(&stream, max, &buf);
	inflateEnd(&stream);
	*out = buf_view(&buf);
	return result;
}
