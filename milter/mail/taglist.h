/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_TAGLIST_H
#define MAIL_TAGLIST_H

/*
 * "a=b; c=d", the form of DKIM-Signature and ARC fields and of the records of
 * DKIM keys and DMARC (RFC 6376, 3.2). Stateless; slices point into the text.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define TAGLIST_MAX 64

struct taglist_tag {
	struct slice name;  /* case matters */
	struct slice value; /* without white space around it */
};

struct taglist {
	struct taglist_tag items[TAGLIST_MAX];
	size_t count;
};

/* ERR_PERMANENT: no "=", a bad or double name, or more than TAGLIST_MAX. */
int taglist_parse(struct slice text, struct taglist *list, struct err *err);
/* SLICE_NONE if it is not there. */
struct slice taglist_get(const struct taglist *list, const char *name);
/* Takes the next item of "a : b : c" off the front, trimmed. */
bool taglist_item(struct slice *rest, struct slice *item);
/* The value without white space, as base64 may be folded. */
struct slice taglist_compact(void *mem, struct slice value);
/* Base64 in the strict sense: whole groups of its own letters only. SLICE_NONE
 * if it is not that. White space is passed over. */
struct slice taglist_base64(void *mem, struct slice value);

#endif
