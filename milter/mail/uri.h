/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_URI_H
#define MAIL_URI_H

/*
 * The URIs of a message as `uri` rules see them (PerMsgStatus
 * get_uri_detail_list, Util::uri_list_canonicalize): found in the body text and
 * in HTML attributes, each raw and in its canonical forms.
 */

#include "base/str.h"
#include "mail/message.h"
#include "mail/text.h"

/* What an admin's rule files change about URIs; lives with the rule set. */
struct uri_settings {
	/* Known top level domains, lower case, sorted; NULL-terminated. NULL:
	 * the built-in list is none, and no schemeless host is found. */
	const char *const *tlds;
	size_t tld_count;
	const char *const *second_level; /* util_rb_2tld, sorted */
	size_t second_level_count;
	const char *const *third_level; /* util_rb_3tld, sorted */
	size_t third_level_count;
	/* redirector_pattern: rewrites a URI to its target; NULL if none. The
	 * result hangs below mem; SLICE_NONE: no match. index runs from 0. */
	struct slice (*redirect)(void *mem, const void *patterns, size_t index,
				 struct slice uri);
	const void *patterns;
	size_t pattern_count;
};

struct uri_detail {
	struct slice raw;
	struct slice *canonical; /* cleaned forms, the raw one among them */
	size_t canonical_count;
	const char *const *types; /* "parsed", "a", "img" ..., NULL-terminated */
	struct slice *anchor_text;
	size_t anchor_count;
	const char *const *hosts;   /* lower case, of the canonical forms */
	const char *const *domains; /* registrable, by util_rb_* */
};

struct uri_list {
	struct uri_detail *items;
	size_t count;
	struct text unique; /* raw and canonical, each once: what rules match */
	bool truncated;     /* some were left out for their number or length */
};

/* Built on first use with these settings, then kept with the message. */
const struct uri_list *uri_list(struct message *message,
				const struct uri_settings *settings);
/* Host of a URI, lower case, or NULL; its registrable domain, or NULL. */
const char *uri_host(void *mem, struct slice uri);
const char *uri_domain(void *mem, const char *host,
		       const struct uri_settings *settings);

#endif
