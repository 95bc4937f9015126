/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_SPF_RECORD_H
#define MAIL_SPF_RECORD_H

/*
 * The text of an SPF record, taken apart by the grammar of RFC 7208 (sections
 * 5, 6, 7 and 12), which admits no mistake: one that is misspelt anywhere is a
 * permanent error. Slices point into the text.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

#define SPF_RECORD_TERMS 1000 /* more than 10 look-ups need by far */

enum spf_mechanism {
	SPF_ALL,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	SPF_INCLUDE,
};

struct spf_directive {
	char qualifier; /* + - ~ ? */
	enum spf_mechanism mechanism;
	struct slice text;   /* all of it, as written */
	struct slice domain; /* domain-spec, macros as written; SLICE_NONE: the
			      * current domain */
	unsigned char address[16]; /* IP4: the first four; IP6 */
	unsigned prefix4, prefix6; /* 32 and 128 where nothing is said */
};

struct spf_record {
	struct spf_directive *directives;
	size_t count;
	struct slice redirect; /* domain-spec, or SLICE_NONE */
	struct slice explanation; /* the same of exp= */
};

/* Begins with "v=spf1", followed by a blank or the end. */
bool spf_record_is(struct slice text);
/* NULL if it breaks the grammar; *why then points to where. */
struct spf_record *spf_record_parse(void *mem, struct slice text,
				    struct slice *why);

#endif
