/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCRE2 tries the alternatives of a group one by one, and again those of groups
 * in them. Where there are many, nearly all fail at the first byte, so such a
 * group gets a guard: a look ahead for the bytes that it can begin with. What
 * the pattern matches stays what it was.
 */
#include "wrap/regex_guard.h"

#include <string.h>

#include "base/mem.h"
#include "wrap/regex_needs_private.h"

#define GUARD_BYTES 96 /* that a guard may let pass */
#define GUARDS 400     /* of a pattern */

/* What a piece can begin with. */
struct guard_piece {
	bool empty; /* it may also match nothing */
	uint64_t bytes[4];
	unsigned weight; /* ways that are tried */
};

struct guard {
	size_t begin, end; /* of what is in the group */
	uint64_t bytes[4];
};

struct guard_reader {
	struct needs_reader needs;
	struct guard *guards; /* in order of their ends */
	size_t count;
	unsigned weight; /* from which on a group gets one */
};

static void
guard_piece_add(struct guard_piece *piece, unsigned c)
{
	piece->bytes[c / 64] |= 1ull << c % 64;
}

/* A byte in any case, be it as in ASCII or as in Latin-1. */
static void
guard_piece_add_folded(struct guard_piece *piece, unsigned c)
{
	guard_piece_add(piece, c);
	if (str_is_alpha((int)c) || c >= 0xc0)
		guard_piece_add(piece, c ^ 0x20);
}

static void
guard_piece_add_all(struct guard_piece *piece, const bool chars[256])
{
	const bool *next = memchr(chars, true, 256);

	while (next != NULL) {
		guard_piece_add_folded(piece, (unsigned)(next - chars));
		next++;
		next = memchr(next, true, (size_t)(chars + 256 - next));
	}
}

static void
guard_piece_join(struct guard_piece *piece, const struct guard_piece *more)
{
	for (size_t i = 0; i < 4; i++)
		piece->bytes[i] |= more->bytes[i];
	piece->weight += more->weight;
}

static bool
guard_is_worth_it(const struct guard_reader *reader,
		  const struct guard_piece *piece)
{
	int count = 0;

	for (size_t i = 0; i < 4; i++)
		count += __builtin_popcountll(piece->bytes[i]);
	return !piece->empty && piece->weight >= reader->weight &&
	       count <= GUARD_BYTES;
}

static struct guard_piece guard_alternatives(struct guard_reader *reader);

static struct guard_piece
guard_group(struct guard_reader *reader)
{
	struct needs_reader *needs = &reader->needs;
	struct guard_piece piece = { .empty = true };
	enum needs_group group;
	size_t begin, end;
	struct needs_times times;

	if (!needs_enter_group(needs, &group))
		return piece;
	begin = needs->at;
	if (needs->text.data[begin - 1] == '|') {
		needs->lost = true;
		return piece;
	}
	piece = guard_alternatives(reader);
	end = needs->at;
	times = needs_leave_group(needs);
	if (group == NEEDS_LOOK)
		return (struct guard_piece){ .empty = true };
	if (guard_is_worth_it(reader, &piece) && reader->count < GUARDS) {
		mem_grow(needs->mem, reader->guards, reader->count);
		reader->guards[reader->count] =
			(struct guard){ .begin = begin, .end = end };
		memcpy(reader->guards[reader->count++].bytes, piece.bytes,
		       sizeof(piece.bytes));
		piece.weight = 1;
	}
	piece.empty = piece.empty || times.least == 0;
	return piece;
}

static struct guard_piece
guard_atom(struct guard_reader *reader)
{
	struct guard_piece piece = { .empty = true };
	struct needs_atom atom;
	struct needs_times times;

	needs_read_atom(&reader->needs, &atom);
	times = needs_read_times(&reader->needs);
	if (atom.kind == NEEDS_EMPTY)
		return piece;
	piece.weight = 1;
	piece.empty = atom.kind == NEEDS_UNKNOWN || times.least == 0;
	if (atom.kind == NEEDS_UNKNOWN)
		memset(piece.bytes, 0xff, sizeof(piece.bytes));
	else
		guard_piece_add_all(&piece, atom.chars);
	return piece;
}

static struct guard_piece
guard_sequence(struct guard_reader *reader)
{
	struct guard_piece all = { .empty = true };

	while (!reader->needs.lost) {
		int c = needs_peek(&reader->needs, 0);
		struct guard_piece piece;

		if (c == -1 || c == '|' || c == ')')
			break;
		piece = c == '(' ? guard_group(reader) : guard_atom(reader);
		if (!all.empty)
			continue;
		guard_piece_join(&all, &piece);
		all.empty = piece.empty;
	}
	return all;
}

static struct guard_piece
guard_alternatives(struct guard_reader *reader)
{
	struct guard_piece all = guard_sequence(reader);

	while (!reader->needs.lost && needs_peek(&reader->needs, 0) == '|') {
		struct guard_piece one;

		reader->needs.at++;
		one = guard_sequence(reader);
		guard_piece_join(&all, &one);
		all.empty = all.empty || one.empty;
	}
	return all;
}

/* --- writing --- */

static bool
guard_has(const struct guard *guard, unsigned c)
{
	return c < 256 && guard->bytes[c / 64] >> c % 64 & 1;
}

static void
guard_write(struct buf *out, const struct guard *guard)
{
	buf_text(out, "(?=[");
	for (unsigned c = 0; c < 256; c++) {
		unsigned first = c;

		if (!guard_has(guard, c))
			continue;
		while (guard_has(guard, c + 1))
			c++;
		buf_printf(out, "\\x%02x-\\x%02x", first, c);
	}
	buf_text(out, "])(?:");
}

/* By place in the pattern: the number of what begins there, less than 0 for
 * what ends; 0: nothing. */
static const int *
guard_places(const struct guard_reader *reader)
{
	int *places =
		mem_array(reader->needs.mem, int, reader->needs.text.len + 1);

	for (size_t i = 0; i < reader->count; i++) {
		places[reader->guards[i].begin] = (int)i + 1;
		places[reader->guards[i].end] = -1;
	}
	return places;
}

static struct slice
guard_write_all(void *mem, const struct guard_reader *reader)
{
	struct slice pattern = reader->needs.text;
	const int *places = guard_places(reader);
	struct buf out = BUF(mem);

	for (size_t i = 0; i < pattern.len; i++) {
		if (places[i] > 0)
			guard_write(&out, &reader->guards[places[i] - 1]);
		else if (places[i] < 0)
			buf_char(&out, ')');
		buf_char(&out, pattern.data[i]);
	}
	return buf_view(&out);
}

struct slice
regex_guard(void *mem, struct slice pattern, unsigned weight, bool extended)
{
	struct guard_reader reader = {
		.needs = {
			.mem = mem_context(NULL, "guards"),
			.text = pattern,
			.lost = extended,
		},
		.weight = weight,
	};
	struct slice guarded = SLICE_NONE;

	guard_alternatives(&reader);
	if (reader.needs.at == pattern.len && !reader.needs.lost &&
	    reader.count > 0)
		guarded = guard_write_all(mem, &reader);
	mem_free(reader.needs.mem);
	return guarded;
}
