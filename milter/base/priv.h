/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_PRIV_H
#define BASE_PRIV_H

/*
 * Whom we run as. The order in which privileges go stands here and nowhere
 * else: supplementary groups, group, user, proof that there is no way back,
 * and no way up by exec.
 */

#include <sys/types.h>

#include "base/err.h"

struct priv {
	uid_t uid;
	gid_t gid;
	char name[64]; /* "" for a number without an account */
};

/* user: a name or a number; group: the same, or "" for the user's own. Root is
 * refused. */
int priv_find(const char *user, const char *group, struct priv *priv,
	      struct err *err);
/* The id of a group by name or number; -1 without an error if there is none. */
int priv_group(const char *group, gid_t *gid);
/*
 * Becomes that user for good. Started as anybody but root, there is nothing to
 * drop: it only checks that we are that user already.
 */
int priv_drop(const struct priv *priv, struct err *err);

#endif
