/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EDIT_H
#define EDIT_H

/*
 * The changes to an accepted mail that follow from its outcome, in the order in
 * which the mail server is to hear them. Verdicts come from inspectors, which
 * may have been taken over: names, values and numbers are made harmless here.
 */

#include "intake.h"

enum edit_kind {
	EDIT_DELETE,	 /* the index-th field of that name, from 1 */
	EDIT_CHANGE,	 /* the same, to value */
	EDIT_INSERT,	 /* at index: 0 is above Postfix's Received field */
	EDIT_ADD,	 /* at the end of the header */
	EDIT_QUARANTINE, /* value: why */
};

struct edit {
	enum edit_kind kind;
	int index;
	const char *name;
	const char *value;
};

/* leading_space: values bring the blank behind the colon with them. Returns the
 * count; *edits hang below mem. */
size_t edit_list(void *mem, const struct intake_outcome *outcome,
		 bool leading_space, struct edit **edits);

#endif
