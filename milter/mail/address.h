/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

/* Mail addresses of the SMTP envelope (RFC 5321, RFC 6531). */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct address {
	const char *local;  /* quotes and backslashes removed, case kept */
	const char *domain; /* lower case; "" if there is none */
};

enum address_error {
	ADDRESS_OK,
	ADDRESS_EMPTY,   /* <>, the null sender */
	ADDRESS_SYNTAX,
	ADDRESS_LENGTH,  /* local part over 64 or address over 254 bytes */
	ADDRESS_CONTROL, /* NUL, CR, LF or another control byte */
	ADDRESS_UTF8,    /* 8-bit bytes that are not UTF-8 */
};

/*
 * Reads an envelope path as the milter protocol gives it: with or without <>,
 * source routes skipped. Lenient where mail in the wild is: dots may stand
 * anywhere in the local part. Strings hang below mem; they are filled in for
 * ADDRESS_OK and ADDRESS_LENGTH, "" otherwise.
 */
enum address_error address_parse(void *mem, const char *path,
				 struct address *address);
/* What is wrong, for replies and logs. */
const char *address_error_text(enum address_error error);
/* "local@domain", quoted again where RFC 5321 asks for it. */
char *address_string(void *mem, const struct address *address);
/* True for [192.0.2.1] and its like. */
bool address_is_literal(const struct address *address);
/*
 * Where the extension of a local part begins ("john+lists" at 4), or its
 * length. delimiters: Postfix's recipient_delimiter. What Postfix leaves whole
 * is left whole (its split_addr).
 */
size_t address_extension(const char *delimiters, struct slice local);
/*
 * Letters to lower case as look-ups want them: ASCII, and of UTF-8 the Latin,
 * Greek and Cyrillic ones. Returns text itself where nothing changes.
 */
struct slice address_fold(void *mem, struct slice text);
/*
 * Takes the next address off a list such as "a@b, \"c,d\"@e": separated by
 * commas outside of quotes, <> around it or not. False at the end; empty items
 * are skipped.
 */
bool address_next(struct slice *list, struct slice *item);

#endif
