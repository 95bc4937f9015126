/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a pattern to its needs. A piece of a pattern is either known, and then
 * matches just the literals of a small set, or has needs. Pieces in a row that
 * are known are multiplied out into the literals of a run; where a run ends, at
 * a piece that is not known or when it grows too large, it is a need. Of
 * alternatives the needs are joined, since any may be the one that matches.
 */
#include "wrap/regex_needs_private.h"

#include <string.h>

#include "base/mem.h"

#define NEEDS_REPEAT 8 /* times that a piece is written out */
#define NEEDS_ENOUGH 8 /* bits that make bare text not worth a look */
#define NEEDS_CLAUSES 64
#define NEEDS_PLENTY 32 /* bits of a clause that make more of them a burden */
/* Bits of a clause to which needs of so few are not added: each place where one
 * stands is looked at, and few tries are saved. */
#define NEEDS_SOME 10
#define NEEDS_WEAK 7

struct piece {
	bool known;
	struct literal_set literals; /* if known: all that it can be */
	struct clause all;   /* else: it needs all of these, */
	struct clause *either; /* and one of these (or NULL) */
	size_t either_count;
};

/* What a sequence has come to. */
struct sequence {
	bool known; /* so far: run is all of it */
	struct literal_set run;
	struct piece found; /* its needs */
};

/* Of the weakest of the clauses that one must hold of. */
static unsigned
piece_either_bits(const struct piece *piece)
{
	unsigned least = piece->either_count == 0 ? 0 : 1000;

	for (size_t i = 0; i < piece->either_count; i++) {
		unsigned bits = clause_bits(&piece->either[i]);

		least = bits < least ? bits : least;
	}
	return least;
}

static unsigned
piece_bits(const struct piece *piece)
{
	return clause_bits(&piece->all) + piece_either_bits(piece);
}

static void
sequence_flush(struct needs_reader *reader, struct sequence *sequence)
{
	sequence->known = false;
	clause_need(reader->mem, &sequence->found.all, &sequence->run);
	sequence->run = literal_set_empty_literal(reader->mem);
}

static void
sequence_append(struct needs_reader *reader, struct sequence *sequence,
		const struct literal_set *literals)
{
	if (literal_set_multiply(reader->mem, &sequence->run, literals))
		return;
	sequence_flush(reader, sequence);
	if (!literal_set_multiply(reader->mem, &sequence->run, literals))
		sequence->run = literal_set_empty_literal(reader->mem);
}

/* Literals, as often as their quantifier says. */
static void
sequence_repeat(struct needs_reader *reader, struct sequence *sequence,
		const struct literal_set *literals, struct needs_times times)
{
	bool is_run = literals->count == 1 && literals->items[0].len == 1 &&
		      needs_is_run(literals->items[0].text[0]);
	struct literal_set optional = { 0 };
	unsigned i;

	if (literals->count == 1 && literals->items[0].len == 0)
		return; /* dropped in folding, however often */
	if (is_run && times.least > 0) { /* \s{2,5} */
		sequence_append(reader, sequence, literals);
		return;
	}
	for (i = 0; i < times.least && i < NEEDS_REPEAT; i++)
		sequence_append(reader, sequence, literals);
	if (!times.many && times.most == i)
		return;
	if (times.least == 0 && ((!times.many && times.most == 1) || is_run)) {
		optional = literal_set_empty_literal(reader->mem);
		literal_set_add_all(reader->mem, &optional, literals);
		sequence_append(reader, sequence, &optional);
		return;
	}
	sequence_flush(reader, sequence);
	if (times.least > 0) /* the last time stands before what follows */
		sequence_append(reader, sequence, literals);
}

static void
sequence_add(struct needs_reader *reader, struct sequence *sequence,
	     const struct piece *piece, struct needs_times times)
{
	if (piece->known) {
		sequence_repeat(reader, sequence, &piece->literals, times);
		return;
	}
	sequence_flush(reader, sequence);
	if (times.least == 0)
		return;
	for (size_t i = 0; i < piece->all.count; i++) {
		struct literal_set need = piece->all.needs[i];

		if (times.least > need.times)
			need.times = times.least < NEED_TIMES ? times.least
							      : NEED_TIMES;
		clause_need(reader->mem, &sequence->found.all, &need);
	}
	if (piece_either_bits(piece) > piece_either_bits(&sequence->found)) {
		sequence->found.either = piece->either;
		sequence->found.either_count = piece->either_count;
	}
}

static struct piece
sequence_finish(struct needs_reader *reader, struct sequence *sequence)
{
	if (sequence->known)
		return (struct piece){ .known = true,
				       .literals = sequence->run };
	clause_need(reader->mem, &sequence->found.all, &sequence->run);
	return sequence->found;
}

static struct piece needs_alternatives(struct needs_reader *reader);

static void
needs_group(struct needs_reader *reader, struct sequence *sequence)
{
	enum needs_group group;
	struct needs_times times;
	struct piece piece;

	if (!needs_enter_group(reader, &group))
		return;
	piece = needs_alternatives(reader);
	times = needs_leave_group(reader);
	if (group == NEEDS_PLAIN)
		sequence_add(reader, sequence, &piece, times);
}

static void
needs_atom(struct needs_reader *reader, struct sequence *sequence)
{
	struct piece piece = { .known = true };
	bool folded[256] = { false };
	struct needs_atom atom;
	struct needs_times times;

	needs_read_atom(reader, &atom);
	times = needs_read_times(reader);
	if (atom.kind == NEEDS_EMPTY)
		return;
	piece.known = atom.kind == NEEDS_CHARS;
	for (size_t i = 0; i < 256 && piece.known; i++) {
		const bool *next = memchr(atom.chars + i, true, 256 - i);
		struct literal byte = { .len = 1 };
		unsigned char c;

		if (next == NULL)
			break;
		i = (size_t)(next - atom.chars);
		c = needs_fold((unsigned char)i, reader->bare);
		byte.len = c != FOLD_DROPPED;
		if (folded[c])
			continue;
		folded[c] = true;
		byte.text[0] = byte.len > 0 ? c : 0;
		literal_set_add(reader->mem, &piece.literals, &byte);
		piece.known = piece.literals.count <= NEEDS_CLASS;
	}
	piece.known = piece.known && piece.literals.count > 0;
	sequence_add(reader, sequence, &piece, times);
}

static struct piece
needs_sequence(struct needs_reader *reader)
{
	struct sequence sequence = { .known = true };

	sequence.run = literal_set_empty_literal(reader->mem);
	while (!reader->lost) {
		int c = needs_peek(reader, 0);

		if (c == -1 || c == '|' || c == ')')
			break;
		if (c == '(')
			needs_group(reader, &sequence);
		else
			needs_atom(reader, &sequence);
	}
	return sequence_finish(reader, &sequence);
}

/* What a piece needs most, be it known or not. */
static const struct literal_set *
piece_best(const struct piece *piece)
{
	if (piece->known)
		return &piece->literals;
	return piece->all.count > 0 ? &piece->all.needs[0] : NULL;
}

/* Adds what one of several alternatives needs; false: it is too much, or
 * nothing. */
static bool
either_add(void *mem, struct piece *piece, const struct piece *one)
{
	size_t count = one->either_count > 0 ? one->either_count : 1;

	if (piece->either_count + count > NEEDS_CLAUSES)
		return false;
	if (piece->either == NULL)
		piece->either = mem_array(mem, struct clause, NEEDS_CLAUSES);
	for (size_t i = 0; i < count; i++) {
		struct clause *clause = &piece->either[piece->either_count++];

		if (one->either_count > 0)
			*clause = one->either[i];
		if (one->known)
			clause_need(mem, clause, &one->literals);
		clause_need_all(mem, clause, &one->all);
		if (clause->count == 0)
			return false;
	}
	return true;
}

/* Clauses of one need each say no more than these needs together. */
static bool
either_is_worth_it(const struct piece *piece)
{
	for (size_t i = 0; i < piece->either_count; i++)
		if (piece->either[i].count > 1)
			return true;
	return false;
}

static struct piece
needs_alternatives(struct needs_reader *reader)
{
	struct piece one = needs_sequence(reader), all = { .known = true };
	struct literal_set need = { 0 };
	bool needs_some = true, either = true;

	if (needs_peek(reader, 0) != '|')
		return one;
	for (;;) {
		const struct literal_set *best = piece_best(&one);

		all.known = all.known && one.known &&
			    all.literals.count <= NEEDS_KNOWN;
		needs_some = needs_some && best != NULL &&
			     need.count + best->count <= NEED_LITERALS;
		either = either && either_add(reader->mem, &all, &one);
		if (all.known)
			literal_set_add_all(reader->mem, &all.literals, &one.literals);
		if (needs_some)
			literal_set_add_all(reader->mem, &need, best);
		if (reader->lost || needs_peek(reader, 0) != '|')
			break;
		reader->at++;
		one = needs_sequence(reader);
	}
	if (all.known && all.literals.count <= NEEDS_KNOWN) {
		all.either_count = 0;
		return all;
	}
	all.known = false;
	if (!either || !either_is_worth_it(&all))
		all.either_count = 0;
	if (needs_some)
		clause_need(reader->mem, &all.all, &need);
	return all;
}

static struct piece
needs_read(struct needs_reader *reader)
{
	struct piece all = needs_alternatives(reader);

	if (reader->at != reader->text.len || reader->lost)
		return (struct piece){ .known = false };
	if (all.known)
		clause_need(reader->mem, &all.all, &all.literals);
	return all;
}

static void
needs_copy(void *mem, struct need_clause *to, const struct clause *from)
{
	unsigned bits = 0;

	for (size_t i = 0; i < from->count && bits < NEEDS_PLENTY; i++) {
		struct literal_set set = from->needs[i];
		unsigned more = literal_set_bits(&set);

		if (bits >= NEEDS_SOME && more < NEEDS_WEAK)
			return;
		bits += more;
		literal_set_prune(mem, &set);
		to->count++;
		to->items[i] = (struct need){ set.items, set.count, set.times };
	}
}

struct regex_needs *
regex_needs_new(void *mem, struct slice pattern, bool extended)
{
	struct needs_reader reader = {
		.mem = mem_context(NULL, "needs"),
		.text = pattern,
		.lost = extended,
	};
	struct needs_reader bare = reader;
	struct piece all = needs_read(&reader), other = { 0 };
	struct regex_needs *needs = NULL;

	bare.bare = true;
	if (piece_bits(&all) < NEEDS_ENOUGH)
		other = needs_read(&bare);
	if (piece_bits(&all) >= piece_bits(&other))
		bare.bare = false;
	else
		all = other;
	if (piece_bits(&all) > 0) {
		size_t count = all.either_count > 0 ? all.either_count : 1;

		needs = mem_new(mem, struct regex_needs);
		needs->bare = bare.bare;
		needs->clauses = mem_array(needs, struct need_clause, count);
		needs->count = count;
	}
	for (size_t i = 0; needs != NULL && i < needs->count; i++) {
		struct clause clause = all.all;

		if (all.either_count > 0) {
			clause = all.either[i];
			clause_need_all(reader.mem, &clause, &all.all);
		}
		needs_copy(needs, &needs->clauses[i], &clause);
	}
	mem_free(reader.mem);
	return needs;
}
