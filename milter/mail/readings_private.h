/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_READINGS_PRIVATE_H
#define MAIL_READINGS_PRIVATE_H

/* The making of readings: readings*.c and ambiguous.c. */

#include "mail/heads.h"
#include "mail/readings.h"

/* Where a part's body begins, behind blank lines, which are cut or not. */
struct reader_place {
	const char *body;
	struct part *part;
};

struct reader {
	struct message *message;
	struct readings *readings;
	struct reader_place *places; /* of the tree's parts, in order */
	bool *seen;		     /* by index: their head was found */
	struct slice claims;	     /* all that may declare a boundary */
	size_t bytes;		     /* looked at so far */
};

/* --- readings.c --- */

void readings_note(struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "part 1.2", "the message", "line 40". */
const char *readings_place(void *mem, const struct part *part);
void readings_add(struct reader *reader, struct part *part, struct slice raw,
		  enum habit habit, bool loose);
/* May so many bytes more be looked at? */
bool readings_may_decode(struct reader *reader, size_t size);
/* A container, which must not be encoded, may have been. */
void readings_inside(struct reader *reader, const struct part *part,
		     struct slice raw, unsigned transfer, unsigned depth);
/* Looks into what was encoded in that way, if it begins as a part does. */
void readings_unwrap(struct reader *reader, struct slice raw, enum habit usual,
		     unsigned depth);
/* The index of the first place behind these bytes. */
size_t readings_behind(const struct reader *reader, const char *at);

/* --- readings_habits.c --- */

/* What scanners get of a part of the tree: part_decoded_exact(). */
enum habit readings_usual(const struct part *part);
/* The habits that may matter, the usual one not among them. */
size_t readings_habits(const struct part *part, unsigned transfer,
		       enum habit usual, struct slice raw,
		       enum habit habits[HABITS]);
/* Adds a reading for each habit that gives other bytes than those before it;
 * returns how many. */
size_t readings_decode(struct reader *reader, struct part *part,
		       struct slice raw, enum habit usual,
		       const enum habit *habits, size_t count);
/* Says so where the body is one that clients decode in different ways. */
void readings_judge(struct reader *reader, const struct part *part,
		    struct slice raw, enum habit usual);

/* --- readings_stray.c --- */

/* A part where the tree has none; end: of all that may be its body. */
void readings_stray(struct reader *reader, struct slice source,
		    const struct head *head, size_t end, unsigned depth);

/* --- readings_runs.c --- */

/* What is encoded, to look at it, where nothing says so. */
void readings_runs(struct reader *reader);

/* --- readings_ends.c --- */

/* Other ends that a leaf of the tree may have. */
void readings_ends(struct reader *reader, struct part *part);

/* Does a boundary that is declared somewhere begin so? */
bool readings_is_claimed(const struct reader *reader, struct slice start);

/* --- ambiguous.c --- */

enum transfer { /* encodings that the fields of a head speak of, as bits */
		TRANSFER_BASE64 = 1 << 0,
		TRANSFER_QP = 1 << 1,
		TRANSFER_UU = 1 << 2,
		TRANSFER_ODD = 1 << 3, /* something else, that is not plain */
};

unsigned transfer_of(void *mem, struct slice fields);
/* What is ambiguous in the fields of a part, in words; NULL if nothing is. */
const char *ambiguous_fields(void *mem, const struct part *part);

#endif
