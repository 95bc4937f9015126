/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/decode.h"

#include "base/mem.h"
#include "mail/decode_bits.h"

/* What SpamAssassin asks before it chooses between its two decoders. */
struct base64_survey {
	size_t letters; /* the alphabet and '=' */
	size_t padding; /* '=' at the very end */
	bool clean;     /* nothing else but white space */
};

static struct base64_survey
decode_base64_survey(const struct base64_table *table, struct slice in)
{
	struct base64_survey survey = { .clean = true };

	for (size_t i = 0; i < in.len; i++) {
		unsigned char c = (unsigned char)in.data[i];

		if (table->value[c] >= 0) {
			survey.letters++;
			survey.padding = 0;
		} else if (c == '=') {
			survey.letters++;
			survey.padding++;
		} else if (!str_is_space(c)) {
			survey.clean = false;
		}
	}
	return survey;
}

/*
 * An '=' before the end counts as a letter: as 'A' where all is clean, else as
 * the last of the alphabet; both follow from how SpamAssassin translates.
 */
struct slice
decode_base64(void *mem, struct slice in)
{
	struct base64_table table = decode_base64_table();
	struct base64_survey survey = decode_base64_survey(&table, in);
	bool clean = survey.clean && survey.letters % 4 == 0;
	size_t letters = survey.letters - survey.padding;
	struct bits bits = { 0 };

	bits.out = mem_resize(mem, bits.out, in.len / 4 * 3 + 4);
	for (size_t i = 0; i < in.len && letters > 0; i++) {
		int value = table.value[(unsigned char)in.data[i]];

		if (value < 0 && in.data[i] != '=')
			continue;
		bits_add(&bits, value >= 0 ? value : clean ? 0 : 63);
		letters--;
	}
	bits_flush(&bits);
	return (struct slice){ bits.out, bits.len };
}

struct slice
decode_base64_pieces(void *mem, struct slice in)
{
	struct base64_table table = decode_base64_table();
	struct bits bits = { 0 };

	bits.out = mem_resize(mem, bits.out, in.len / 4 * 3 + 4);
	for (size_t i = 0; i < in.len; i++) {
		int value = table.value[(unsigned char)in.data[i]];

		if (value >= 0)
			bits_add(&bits, value);
		else if (in.data[i] == '=')
			bits_flush(&bits);
	}
	bits_flush(&bits);
	return (struct slice){ bits.out, bits.len };
}

static int
decode_hex_value(unsigned char c)
{
	if (str_is_digit(c))
		return c - '0';
	c = (unsigned char)str_lower_char(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
decode_hex(struct slice in, size_t at)
{
	int high, low;

	if (in.len < 2 || at > in.len - 2)
		return -1;
	high = decode_hex_value((unsigned char)in.data[at]);
	low = decode_hex_value((unsigned char)in.data[at + 1]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Length of a line end at that place: 0, 1 or 2. */
static size_t
decode_line_end(struct slice in, size_t at)
{
	if (at < in.len && in.data[at] == '\n')
		return 1;
	if (at + 1 < in.len && in.data[at] == '\r' && in.data[at + 1] == '\n')
		return 2;
	return 0;
}

static size_t
decode_blanks(struct slice in, size_t at)
{
	while (at < in.len && (in.data[at] == ' ' || in.data[at] == '\t'))
		at++;
	return at;
}

/* Removes blanks before line ends, and soft line breaks. */
static size_t
decode_qp_join(struct slice in, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < in.len;) {
		size_t soft = in.data[i] == '=', end;

		if (!soft && in.data[i] != ' ' && in.data[i] != '\t') {
			out[len++] = in.data[i++];
			continue;
		}
		end = decode_blanks(in, i + soft);
		if (decode_line_end(in, end) != 0) {
			i = end + (soft ? decode_line_end(in, end) : 0);
			continue;
		}
		for (; i < end; i++)
			out[len++] = in.data[i];
	}
	return len;
}

/*
 * Two passes, because a soft break may stand inside an "=XX", and SpamAssassin
 * decodes what its removal brings together.
 */
struct slice
decode_qp(void *mem, struct slice in)
{
	char *out = mem_resize(mem, (char *)NULL, in.len + 1);
	struct slice joined = { out, decode_qp_join(in, out) };
	size_t len = 0;

	for (size_t i = 0; i < joined.len; i++) {
		int value = out[i] == '=' ? decode_hex(joined, i + 1) : -1;

		out[len++] = value >= 0 ? (char)value : out[i];
		if (value >= 0)
			i += 2;
	}
	return (struct slice){ out, len };
}
