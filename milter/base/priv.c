/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/priv.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/str.h"

#define PRIV_BUFFER 16384

/* A number that may be an id: (id_t)-1 means "do not change" to the kernel. */
static bool
priv_number(const char *text, int64_t *number)
{
	return str_int64(text, number) && *number >= 0 && *number < UINT32_MAX;
}

int
priv_group(const char *group, gid_t *gid)
{
	char buffer[PRIV_BUFFER];
	struct group entry, *found;
	int64_t number;

	if (getgrnam_r(group, &entry, buffer, sizeof(buffer), &found) == 0 &&
	    found != NULL) {
		*gid = found->gr_gid;
		return 0;
	}
	if (!priv_number(group, &number))
		return -1;
	*gid = (gid_t)number;
	return 0;
}

static int
priv_find_user(const char *user, struct priv *priv, struct err *err)
{
	char buffer[PRIV_BUFFER];
	struct passwd entry, *found = NULL;
	int64_t number;
	int failure = 0;

	if (priv_number(user, &number))
		failure = getpwuid_r((uid_t)number, &entry, buffer,
				     sizeof(buffer), &found);
	else
		failure = getpwnam_r(user, &entry, buffer, sizeof(buffer),
				     &found);
	if (found != NULL) {
		priv->uid = found->pw_uid;
		priv->gid = found->pw_gid;
		snprintf(priv->name, sizeof(priv->name), "%s", found->pw_name);
		return 0;
	}
	if (!priv_number(user, &number))
		return err_config(err, "user = %s: there is no such user%s%s",
				  user, failure != 0 ? ": " : "",
				  failure != 0 ? strerror(failure) : "");
	priv->uid = (uid_t)number;
	priv->gid = (gid_t)number;
	return 0;
}

int
priv_find(const char *user, const char *group, struct priv *priv,
	  struct err *err)
{
	*priv = (struct priv){ 0 };
	if (priv_find_user(user, priv, err) < 0)
		return -1;
	if (group[0] != '\0' && priv_group(group, &priv->gid) < 0)
		return err_config(err, "group = %s: there is no such group",
				  group);
	if (priv->uid == 0 || priv->gid == 0)
		return err_config(err, "user = %s: mail is not handled as root",
				  user);
	return 0;
}

static int
priv_change(const struct priv *priv, struct err *err)
{
	int groups = priv->name[0] != '\0' ? initgroups(priv->name, priv->gid)
					   : setgroups(0, NULL);

	if (groups < 0)
		return err_errno(err, "cannot set supplementary groups");
	if (setresgid(priv->gid, priv->gid, priv->gid) < 0)
		return err_errno(err, "cannot become group %u", priv->gid);
	if (setresuid(priv->uid, priv->uid, priv->uid) < 0)
		return err_errno(err, "cannot become user %u", priv->uid);
	if (setuid(0) == 0 || setgid(0) == 0)
		return err_config(err, "privileges came back after the drop");
	return 0;
}

int
priv_drop(const struct priv *priv, struct err *err)
{
	if (geteuid() == 0) {
		if (priv_change(priv, err) < 0)
			return -1;
	} else if (geteuid() != priv->uid) {
		return err_config(err, "started as user %u, but user = %s; "
				  "start as root or as that user", geteuid(),
				  priv->name[0] != '\0' ? priv->name : "other");
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_errno(err, "cannot set no_new_privs");
	return 0;
}
