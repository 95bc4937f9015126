/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_INFLATE_H
#define WRAP_INFLATE_H

/* Streams of zlib (RFC 1950), as PDF holds them. Stateless. */

#include "base/str.h"

enum inflate_result {
	INFLATE_ALL,
	INFLATE_MORE,	/* there is more than max */
	INFLATE_BROKEN, /* damaged, or cut off */
};

/* As far as it can be unpacked, at most max bytes, below mem. What stands
 * behind the stream does not matter. */
enum inflate_result inflate_bytes(void *mem, struct slice bytes, size_t max,
				  struct slice *out);

#endif
