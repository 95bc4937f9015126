/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_LITTLE_H
#define MAIL_LITTLE_H

/* Little-endian numbers out of bytes; what lies behind the end counts as 0. */

#include <stdint.h>

#include "base/str.h"

static inline uint64_t
little_number(struct slice s, size_t at, size_t width)
{
	uint64_t value = 0;

	for (size_t i = 0; i < width && at < s.len && i < s.len - at; i++)
		value |= (uint64_t)(unsigned char)s.data[at + i] << (8 * i);
	return value;
}

static inline uint32_t
little16(struct slice s, size_t at)
{
	return (uint32_t)little_number(s, at, 2);
}

static inline uint32_t
little32(struct slice s, size_t at)
{
	return (uint32_t)little_number(s, at, 4);
}

#endif
