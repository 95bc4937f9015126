/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_REGEX_NEEDS_H
#define WRAP_REGEX_NEEDS_H

/*
 * What must stand in a text for a pattern to match it, read off the pattern:
 * a few needs, each a set of literals of which one must be there; for patterns
 * that are alternatives, a few needs of each. All of it
 * speaks of folded text: letters lose their case, bytes above 7F are two kinds
 * of bytes only, and a run of white space or of digits counts as one, so that
 * \s+ or \d{1,3} are literals too.
 *
 * There is a second way of folding: bare text is letters, and digits, and
 * nothing else, for patterns that allow for anything between the letters of a
 * word.
 *
 * It errs on one side only: each match of the pattern, folded, holds a literal
 * of each need. Whatever the reader does not understand for certain makes it
 * give up, and the pattern then needs nothing.
 */

#include "base/str.h"

#define FOLDED_SPACE ' '
#define FOLDED_DIGIT '0'
#define FOLDED_HIGH 0x80 /* 80 to FF but E2 */
#define FOLDED_MARKS 0x81 /* E2: quotes and dashes in UTF-8 begin with it */
#define FOLDED_LAST FOLDED_MARKS

#define LITERAL_BYTES 15 /* of one literal; longer ones are cut into several */
#define NEED_LITERALS 6000
#define NEED_TIMES 100
#define NEEDS 3

struct literal {
	unsigned char len;
	unsigned char text[LITERAL_BYTES];
};

struct need { /* none has no literals, or one of less than two bytes */
	struct literal *items;
	size_t count;
	unsigned times; /* at so many places */
};

struct need_clause { /* all of these */
	struct need items[NEEDS];
	size_t count;
};

struct regex_needs { /* any of these */
	struct need_clause *clauses;
	size_t count;
	bool bare; /* they speak of bare text */
};

/* pattern in PCRE2's syntax; extended: as with /x. NULL: nothing is needed. */
struct regex_needs *regex_needs_new(void *mem, struct slice pattern,
				    bool extended);
/* Writes what text is folded to, and returns how many bytes that are; out has
 * room for as many as text has and FOLD_SPARE. */
#define FOLD_SPARE 32
size_t regex_fold(unsigned char *out, struct slice text, bool bare);
/* How seldom this is found: about the negative logarithm (base 2) of the chance
 * that it begins at a given place. */
unsigned literal_bits(const unsigned char *text, size_t len);

#endif
