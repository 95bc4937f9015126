/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_ADDRESS_PLAIN_H
#define MAIL_ADDRESS_PLAIN_H

/* The entries of address fields that can be read one way only, which most are:
 * what is left to the pattern of address_list.c are those that cannot. */

#include <stddef.h>

#include "base/str.h"

/*
 * Takes an entry off the front of text: "words and \"quoted strings\" <a@b>",
 * or an address alone. Returns where it ends, behind its comma; 0: it is not
 * one that the pattern would surely read so, and the slices say nothing.
 * phrase: data NULL if there is none.
 */
size_t address_plain(struct slice text, struct slice *address,
		     struct slice *phrase);

#endif
