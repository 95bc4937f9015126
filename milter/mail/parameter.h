/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_PARAMETER_H
#define MAIL_PARAMETER_H

/* Parameters of a structured field (RFC 2045, RFC 2231), as they stand in it,
 * for filename.c. Results hang below mem or the field. */

#include "base/str.h"

#define PARAMETER_COUNT_MAX 1000 /* of one list */

struct parameter {
	struct slice name;  /* "filename" of "filename*0*" */
	long section;	    /* -1: none */
	bool extended;	    /* percent-encoded, charset in front */
	struct slice value; /* quotes off */
	struct slice word;  /* the value up to its first blank */
	struct slice rest;  /* all of the field from the value on */
};

struct parameters {
	struct parameter *items;
	size_t count;
};

/* Adds those of a field without folding. */
void parameters_add(void *mem, struct parameters *list, struct slice value);

enum parameter_join {
	JOIN_SECTIONS,	 /* in the order of their numbers, gaps passed over */
	JOIN_UP_TO_GAP,	 /* the same, but up to a missing number */
	JOIN_AS_WRITTEN, /* in the order in which they stand */
};

/* The sections of that name put together and decoded to UTF-8; NULL if there
 * is none. */
const char *parameters_join(void *mem, const struct parameters *list,
			    const char *name, enum parameter_join join);
/* In UTF-8, a byte of 1 for NUL, which would hide what stands behind it. */
const char *parameter_utf8(void *mem, struct slice bytes, struct slice charset);
/* "%2E" becomes ".". */
void parameter_percent(struct buf *out, struct slice s);

#endif
