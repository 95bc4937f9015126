/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_FORM_H
#define MAIL_FORM_H

/*
 * Forms: a small notation for lines as mail servers write them, which reads
 * like the line itself. Regular expressions would do, but these need neither
 * compiling nor state that threads share, and their cost is counted.
 *
 * A form stands for itself but for
 *
 *   %h %r %b %u %e %n %s %a  a word (no blank in it), kept in that field
 *   %f                       a word, kept as both helo and rdns
 *   %w                       a word, not kept
 *   %H %W ...                in upper case: the word may be empty
 *   %i  %I                   an IP address, kept or not
 *   %L                       localhost by name or address
 *   %{h,min,max,set}         bytes of a set such as 0-9 or ^) kept in that
 *                            field; max 0: no bound
 *   %<s  %*  %>              anything: as little as possible, kept or not; as
 *                            much as possible
 *   %( ... %)                may be left out
 *   %E  %S  %Q               HELO or EHLO; SMTP or ESMTP; SMTP or QMQP that
 *                            has no " id " behind it
 *   %$ %/ %!                 the end; the end or a blank; a word's edge
 *   %%                       a percent sign
 *
 * A blank is ' ': callers make others so.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum form_field {
	FORM_HELO,    /* h */
	FORM_RDNS,    /* r */
	FORM_BY,      /* b */
	FORM_IP,      /* i */
	FORM_IDENT,   /* u */
	FORM_ENVFROM, /* e */
	FORM_ID,      /* n */
	FORM_SUB,     /* s: what is looked at again */
	FORM_AUTH,    /* a */
	FORM_FIELDS,
};

struct form {
	struct slice text;
	struct slice fields[FORM_FIELDS]; /* of the last match; data NULL: took
					   * no part */
	size_t start, end; /* of the last match */
	size_t budget; /* steps left; at 0 nothing matches any more */
};

#define FORM_BUDGET 200000 /* steps: a line of 8 kB, all forms, with ease */

struct form form_new(struct slice text);
/* Whether text matches from at on; what follows the form does not matter. */
bool form_match(struct form *form, const char *pattern, size_t at);
/* Whether it matches anywhere, first place first. */
bool form_search(struct form *form, const char *pattern);
/* Letters and digits of ASCII, and '_'. */
bool form_is_word(char c);
/* Whether a word begins or ends at at. */
bool form_is_edge(struct slice text, size_t at);

/*
 * Where an IP address that begins at at could end, the likeliest first
 * (form_ip.c); at most two. Addresses may have "IPv6:" in front.
 */
size_t form_ip(struct slice text, size_t at, size_t ends[2]);
/* The first address in text, or SLICE_NONE. */
struct slice form_find_ip(struct slice text);
/* 127.0.0.1, ::1, or the first mapped into IPv6. */
bool form_is_localhost(struct slice ip);

#endif
