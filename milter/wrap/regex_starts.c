/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a pattern to the first bytes of what it matches. Of each piece the set
 * of strings that it can be is kept, cut after three bytes; what is not
 * understood can be anything.
 */
#include "wrap/regex_starts.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "wrap/regex_needs_private.h"

#define STARTS_DEPTH 50
#define STARTS_BYTES 3
#define STARTS_ALL UINT32_MAX

enum starts_class { /* behind 26 letters */
	STARTS_SPACE = 26,
	STARTS_DIGIT,
	STARTS_HIGH,
	STARTS_MARK,
	STARTS_OTHER,
	STARTS_END,
};

/* Strings: those of so many bytes, and of three or more the first three. */
struct starts {
	bool empty;
	uint32_t one;
	uint32_t two[START_CLASSES];
	uint32_t three[START_CLASSES * START_CLASSES];
};

static pthread_once_t starts_once = PTHREAD_ONCE_INIT;
static unsigned char starts_table[256];

static unsigned char
starts_class(unsigned char c)
{
	if (str_is_alpha(c))
		return (unsigned char)(str_lower_char(c) - 'a');
	if (str_is_digit(c))
		return STARTS_DIGIT;
	if (c >= 0x80)
		return STARTS_HIGH;
	if (str_is_space(c))
		return STARTS_SPACE;
	return c != '\0' && strchr(".,:;!?'\"()-_*", c) != NULL ? STARTS_MARK
								: STARTS_OTHER;
}

static void
starts_fill(void)
{
	for (unsigned c = 0; c < 256; c++)
		starts_table[c] = starts_class((unsigned char)c);
}

/* --- sets of strings --- */

static bool
starts_is_complete(const struct starts *set)
{
	uint32_t two = 0;

	for (size_t i = 0; i < START_CLASSES; i++)
		two |= set->two[i];
	return !set->empty && set->one == 0 && two == 0;
}

static void
starts_join(struct starts *set, const struct starts *more)
{
	set->empty = set->empty || more->empty;
	set->one |= more->one;
	for (size_t i = 0; i < START_CLASSES; i++)
		set->two[i] |= more->two[i];
	for (size_t i = 0; i < START_CLASSES * START_CLASSES; i++)
		set->three[i] |= more->three[i];
}

/* Longer strings by their first byte, and by their first two. */
static uint32_t
starts_heads(const struct starts *set, uint32_t heads[START_CLASSES])
{
	uint32_t first = set->one;

	for (size_t i = 0; i < START_CLASSES; i++) {
		heads[i] = set->two[i];
		for (size_t k = 0; k < START_CLASSES; k++)
			if (set->three[i * START_CLASSES + k] != 0)
				heads[i] |= 1u << k;
		if (heads[i] != 0)
			first |= 1u << i;
	}
	return first;
}

/* Each followed by each of more. */
static void
starts_append(struct starts *set, const struct starts *more)
{
	uint32_t heads[START_CLASSES], first = starts_heads(more, heads);

	for (size_t i = 0; i < START_CLASSES; i++) {
		bool is_one = set->one >> i & 1;
		uint32_t two = set->two[i];

		for (size_t k = 0; k < START_CLASSES; k++) {
			uint32_t *three = &set->three[i * START_CLASSES + k];

			*three |= two >> k & 1 ? first : 0;
			*three |= is_one ? heads[k] : 0;
			*three |= set->empty
					  ? more->three[i * START_CLASSES + k]
					  : 0;
		}
		set->two[i] = (more->empty ? two : 0) |
			      (is_one ? more->one : 0) |
			      (set->empty ? more->two[i] : 0);
	}
	set->one = (more->empty ? set->one : 0) | (set->empty ? more->one : 0);
	set->empty = set->empty && more->empty;
}

/* All strings there are. */
static void
starts_anything(struct starts *set)
{
	memset(set, 0xff, sizeof(*set));
	set->empty = true;
}

/* --- reading --- */

static void
starts_add(struct starts *set, struct starts *piece, struct needs_times times)
{
	unsigned most = times.many ? STARTS_BYTES : times.most;

	for (unsigned i = 0; i < STARTS_BYTES && i < times.least; i++)
		starts_append(set, piece);
	piece->empty = true;
	for (unsigned i = times.least; i < STARTS_BYTES && i < most; i++)
		starts_append(set, piece);
}

static struct starts *starts_alternatives(struct needs_reader *reader,
					  size_t *branches, bool first);

static void
starts_group(struct needs_reader *reader, struct starts *set, size_t *branches)
{
	enum needs_group group = needs_read_group(reader);
	bool done = starts_is_complete(set);
	struct needs_times times;
	struct starts *piece;

	if (group == NEEDS_FLAGS || reader->lost)
		return;
	if (++reader->depth > STARTS_DEPTH) {
		reader->lost = true;
		return;
	}
	piece = starts_alternatives(reader, branches,
				    group == NEEDS_PLAIN && !done);
	reader->depth--;
	reader->lost = reader->lost || needs_peek(reader, 0) != ')';
	reader->at++;
	times = needs_read_times(reader);
	if (group == NEEDS_PLAIN && !done)
		starts_add(set, piece, times);
	mem_free(piece);
}

static void
starts_add_atom(struct starts *set, const struct needs_atom *atom,
		struct needs_times times)
{
	struct starts piece = { 0 };

	if (atom->kind == NEEDS_UNKNOWN)
		starts_anything(&piece);
	for (size_t i = 0; i < 256 && atom->kind == NEEDS_CHARS; i++)
		if (atom->chars[i])
			piece.one |= 1u << starts_table[i];
	starts_add(set, &piece, times);
}

static void
starts_atom(struct needs_reader *reader, struct starts *set)
{
	struct needs_atom atom;
	struct needs_times times;

	needs_read_atom(reader, &atom);
	times = needs_read_times(reader);
	if (atom.kind != NEEDS_EMPTY && !starts_is_complete(set))
		starts_add_atom(set, &atom, times);
}

/* first: nothing that must be there stands before it. */
static struct starts *
starts_sequence(struct needs_reader *reader, size_t *branches, bool first)
{
	struct starts *set = mem_new(reader->mem, struct starts);

	set->empty = true;
	*branches += first;
	while (!reader->lost) {
		int c = needs_peek(reader, 0);

		if (c == -1 || c == '|' || c == ')')
			break;
		if (c == '(')
			starts_group(reader, set, branches);
		else
			starts_atom(reader, set);
	}
	return set;
}

static struct starts *
starts_alternatives(struct needs_reader *reader, size_t *branches, bool first)
{
	struct starts *all = starts_sequence(reader, branches, first), *one;

	while (!reader->lost && needs_peek(reader, 0) == '|') {
		reader->at++;
		one = starts_sequence(reader, branches, first);
		starts_join(all, one);
		mem_free(one);
	}
	return all;
}

/* A match of less than three bytes is followed by anything. */
static void
starts_fill_up(struct starts *set)
{
	struct starts *rest = mem_new(set, struct starts);

	starts_anything(rest);
	rest->empty = false;
	starts_append(set, rest);
	starts_append(set, rest);
	mem_free(rest);
}

/* In English text. */
static void
starts_reckon(struct regex_starts *starts)
{
	static const double letters[START_CLASSES] = {
		.063, .012, .022, .033, .098, .017, .016, .047, .057, .001,
		.006, .032, .019, .055, .060, .015, .001, .047, .050, .071,
		.022, .008, .018, .002, .016, .001, .160, .020, .001, .025,
		.005, .005,
	};
	bool begins[START_CLASSES] = { false };

	for (size_t i = 0; i < START_CLASSES * START_CLASSES; i++) {
		size_t first = i / START_CLASSES;
		double third = 0;

		for (uint32_t left = starts->grams[i]; left != 0;
		     left &= left - 1)
			third += letters[__builtin_ctz(left)];
		starts->chance += letters[first] * letters[i % START_CLASSES] *
				  third;
		if (third > 0 && !begins[first])
			starts->first_chance += letters[first];
		begins[first] = begins[first] || third > 0;
	}
}

struct regex_starts *
regex_starts_new(void *mem, struct slice pattern, bool extended)
{
	struct needs_reader reader = {
		.mem = mem_context(NULL, "starts"),
		.text = pattern,
		.lost = extended,
	};
	struct regex_starts *starts = NULL;
	size_t branches = 0;
	struct starts *set;

	pthread_once(&starts_once, starts_fill);
	set = starts_alternatives(&reader, &branches, true);
	if (reader.at == pattern.len && !reader.lost && !set->empty) {
		starts_fill_up(set);
		starts = mem_new(mem, struct regex_starts);
		memcpy(starts->grams, set->three, sizeof(starts->grams));
		starts_reckon(starts);
		starts->branches = branches;
	}
	mem_free(reader.mem);
	return starts;
}

/* --- looking --- */

static unsigned
starts_at(struct slice text, size_t at)
{
	return at < text.len ? starts_table[(unsigned char)text.data[at]]
			     : STARTS_END;
}

#define STARTS_PAIRS (START_CLASSES * START_CLASSES - 1)

size_t
regex_starts_next(const struct regex_starts *starts, struct slice text,
		  size_t from)
{
	const unsigned char *bytes = (const unsigned char *)text.data;
	unsigned pair = starts_at(text, from) << 5 | starts_at(text, from + 1);
	size_t i = from;

	for (; i + 2 < text.len; i++) {
		unsigned third = starts_table[bytes[i + 2]];

		if (starts->grams[pair] >> third & 1)
			return i;
		pair = (pair << 5 | third) & STARTS_PAIRS;
	}
	for (; i < text.len; i++) {
		if (starts->grams[pair] >> STARTS_END & 1)
			return i;
		pair = (pair << 5 | STARTS_END) & STARTS_PAIRS;
	}
	return text.len + 1;
}

uint64_t
regex_starts_any(const uint64_t table[START_GRAMS], struct slice text)
{
	const unsigned char *bytes = (const unsigned char *)text.data;
	unsigned pair = starts_at(text, 0) << 5 | starts_at(text, 1);
	uint64_t found = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned third = i + 2 < text.len ? starts_table[bytes[i + 2]]
						  : STARTS_END;

		found |= table[pair << 5 | third];
		pair = (pair << 5 | third) & STARTS_PAIRS;
	}
	return found;
}
