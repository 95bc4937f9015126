/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

/*
 * A message as data: split into header and body, the body into a tree of MIME
 * parts, read as SpamAssassin 4 reads it (Message.pm, Message/Node.pm), because
 * rules must see what they were written for. Nothing is copied without need:
 * slices point into the mapped message or hang below the struct message.
 *
 * One message belongs to one thread. It is parsed once; the views that rules
 * match against (text.h, html.h, uri.h, received.h) are built on first use and
 * kept. All limits are counted: what lies beyond is not parsed, and says so in
 * `flags`.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct header {
	struct slice name;  /* as written, without blanks before the colon */
	struct slice raw;   /* what follows the colon: leading blank and folding
			     * kept, final LF included; CRLF became LF */
	struct slice line;  /* the whole field as it arrived */
	/* X-Spam-* of the message itself: SpamAssassin deletes these before its
	 * rules look, so the functions that look up by name pass them over. */
	bool hidden;
	uint32_t hash, next; /* for headers_first() and header_next() */
	struct slice decoded; /* once header_decoded() was asked; else none */
};

struct headers {
	struct header *items; /* in order */
	size_t count;
	void *mem; /* owner of what the fields keep, once they have buckets */
	uint32_t *buckets; /* index + 1 of the first in each; NULL: none */
	uint32_t mask;
	bool cut; /* the limits left some out */
};

enum message_flag {
	MESSAGE_MISSING_HEAD_BODY_SEPARATOR = 1 << 0,
	MESSAGE_TRUNCATED_HEADERS = 1 << 1, /* key or value cut */
	MESSAGE_MISSING_MIME_HEAD_BODY_SEPARATOR = 1 << 2,
	MESSAGE_MIMEPART_LIMIT_EXCEEDED = 1 << 3,
	MESSAGE_MIME_DEPTH_EXCEEDED = 1 << 4,
	MESSAGE_HEADER_LIMIT_EXCEEDED = 1 << 5,
	MESSAGE_MISSING_MIME_HEADERS = 1 << 6, /* no field behind a boundary */
	MESSAGE_MIME_EPILOGUE = 1 << 7,	     /* text behind the last boundary */
	MESSAGE_MIME_BOUNDARY_OPEN = 1 << 8, /* opened and not closed, or closed
					      * and not opened */
	MESSAGE_DECODED_LIMIT_EXCEEDED = 1 << 9,
	MESSAGE_SIZE_LIMIT_EXCEEDED = 1 << 10, /* cut at 1 GB */
};

/* 0 stands for the default. */
struct message_limits {
	size_t header_bytes;  /* of all fields of one part: 16 MB */
	size_t header_count;  /* of one part: 20,000 */
	size_t parts;         /* in the whole tree: 10,000 */
	size_t part_children; /* of one multipart: 1,000, as SpamAssassin */
	size_t depth;         /* 20, as SpamAssassin */
	size_t decoded_bytes; /* of all parts together: 256 MB */
};

struct part {
	struct part *parent;
	struct part *child; /* first */
	struct part *next;  /* sibling */
	struct message *message;
	struct headers headers;
	const char *type;     /* "text/html": lower case, as SpamAssassin
			       * decides; never NULL */
	const char *declared; /* what the Content-Type field says, or NULL */
	const char *boundary; /* or NULL */
	const char *charset;  /* as declared, or NULL */
	const char *name;     /* file name as SpamAssassin takes it, or NULL */
	bool type_missing;    /* no Content-Type, or an empty one */
	/* All file names that mail clients could show: RFC 2231 and RFC 2047
	 * decoded, of both header fields, in UTF-8; NULL-terminated. */
	const char *const *filenames;
	/* Lower case, or "". */
	const char *encoding;	 /* Content-Transfer-Encoding */
	const char *disposition; /* "attachment", "inline" */
	/* Still encoded, as SpamAssassin holds it: LF line ends, and inside a
	 * multipart lines cut at 2,048 bytes. Empty unless is_leaf. */
	struct slice body;
	struct slice exact; /* the same as it arrived, also of a multipart */
	struct slice inner; /* a message inside that was encoded: its bytes */
	bool is_leaf;
	unsigned depth;  /* 0: the message itself */
	unsigned index;  /* in pre-order, from 0 */
	const char *path; /* "1.2": IMAP-like, "" for the root */
	/* Views made on first use; part_decoded() and text.h fill them. */
	struct slice decoded_cache;
	bool decoded_done;
	struct part_text *text;
};

struct message {
	void *mem;           /* the message itself: owner of all below */
	struct slice source; /* what slices of parts point into, as it came */
	struct slice pristine; /* all bytes, without an mbox line */
	struct slice pristine_head; /* with the separating empty line */
	struct slice pristine_body;
	struct slice mbox_line; /* "From ..." line that was in front, or none */
	unsigned flags;         /* enum message_flag */
	struct part *root;
	struct part **parts; /* all, in pre-order */
	size_t part_count;
	bool crlf; /* arrived with CRLF line ends */
	struct message_limits limits;
	size_t decoded_total;
	/* Built on first use by the module of the same name. */
	struct text_views *text;
	struct uri_list *uris;
	struct relays *relays;
	struct readings *readings;
};

/*
 * Never fails: anything is a message, if need be an empty one. raw must outlive
 * the result. limits may be NULL.
 */
struct message *message_parse(void *mem, struct slice raw,
			      const struct message_limits *limits);

/* The part's body without its transfer encoding; CRLF to LF for text and
 * message types, as SpamAssassin does. Kept with the message. */
struct slice part_decoded(struct part *part);
/* The same, but exactly the bytes that were encoded, for scanners. */
struct slice part_decoded_exact(void *mem, struct part *part);
/* Type that decides on rendering: text/html also by file name .htm, .html,
 * .shtml (Node::effective_type). */
const char *part_effective_type(const struct part *part);

/* First and last field of that name (case folded), or NULL. */
const struct header *headers_first(const struct headers *headers,
				   const char *name);
/* The same with slice_hash_nocase(name) at hand. */
const struct header *headers_first_hashed(const struct headers *headers,
					  struct slice name, uint32_t hash);
/* The next field of the same name, or NULL. */
const struct header *header_next(const struct headers *headers,
				 const struct header *header);
const struct header *headers_last(const struct headers *headers,
				  const char *name);

#endif
