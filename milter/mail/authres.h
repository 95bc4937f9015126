/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_AUTHRES_H
#define MAIL_AUTHRES_H

/* The header field Authentication-Results (RFC 8601). Stateless. */

#include <stdbool.h>

#include "base/str.h"
#include "mail/auth.h"

/*
 * The field's value, folded with "\n\t" between methods. server: the
 * authserv-id. Whatever a stranger may have written is a quoted string of
 * printable ASCII, cut to 200 bytes.
 */
char *authres_write(void *mem, const char *server,
		    const struct auth_results *results);
/* The authserv-id: as set, else the host's name, else "localhost". */
const char *authres_server(const char *setting, const char *hostname);
/*
 * Does a field that came with a mail claim to be this server's? value: raw.
 * Comments, quotes and case do not hide it; one that cannot be read claims it.
 */
bool authres_claims(void *mem, struct slice value, const char *server);

#endif
