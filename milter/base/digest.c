/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/digest.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static uint64_t
digest_word(const unsigned char *bytes)
{
	uint64_t word = 0;

	for (int i = 7; i >= 0; i--)
		word = word << 8 | bytes[i];
	return word;
}

static uint64_t
digest_turn(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static void
digest_rounds(uint64_t *v, int count)
{
	while (count-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = digest_turn(v[1], 13) ^ v[0];
		v[3] = digest_turn(v[3], 16) ^ v[2];
		v[0] = digest_turn(v[0], 32) + v[3];
		v[2] += v[1];
		v[3] = digest_turn(v[3], 21) ^ v[0];
		v[1] = digest_turn(v[1], 17) ^ v[2];
		v[2] = digest_turn(v[2], 32);
	}
}

static void
digest_mix(struct digest_state *state, uint64_t word)
{
	state->v[3] ^= word;
	digest_rounds(state->v, 2);
	state->v[0] ^= word;
}

void
digest_key_new(struct digest_key *key)
{
	if (getrandom(key->bytes, sizeof(key->bytes), 0) !=
	    (ssize_t)sizeof(key->bytes))
		abort();
}

void
digest_begin(struct digest_state *state, const struct digest_key *key)
{
	uint64_t low = digest_word(key->bytes);
	uint64_t high = digest_word(key->bytes + 8);

	*state = (struct digest_state){
		.v = { low ^ 0x736f6d6570736575, high ^ 0x646f72616e646f6d,
		       low ^ 0x6c7967656e657261, high ^ 0x7465646279746573 },
	};
	state->v[1] ^= 0xee; /* 128 bits are wanted, not 64 */
}

void
digest_add(struct digest_state *state, struct slice bytes)
{
	const unsigned char *data = (const unsigned char *)bytes.data;
	size_t i = 0;

	while (i < bytes.len && state->len % 8 != 0) {
		state->rest[state->len++ % 8] = data[i++];
		if (state->len % 8 == 0)
			digest_mix(state, digest_word(state->rest));
	}
	for (; i + 8 <= bytes.len; i += 8, state->len += 8)
		digest_mix(state, digest_word(data + i));
	while (i < bytes.len)
		state->rest[state->len++ % 8] = data[i++];
}

static void
digest_put(struct digest_state *state, unsigned char *out)
{
	uint64_t word;

	digest_rounds(state->v, 4);
	word = state->v[0] ^ state->v[1] ^ state->v[2] ^ state->v[3];
	for (int i = 0; i < 8; i++)
		out[i] = (unsigned char)(word >> 8 * i);
}

void
digest_end(struct digest_state *state, struct digest *digest)
{
	uint64_t len = state->len;

	memset(state->rest + len % 8, 0, 8 - len % 8);
	digest_mix(state, digest_word(state->rest) | len << 56);
	state->v[2] ^= 0xee;
	digest_put(state, digest->bytes);
	state->v[1] ^= 0xdd;
	digest_put(state, digest->bytes + 8);
}

bool
digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}

void
digest_print(const unsigned char *bytes, char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
}

static int
digest_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
digest_read(struct slice text, unsigned char *bytes)
{
	if (text.len != DIGEST_HEX)
		return false;
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		int high = digest_digit(text.data[2 * i]);
		int low = digest_digit(text.data[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}
