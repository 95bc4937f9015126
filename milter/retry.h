/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RETRY_H
#define RETRY_H

/*
 * Whether a message is one that has been here before: the next attempt to
 * deliver it. All of header and body counts but for fields that it gets on its
 * way, which may differ from one attempt to the next.
 */

#include <stdbool.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"

/* True of a field that does not count, such as Received. */
bool retry_is_trace(struct slice name);
/* The digest of the message in a file, behind prefix bytes of our own. */
int retry_digest(int message, size_t prefix, const struct digest_key *key,
		 struct digest *digest, struct err *err);

#endif
