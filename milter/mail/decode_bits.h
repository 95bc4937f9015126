/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_DECODE_BITS_H
#define MAIL_DECODE_BITS_H

/* The arithmetic of base64 and its kin, for the decoders: decode.c, habits.c,
 * embedded.c. */

#include <string.h>

/* The value of each base64 letter; of other bytes -1. */
struct base64_table {
	signed char value[256];
};

static inline struct base64_table
decode_base64_table(void)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789+/";
	struct base64_table table;

	memset(table.value, -1, sizeof(table.value));
	for (size_t i = 0; i < sizeof(letters) - 1; i++)
		table.value[(unsigned char)letters[i]] = (signed char)i;
	return table;
}

/* Bits that arrive six at a time and leave as bytes. */
struct bits {
	char *out;
	size_t len;
	unsigned long held;
	unsigned count; /* of six bits */
};

static inline void
bits_add(struct bits *bits, int value)
{
	bits->held = bits->held << 6 | (unsigned long)value;
	if (++bits->count < 4)
		return;
	bits->out[bits->len++] = (char)(bits->held >> 16);
	bits->out[bits->len++] = (char)(bits->held >> 8);
	bits->out[bits->len++] = (char)bits->held;
	bits->held = bits->count = 0;
}

/* A group cut short still holds one or two whole bytes. */
static inline void
bits_flush(struct bits *bits)
{
	if (bits->count == 2) {
		bits->out[bits->len++] = (char)(bits->held >> 4);
	} else if (bits->count == 3) {
		bits->out[bits->len++] = (char)(bits->held >> 10);
		bits->out[bits->len++] = (char)(bits->held >> 2);
	}
	bits->held = bits->count = 0;
}

#endif
