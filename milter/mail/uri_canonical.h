/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_URI_CANONICAL_H
#define MAIL_URI_CANONICAL_H

/*
 * The forms of one URI that rules match against: as found, and what mail
 * programs and browsers would make of it (SpamAssassin's Util,
 * uri_list_canonicalize). Targets of redirectors are forms too.
 */

#include <stdbool.h>

#include "base/str.h"
#include "mail/slice_set.h"
#include "mail/uri.h"

/* Redirections followed within one URI, and bytes of all its forms. */
#define URI_REDIRECTS_MAX 50
#define URI_FORMS_BYTES_MAX (256 * 1024)

/*
 * Adds the forms of uri to the empty set forms; strings hang below its owner.
 * characters: uri holds characters, not bytes; scratch: for settings->redirect.
 * False if a limit cut it short.
 */
bool uri_canonical(struct slice_set *forms, struct slice uri, bool characters,
		   const struct uri_settings *settings, void *scratch);

#endif
