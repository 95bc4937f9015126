/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_URI_H
#define MAIL_URI_H

/*
 * The URIs of a message as `uri` rules see them (PerMsgStatus
 * get_uri_detail_list, Util::uri_list_canonicalize): found in the body text and
 * in HTML attributes, each raw and in its canonical forms.
 */

#include <stdbool.h>

#include "base/str.h"
#include "mail/html.h"
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
	/* redirector_pattern: rewrites a URI to its target, a part of uri;
	 * SLICE_NONE: no match. index runs from 0. scratch: what
	 * redirect_scratch made for this message (NULL if that is NULL). */
	struct slice (*redirect)(void *scratch, const void *patterns,
				 size_t index, struct slice uri);
	void *(*redirect_scratch)(void *mem);
	const void *patterns;
	size_t pattern_count;
};

/* Where a URI was seen: 1 << enum html_uri_type, or'd with these. */
enum uri_type {
	URI_PARSED = HTML_URI_TYPES, /* in the text */
	URI_SCHEMELESS,              /* there without a scheme */
	URI_UNLINKED,                /* so that no mail program links it */
	URI_TYPES
};

struct uri_detail {
	struct slice raw; /* from text: with a scheme put in front */
	struct slice *canonical; /* cleaned forms, the raw one among them */
	size_t canonical_count;
	bool characters; /* from HTML: Perl matches by characters */
	unsigned types;
	struct slice *anchor_text;
	size_t anchor_count;
	/* Of the canonical forms, lower case, each once; NULL-terminated. */
	const char **hosts;
	const char **host_domains; /* for each of hosts: what was registered */
	const char **domains;
	size_t host_count, domain_count;
};

struct uri_list {
	struct uri_detail *items;
	size_t count;
	/* Raw and canonical, each once: what rules match. From HTML: a byte for
	 * each character (unicode_to_places()). */
	struct text unique;
	bool truncated;     /* one was longer than 8192 characters, and cut */
	bool dropped;       /* some were left out for their number */
};

/* Bounds on what is kept of one message. */
#define URI_DETAILS_MAX 10000
#define URI_BYTES_MAX (4 * 1024 * 1024)

/* Built on first use with these settings, then kept with the message. */
const struct uri_list *uri_list(struct message *message,
				const struct uri_settings *settings);

/* The same in steps: from texts and documents that belong to no message. */
struct uri_builder;
struct uri_builder *uri_builder_new(void *mem,
				    const struct uri_settings *settings);
void uri_builder_text(struct uri_builder *builder, struct slice paragraph);
void uri_builder_html(struct uri_builder *builder, const struct html *html);
/* Lives as long as the builder's owner. */
struct uri_list *uri_builder_finish(struct uri_builder *builder);

/* "a", "img", "parsed", "unlinked" ... */
const char *uri_type_name(unsigned type);
/* Host of a URI or of a mailto: address, lower case, if it is well formed and
 * has a known top level domain or is an IP address; else NULL. */
const char *uri_host(void *mem, struct slice uri,
		     const struct uri_settings *settings);
/* The same below mem or in uri itself; data NULL if there is none. */
struct slice uri_host_slice(void *mem, struct slice uri,
			    const struct uri_settings *settings);
/* What was registered of a host: "foo.co.uk" of "www.foo.co.uk". NULL for
 * "". */
const char *uri_domain(void *mem, const char *host,
		       const struct uri_settings *settings);

#endif
