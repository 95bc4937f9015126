/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_REGEX_NEEDS_PRIVATE_H
#define WRAP_REGEX_NEEDS_PRIVATE_H

/*
 * Between regex_needs.c, which thinks in sets of literals, and regex_token.c,
 * which reads what stands in a pattern.
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
/* Takes the ( and what says of which kind the group is; one of FLAGS is taken
 * whole. */
enum needs_group needs_read_group(struct needs_reader *reader);

/* --- regex_fold.c --- */

/* The byte that c folds to, or FOLD_DROPPED. */
#define FOLD_DROPPED 0xff
unsigned char needs_fold(unsigned char c, bool bare);
/* Runs of it count as one. */
bool needs_is_run(unsigned char folded);

#endif
