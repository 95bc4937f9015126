/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_REGEX_NEEDS_PRIVATE_H
#define WRAP_REGEX_NEEDS_PRIVATE_H

/*
 * Between regex_needs.c, which finds out what a pattern needs, literal_set.c,
 * which reckons with sets of literals, regex_token.c, which reads what stands
 * in a pattern, and regex_fold.c, which folds text.
 */

#include "wrap/regex_needs.h"

struct needs_reader {
	void *mem;
	struct slice text;
	size_t at;
	unsigned depth; /* of groups */
	bool bare;	/* the way of folding */
	bool lost;	/* something was not understood */
};

enum needs_kind {
	NEEDS_CHARS,  /* one character out of chars */
	NEEDS_EMPTY,  /* takes nothing: \b ^ $ */
	NEEDS_UNKNOWN,
};

struct needs_atom {
	enum needs_kind kind;
	bool chars[256]; /* before folding */
};

/* How often; many: the upper bound is none, or too far to matter. */
struct needs_times {
	unsigned least, most;
	bool many;
};

enum needs_group {
	NEEDS_PLAIN,
	NEEDS_LOOK,  /* around: takes nothing, and need not be there */
	NEEDS_FLAGS, /* (?i) */
};

/* The byte so many ahead, or -1. */
int needs_peek(const struct needs_reader *reader, size_t ahead);
/* Takes what is neither a group nor | or ). */
void needs_read_atom(struct needs_reader *reader, struct needs_atom *atom);
/* Takes a quantifier; if there is none: once. */
struct needs_times needs_read_times(struct needs_reader *reader);
#define NEEDS_DEPTH 50 /* of groups within groups */
/* Takes the ( and what says of which kind the group is. False: there is nothing
 * in it to be read, one of FLAGS being taken whole, or all is lost. */
bool needs_enter_group(struct needs_reader *reader, enum needs_group *group);
/* Takes the ) and a quantifier. */
struct needs_times needs_leave_group(struct needs_reader *reader);

/* --- literal_set.c --- */

#define NEEDS_KNOWN 1000 /* literals that a piece or a run may have */
#define NEEDS_CLASS 24 /* folded bytes of a class that is known */

struct literal_set {
	struct literal *items;
	size_t count, room;
	unsigned times; /* of a need: how often, if more than once */
	unsigned bits; /* of a need once it is kept, 0: not yet known */
};

struct clause {
	struct literal_set needs[NEEDS]; /* the best first */
	size_t count;
};

struct literal_set literal_set_empty_literal(void *mem);
void literal_set_add(void *mem, struct literal_set *set,
		     const struct literal *literal);
void literal_set_add_all(void *mem, struct literal_set *set,
			 const struct literal_set *more);
bool literal_set_multiply(void *mem, struct literal_set *set,
			  const struct literal_set *by);
/* Leaves out what holds another literal of the set: where it stands, that one
 * does. */
void literal_set_prune(void *mem, struct literal_set *set);
unsigned literal_set_bits(const struct literal_set *set);
void clause_need(void *mem, struct clause *clause,
		 const struct literal_set *set);
void clause_need_all(void *mem, struct clause *clause,
		     const struct clause *more);
unsigned clause_bits(const struct clause *clause);

/* --- regex_fold.c --- */

/* The byte that c folds to, or FOLD_DROPPED. */
#define FOLD_DROPPED 0xff
unsigned char needs_fold(unsigned char c, bool bare);
/* Runs of it count as one. */
bool needs_is_run(unsigned char folded);
/* regex_fold(), byte by byte. */
size_t fold_bytes(unsigned char *out, struct slice text, bool bare);

/* --- fold_vector.c: the same, if the machine has what it takes --- */

bool fold_has_vectors(void);
size_t fold_vector(unsigned char *out, struct slice text, bool bare);

#endif
