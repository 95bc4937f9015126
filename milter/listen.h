/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LISTEN_H
#define LISTEN_H

/*
 * The address that Postfix connects to: reading the setting, making room for a
 * unix socket, and giving it the right owner. Binding itself is libmilter's.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/config.h"
#include "base/err.h"
#include "base/priv.h"

struct listen_address {
	char *conn; /* as libmilter writes it: "unix:/path", "inet:port@host" */
	char *path; /* of a unix socket, or NULL */
};

/* The one address of the setting `listen`; "inet:host:port", "local:/path" and
 * a bare "/path" are read, too. */
int listen_setting(void *mem, const struct config *config,
		   struct listen_address *address, struct err *err);
/*
 * Makes the folder of a unix socket and removes a socket that nobody answers
 * on. A live one, or a file that is no socket, is an error.
 */
int listen_prepare(const struct listen_address *address,
		   const struct config *config, const struct priv *priv,
		   struct err *err);
/* Sets owner, group and mode of the socket, after it was bound. */
int listen_secure(const struct listen_address *address,
		  const struct config *config, const struct priv *priv,
		  struct err *err);

#endif
