/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a pattern to the first bytes of what it matches. Of each piece the set
 * of strings that it can be is kept, cut after three bytes; what is not
 * understood can be anything.
 */
#include "wrap/regex_starts_private.h"

#include <string.h>

#include "base/mem.h"
#include "wrap/regex_needs_private.h"


/* Strings: those of so many bytes, and of three or more the first three. */
struct starts {
	bool empty;
	bool longer; /* there are some of three; else these are not filled in */
	uint32_t one;
	uint32_t two[START_CLASSES];
	uint32_t three[START_CLASSES * START_CLASSES];
};

struct starts_reader {
	struct needs_reader needs;
	/* By depth of groups: of all alternatives, and of one. */
	struct starts *sets[NEEDS_DEPTH + 1][2];
	size_t branches;
};

/* --- sets of strings --- */

static void
starts_clear(struct starts *set)
{
	set->empty = set->longer = false;
	set->one = 0;
	memset(set->two, 0, sizeof(set->two));
}

static uint32_t *
starts_longer(struct starts *set)
{
	if (!set->longer)
		memset(set->three, 0, sizeof(set->three));
	set->longer = true;
	return set->three;
}

static bool
starts_has_two(const struct starts *set)
{
	for (size_t i = 0; i < START_CLASSES; i++)
		if (set->two[i] != 0)
			return true;
	return false;
}

/* None of them goes on. */
static bool
starts_is_complete(const struct starts *set)
{
	return !set->empty && set->one == 0 && !starts_has_two(set);
}

static void
starts_join(struct starts *set, const struct starts *more)
{
	uint32_t *three = more->longer ? starts_longer(set) : NULL;

	set->empty = set->empty || more->empty;
	set->one |= more->one;
	for (size_t i = 0; i < START_CLASSES; i++)
		set->two[i] |= more->two[i];
	for (size_t i = 0; three != NULL && i < START_CLASSES * START_CLASSES;
	     i++)
		three[i] |= more->three[i];
}

/* Longer strings by their first byte, and by their first two. */
static uint32_t
starts_heads(const struct starts *set, uint32_t heads[START_CLASSES])
{
	uint32_t first = set->one;

	for (size_t i = 0; i < START_CLASSES; i++) {
		heads[i] = set->two[i];
		for (size_t k = 0; set->longer && k < START_CLASSES; k++)
			if (set->three[i * START_CLASSES + k] != 0)
				heads[i] |= 1u << k;
		if (heads[i] != 0)
			first |= 1u << i;
	}
	return first;
}

/* What becomes three bytes: one of set and two of more, two and one. */
static void
starts_append_longer(struct starts *set, const struct starts *more)
{
	uint32_t heads[START_CLASSES], first = starts_heads(more, heads);
	uint32_t *three = starts_longer(set);

	for (size_t i = 0; i < START_CLASSES; i++) {
		for (uint32_t left = set->two[i]; left != 0; left &= left - 1)
			three[i * START_CLASSES +
			      (size_t)__builtin_ctz(left)] |= first;
		for (size_t k = 0; set->one >> i & 1 && k < START_CLASSES; k++)
			three[i * START_CLASSES + k] |= heads[k];
	}
}

/* Each followed by each of more. */
static void
starts_append(struct starts *set, const struct starts *more)
{
	bool is_one = set->one != 0;
	uint32_t *three;

	if (starts_has_two(set) ||
	    (is_one && (more->longer || starts_has_two(more))))
		starts_append_longer(set, more);
	three = set->empty && more->longer ? starts_longer(set) : NULL;
	for (size_t i = 0; three != NULL && i < START_CLASSES * START_CLASSES;
	     i++)
		three[i] |= more->three[i];
	for (size_t i = 0; i < START_CLASSES; i++)
		set->two[i] = (more->empty ? set->two[i] : 0) |
			      (set->one >> i & 1 ? more->one : 0) |
			      (set->empty ? more->two[i] : 0);
	set->one = (more->empty ? set->one : 0) | (set->empty ? more->one : 0);
	set->empty = set->empty && more->empty;
}

/* All strings there are. */
static void
starts_anything(struct starts *set)
{
	memset(set, 0xff, sizeof(*set));
	set->empty = set->longer = true;
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

static struct starts *starts_alternatives(struct starts_reader *reader,
					  bool wanted);

/* set: NULL where nothing of it is wanted any more. */
static void
starts_group(struct starts_reader *reader, struct starts *set)
{
	struct needs_reader *needs = &reader->needs;
	enum needs_group group;
	struct needs_times times;
	struct starts *piece;
	bool wanted;

	if (!needs_enter_group(needs, &group))
		return;
	wanted = set != NULL && group == NEEDS_PLAIN;
	piece = starts_alternatives(reader, wanted);
	times = needs_leave_group(needs);
	if (wanted)
		starts_add(set, piece, times);
}

static void
starts_add_atom(struct starts *set, const struct needs_atom *atom,
		struct needs_times times)
{
	const unsigned char *classes = starts_classes();
	struct starts piece;

	starts_clear(&piece);
	if (atom->kind == NEEDS_UNKNOWN)
		starts_anything(&piece);
	for (size_t i = 0; i < 256 && atom->kind == NEEDS_CHARS; i++)
		if (atom->chars[i])
			piece.one |= 1u << classes[i];
	starts_add(set, &piece, times);
}

static void
starts_atom(struct starts_reader *reader, struct starts *set)
{
	struct needs_atom atom;
	struct needs_times times;

	needs_read_atom(&reader->needs, &atom);
	times = needs_read_times(&reader->needs);
	if (set != NULL && atom.kind != NEEDS_EMPTY)
		starts_add_atom(set, &atom, times);
}

static void
starts_sequence(struct starts_reader *reader, struct starts *set)
{
	struct needs_reader *needs = &reader->needs;

	if (set != NULL) {
		starts_clear(set);
		set->empty = true;
		reader->branches++;
	}
	while (!needs->lost) {
		int c = needs_peek(needs, 0);

		if (c == -1 || c == '|' || c == ')')
			break;
		if (c == '(')
			starts_group(reader, set);
		else
			starts_atom(reader, set);
		if (set != NULL && starts_is_complete(set))
			set = NULL;
	}
}

static struct starts *
starts_alternatives(struct starts_reader *reader, bool wanted)
{
	struct starts **sets = reader->sets[reader->needs.depth];

	for (size_t i = 0; wanted && sets[0] == NULL && i < 2; i++)
		sets[1 - i] = mem_new(reader->needs.mem, struct starts);
	starts_sequence(reader, wanted ? sets[0] : NULL);
	while (!reader->needs.lost && needs_peek(&reader->needs, 0) == '|') {
		reader->needs.at++;
		starts_sequence(reader, wanted ? sets[1] : NULL);
		if (wanted)
			starts_join(sets[0], sets[1]);
	}
	return sets[0];
}

/* A match of less than three bytes is followed by anything. */
static void
starts_fill_up(struct starts *set)
{
	struct starts rest;

	starts_anything(&rest);
	rest.empty = false;
	starts_append(set, &rest);
}

static void
starts_keep(struct start_grams *grams,
	    const uint32_t thirds[START_CLASSES * START_CLASSES])
{
	memcpy(grams->thirds, thirds, sizeof(grams->thirds));
	for (size_t i = 0; i < START_CLASSES * START_CLASSES; i++) {
		size_t first = i / START_CLASSES, second = i % START_CLASSES;

		if (thirds[i] != 0)
			grams->pairs[second / 8 * START_CLASSES + first] |=
				(uint8_t)(1u << second % 8);
	}
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

		for (uint32_t left = starts->grams.thirds[i]; left != 0;
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
	struct starts_reader reader = {
		.needs = {
			.mem = mem_context(NULL, "starts"),
			.text = pattern,
			.lost = extended,
		},
	};
	struct regex_starts *starts = NULL;
	struct starts *set;

	set = starts_alternatives(&reader, true);
	if (reader.needs.at == pattern.len && !reader.needs.lost &&
	    !set->empty) {
		starts_fill_up(set);
		starts = mem_new(mem, struct regex_starts);
		starts_keep(&starts->grams, starts_longer(set));
		starts->branches = reader.branches;
		starts_reckon(starts);
	}
	mem_free(reader.needs.mem);
	return starts;
}
