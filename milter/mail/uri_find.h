/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_URI_FIND_H
#define MAIL_URI_FIND_H

/*
 * URIs in running text: what Thunderbird or Outlook Express would make a link
 * of, and host names without a scheme (SpamAssassin's PerMsgStatus, _tbirdurire
 * and _process_text_uri_list). Linear in the text.
 */

#include <stdbool.h>

#include "base/str.h"
#include "mail/uri.h"

enum uri_find_kind { URI_FIND_SCHEME, URI_FIND_MAIL, URI_FIND_HOST };

struct uri_found {
	enum uri_find_kind kind;
	struct slice uri;  /* without what surrounds it in a sentence */
	struct slice host; /* URI_FIND_HOST: the name in front */
};

struct uri_finder {
	const struct uri_settings *settings;
	struct slice text;
	size_t at;
	/* Where the next byte of a kind stands, as far as was looked for. */
	size_t next_delimiter, next_mail_delimiter, next_at, host_end;
	size_t sign_begin, sign_end; /* what find_skip() has found */
};

/* text: bytes, one paragraph; must live as long as the finder. */
void uri_find_start(struct uri_finder *finder, struct slice text,
		    const struct uri_settings *settings);
/* The next one, from left to right; false at the end. */
bool uri_find_next(struct uri_finder *finder, struct uri_found *found);

#endif
