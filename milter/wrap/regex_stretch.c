/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wrap/regex_stretch.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "wrap/regex_needs_private.h"

#define STRETCH_SHORTEST 8    /* that is worth a look */
#define STRETCH_LONGEST 10000 /* that is told from longer ones */
#define STRETCH_CHANCE 0.5    /* that ordinary text goes on like this */

struct stretch_reader {
	struct needs_reader needs;
	bool caseless; /* it may be so somewhere */
	bool bytes[256];
};

/* --- reading a pattern --- */

static size_t stretch_alternatives(struct stretch_reader *reader);

static size_t
stretch_times(size_t least, struct needs_times times)
{
	size_t all = least * times.least;

	return all < STRETCH_LONGEST ? all : STRETCH_LONGEST;
}

/* Of flags it is known only that there are some. */
static bool
stretch_sets_flags(const struct needs_reader *needs)
{
	int c = needs_peek(needs, 2);

	return needs_peek(needs, 1) == '?' && c > 0 &&
	       strchr("^imsnJU-", c) != NULL;
}

static size_t
stretch_group(struct stretch_reader *reader)
{
	struct needs_reader *needs = &reader->needs;
	bool kept[256];
	enum needs_group group;
	size_t least;

	reader->caseless = reader->caseless || stretch_sets_flags(needs);
	if (!needs_enter_group(needs, &group))
		return 0;
	memcpy(kept, reader->bytes, sizeof(kept));
	least = stretch_alternatives(reader);
	least = stretch_times(least, needs_leave_group(needs));
	if (group == NEEDS_PLAIN)
		return least;
	/* What is looked at is not taken. */
	memcpy(reader->bytes, kept, sizeof(kept));
	return 0;
}

static size_t
stretch_atom(struct stretch_reader *reader)
{
	struct needs_atom atom;
	struct needs_times times;

	needs_read_atom(&reader->needs, &atom);
	times = needs_read_times(&reader->needs);
	if (atom.kind == NEEDS_EMPTY)
		return 0;
	if (atom.kind == NEEDS_UNKNOWN)
		memset(reader->bytes, true, sizeof(reader->bytes));
	for (size_t i = 0; i < 256; i++)
		reader->bytes[i] = reader->bytes[i] || atom.chars[i];
	/* What an unknown one takes may be nothing. */
	return atom.kind == NEEDS_CHARS ? stretch_times(1, times) : 0;
}

static size_t
stretch_sequence(struct stretch_reader *reader)
{
	struct needs_reader *needs = &reader->needs;
	size_t least = 0;

	while (!needs->lost) {
		int c = needs_peek(needs, 0);

		if (c == -1 || c == '|' || c == ')')
			break;
		least += c == '(' ? stretch_group(reader)
				  : stretch_atom(reader);
	}
	return least < STRETCH_LONGEST ? least : STRETCH_LONGEST;
}

static size_t
stretch_alternatives(struct stretch_reader *reader)
{
	size_t least = stretch_sequence(reader);

	while (!reader->needs.lost && needs_peek(&reader->needs, 0) == '|') {
		size_t other;

		reader->needs.at++;
		other = stretch_sequence(reader);
		least = other < least ? other : least;
	}
	return least;
}

/* --- what it is worth --- */

/* Letters in either case; above 7F, one for all, since how these are folded is
 * the caller's. */
static void
stretch_fold(bool bytes[256])
{
	bool high = false;

	for (size_t i = 0x80; i < 256; i++)
		high = high || bytes[i];
	for (size_t i = 0x80; i < 256; i++)
		bytes[i] = high;
	for (int i = 'a'; i <= 'z'; i++)
		bytes[i] = bytes[i - 'a' + 'A'] =
			bytes[i] || bytes[i - 'a' + 'A'];
}

static bool
stretch_holds(const struct regex_stretch *stretch, int c)
{
	return stretch->bits[c / 64] >> c % 64 & 1;
}

/* How many of the bytes of English text are such, more or less. */
static double
stretch_share(const struct regex_stretch *stretch)
{
	double share = stretch_holds(stretch, ' ') ? .16 : 0;

	for (int i = '!'; i < 0x7f; i++) {
		if (!stretch_holds(stretch, i))
			continue;
		if (str_is_alpha(i))
			share += (str_lower_char(i) == i ? .70 : .05) / 26;
		else
			share += str_is_digit(i) ? .03 / 10 : .06 / 32;
	}
	return share;
}

struct regex_stretch *
regex_stretch_read(void *mem, struct slice pattern, bool extended,
		   bool caseless)
{
	struct stretch_reader reader = {
		.needs = { .mem = mem, .text = pattern, .lost = extended },
		.caseless = caseless,
	};
	struct regex_stretch *stretch;
	size_t least = stretch_alternatives(&reader);

	if (reader.needs.lost || reader.needs.at != pattern.len)
		return NULL;
	if (reader.caseless)
		stretch_fold(reader.bytes);
	stretch = mem_new(mem, struct regex_stretch);
	stretch->least = least;
	for (size_t i = 0; i < 256; i++)
		stretch->bits[i / 64] |= (uint64_t)reader.bytes[i] << i % 64;
	return stretch;
}

struct regex_stretch *
regex_stretch_new(void *mem, struct slice pattern, bool extended, bool caseless)
{
	struct regex_stretch *stretch =
		regex_stretch_read(mem, pattern, extended, caseless);

	if (stretch == NULL || (stretch->least >= STRETCH_SHORTEST &&
				pow(stretch_share(stretch),
				    (double)stretch->least) <= STRETCH_CHANCE))
		return stretch;
	mem_free(stretch);
	return NULL;
}

/* --- looking --- */

/* From the end of each place back to a byte that does not belong: the next place
 * is behind that one. No byte is looked at twice. */
bool
regex_stretch_stands(const struct regex_stretch *stretch, struct slice text,
		     size_t from)
{
	size_t known = from; /* up to here all belong, from `from` on */

	while (from <= text.len && text.len - from >= stretch->least) {
		size_t end = from + stretch->least, at = end;

		while (at > known && stretch_holds(stretch, (unsigned char)
							  text.data[at - 1]))
			at--;
		if (at <= known)
			return true;
		from = at;
		known = end;
	}
	return false;
}
