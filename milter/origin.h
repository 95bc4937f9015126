/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ORIGIN_H
#define ORIGIN_H

/*
 * Where a mail in a file is to have come from (`ispfilter scan --client`): the
 * facts that a mail server would tell of the client.
 */

#include "core/session.h"

struct origin {
	const char *client; /* address; NULL: the mail's own fields say */
	const char *helo, *from; /* or NULL */
};

/* Whether the address is one. */
bool origin_is_valid(const struct origin *origin);
/* Fills in a session, with the client's name from the session's DNS, and
 * returns the message with the fields in front that the mail server would have
 * written. Without a client: the message as it is, and only `from` is filled
 * in. */
struct slice origin_apply(const struct origin *origin,
			  struct session *session, struct slice message);

#endif
