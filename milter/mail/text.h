/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_TEXT_H
#define MAIL_TEXT_H

/*
 * The texts that rules are matched against, byte for byte as SpamAssassin
 * makes them (Message::get_body_text_array_common and friends). Built on first
 * use, kept with the message.
 */

#include "base/str.h"
#include "mail/message.h"

struct text {
	struct slice *items; /* paragraphs, chunks or URIs */
	size_t count;
};

/* body_part_scan_size, rawbody_part_scan_size, normalize_charset. */
struct text_settings {
	size_t body_max;    /* characters of a part; 0: all */
	size_t rawbody_max; /* bytes of a part; 0: all */
	bool as_sent; /* not turned into UTF-8, but for what says it is */
};

/* Without it SpamAssassin's defaults hold. Before any view is asked for. */
void text_configure(struct message *message,
		    const struct text_settings *settings);
/* `body` rules: item 0 is the Subject. */
const struct text *text_body(struct message *message);
/* `rawbody` rules. */
const struct text *text_rawbody(struct message *message);
/* `full` rules: the pristine message. */
struct slice text_full(struct message *message);

/*
 * A piece of rendered text. characters: SpamAssassin would hold it as
 * characters, and it is UTF-8 here; else as bytes, which are ASCII, or Latin-1
 * where HTML named such a character.
 */
struct rendered {
	struct slice text;
	bool characters;
};

/* One part's rendered text, and for HTML what the rendering found. */
struct html;
struct part_text {
	bool shown; /* text/plain or text/html: only these are rendered */
	struct rendered rendered; /* what a reader does not see, too */
	struct html *html; /* NULL unless the part was rendered from HTML */
};
const struct part_text *text_part(struct part *part);

#endif
