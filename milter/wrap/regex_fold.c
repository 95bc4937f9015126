/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text as needs speak of it, and how common what stands in it is.
 */
#include <pthread.h>
#include <string.h>

#include "wrap/regex_needs_private.h"

unsigned char
needs_fold(unsigned char c, bool bare)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned char)(c + ('a' - 'A'));
	if (c >= '0' && c <= '9')
		return FOLDED_DIGIT;
	if (bare)
		return c >= 'a' && c <= 'z' ? c : FOLD_DROPPED;
	if (c >= 0x80)
		return c == 0xe2 ? FOLDED_MARKS : FOLDED_HIGH;
	return c >= '\t' && c <= '\r' ? FOLDED_SPACE : c;
}

bool
needs_is_run(unsigned char folded)
{
	return folded == FOLDED_SPACE || folded == FOLDED_DIGIT;
}

static pthread_once_t fold_once = PTHREAD_ONCE_INIT;
static unsigned char fold_table[2][256];

static void
fold_fill(void)
{
	for (unsigned c = 0; c < 256; c++) {
		fold_table[0][c] = needs_fold((unsigned char)c, false);
		fold_table[1][c] = needs_fold((unsigned char)c, true);
	}
}

size_t
fold_bytes(unsigned char *out, struct slice text, bool bare)
{
	const unsigned char *table;
	unsigned char last = FOLD_DROPPED;
	size_t len = 0;

	pthread_once(&fold_once, fold_fill);
	table = fold_table[bare];
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = table[(unsigned char)text.data[i]];
		bool joins = c == last &&
			     ((c == FOLDED_SPACE) | (c == FOLDED_DIGIT));

		out[len] = c;
		joins |= c == FOLD_DROPPED;
		len += !joins;
		last = c == FOLD_DROPPED ? last : c;
	}
	return len;
}

size_t
regex_fold(unsigned char *out, struct slice text, bool bare)
{
	return fold_has_vectors() ? fold_vector(out, text, bare)
				  : fold_bytes(out, text, bare);
}

/* Bits of letters by how common they are, of others by kind. */
static unsigned
literal_char_bits(unsigned char c)
{
	static const unsigned char letters[26] = {
		4, 6, 5, 5, 3, 6, 6, 5, 4, 9, 7, 5, 5, /* a to m */
		4, 4, 6, 10, 4, 4, 3, 5, 7, 6, 9, 6, 10,
	};

	if (c >= 'a' && c <= 'z')
		return letters[c - 'a'];
	if (c == FOLDED_SPACE)
		return 3;
	if (c == FOLDED_DIGIT)
		return 5;
	if (c == FOLDED_HIGH) /* rare, but seldom alone */
		return 5;
	return c != '\0' && strchr(".,-:/=<>", c) != NULL ? 6 : 8;
}

/* Groups of letters that English is full of; other languages do not suffer
 * from it more than by one literal taken for another. */
static bool
literal_is_common(const unsigned char *text)
{
	static const char groups[] =
		"the and ing you for thi tha hat wit ith are our ion tio ent "
		"ati all not ver her ere con com pro ter res men int ess est "
		"rea sta ate ble mes ail ema ple ile ine ire out hou wil ill ";

	for (const char *at = groups; *at != '\0'; at += 4)
		if (memcmp(at, text, 3) == 0)
			return true;
	return false;
}

unsigned
literal_bits(const unsigned char *text, size_t len)
{
	unsigned bits = 0;

	for (size_t i = 0; i < len; i++)
		bits += literal_char_bits(text[i]);
	bits = bits * 3 / 4; /* one letter tells something of the next */
	for (size_t i = 0; i + 3 <= len; i++) {
		if (!literal_is_common(text + i))
			continue;
		bits -= 4;
		i += 2;
	}
	return bits;
}
