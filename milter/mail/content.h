/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_CONTENT_H
#define MAIL_CONTENT_H

/*
 * What the fields Content-Type and Content-Disposition say of a part, read as
 * SpamAssassin reads them (Util::parse_content_type, Message::_parse_normal).
 */

#include "mail/message.h"

struct content {
	const char *type;     /* never NULL */
	const char *declared; /* before SpamAssassin's corrections, or NULL */
	struct slice boundary; /* or SLICE_NONE; may hold NUL */
	const char *charset;  /* or NULL */
	const char *name;     /* or NULL */
	bool missing;
};

struct content content_parse(void *mem, const struct headers *headers);
/* Of Content-Disposition: its name parameter, or NULL; its type, or "". */
const char *content_disposition_name(void *mem, const struct headers *headers);
const char *content_disposition(void *mem, const struct headers *headers);
/* The last Content-Transfer-Encoding in lower case, or "". */
const char *content_encoding(void *mem, const struct headers *headers);
/* What struct part keeps as `filenames`; also adds `known` unless NULL. */
const char *const *content_filenames(void *mem, const struct headers *headers,
				     const char *known);

#endif
