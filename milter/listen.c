/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

static int
listen_parse_unix(void *mem, struct slice path, struct listen_address *address,
		  struct err *err)
{
	if (path.len == 0 || path.data[0] != '/')
		return err_config(err, "listen: the path of a unix socket must "
				       "begin with a slash");
	if (path.len >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return err_config(err, "listen: the path of a unix socket is "
				       "longer than 107 bytes");
	address->path = slice_string(mem, path);
	address->conn = mem_printf(mem, "unix:%s", address->path);
	return 0;
}

static bool
listen_is_port(struct slice text)
{
	uint64_t number;

	return slice_number(text, 5, &number) && number > 0 && number < 65536;
}

/* "port@host" as libmilter and Sendmail write it, "host:port" as Postfix. */
static int
listen_parse_inet(void *mem, const char *family, struct slice rest,
		  struct listen_address *address, struct err *err)
{
	size_t cut = slice_find(rest, 0, '@');
	struct slice port, host;

	if (cut < rest.len) {
		port = slice_cut(rest, 0, cut);
		host = slice_from(rest, cut + 1);
	} else {
		for (cut = rest.len; cut > 0 && rest.data[cut - 1] != ':';)
			cut--;
		host = slice_cut(rest, 0, cut > 0 ? cut - 1 : 0);
		port = slice_from(rest, cut);
	}
	if (!listen_is_port(port) || host.len == 0)
		return err_config(err, "listen: expected %s:port@host with a "
				       "port from 1 to 65535", family);
	address->conn = mem_printf(mem, "%s:%.*s@%.*s", family, (int)port.len,
				   port.data, (int)host.len, host.data);
	return 0;
}

static int
listen_parse(void *mem, const char *text, struct listen_address *address,
	     struct err *err)
{
	struct slice all = slice_of(text);

	*address = (struct listen_address){ 0 };
	if (slice_starts(all, "/"))
		return listen_parse_unix(mem, all, address, err);
	if (slice_starts(all, "unix:"))
		return listen_parse_unix(mem, slice_from(all, 5), address, err);
	if (slice_starts(all, "local:"))
		return listen_parse_unix(mem, slice_from(all, 6), address, err);
	if (slice_starts(all, "inet:"))
		return listen_parse_inet(mem, "inet", slice_from(all, 5),
					 address, err);
	if (slice_starts(all, "inet6:"))
		return listen_parse_inet(mem, "inet6", slice_from(all, 6),
					 address, err);
	return err_config(err, "listen = %s: expected unix:/path, "
			       "inet:port@host or inet6:port@host", text);
}

int
listen_setting(void *mem, const struct config *config,
	       struct listen_address *address, struct err *err)
{
	const char *const *words = config_list(config, "listen");

	if (words[0] == NULL || words[1] != NULL)
		return err_config(err, "listen: name exactly one address; the "
				       "milter library serves one socket per "
				       "process");
	return listen_parse(mem, words[0], address, err);
}

/* True if a process accepts connections on the socket. */
static bool
listen_answers(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			  0);
	bool answers;

	memcpy(name.sun_path, path, strlen(path));
	/* A full backlog (EAGAIN) is an answer, too. */
	answers = connect(sock, (struct sockaddr *)&name, sizeof(name)) == 0 ||
		  errno == EAGAIN;
	close(sock);
	return answers;
}

static int
listen_clear(const char *path, struct err *err)
{
	struct stat there;

	if (lstat(path, &there) < 0)
		return errno == ENOENT
			       ? 0
			       : err_errno(err, "listen: cannot look at %s",
					   path);
	if (!S_ISSOCK(there.st_mode))
		return err_config(err, "listen: %s is there and is not a "
				       "socket", path);
	if (listen_answers(path))
		return err_config(err, "listen: another process answers on %s",
				  path);
	if (unlink(path) < 0)
		return err_errno(err, "listen: cannot remove the stale socket "
				      "%s", path);
	log_info("removed the stale socket %s", path);
	return 0;
}

/* The group of the setting; the daemon's own if there is no such group. */
static gid_t
listen_group(const struct config *config, const struct priv *priv)
{
	const char *name = config_string(config, "socket_group");
	gid_t gid = priv->gid;

	if (name[0] != '\0' && priv_group(name, &gid) < 0)
		log_warning("socket_group = %s: there is no such group; the "
			    "socket keeps the daemon's group", name);
	return gid;
}

int
listen_prepare(const struct listen_address *address,
	       const struct config *config, const struct priv *priv,
	       struct err *err)
{
	const char *slash;
	char *folder;
	int result = 0;

	if (address->path == NULL)
		return 0;
	slash = strrchr(address->path, '/');
	folder = mem_strndup(NULL, address->path,
			     (size_t)(slash - address->path));
	if (folder[0] != '\0')
		result = folder_make(folder, 0750, priv->uid,
				     listen_group(config, priv), err);
	mem_free(folder);
	return result < 0 ? -1 : listen_clear(address->path, err);
}

int
listen_secure(const struct listen_address *address,
	      const struct config *config, const struct priv *priv,
	      struct err *err)
{
	gid_t gid;

	if (address->path == NULL)
		return 0;
	gid = listen_group(config, priv);
	/* The folder is the user's, who might have put a link there by now. */
	if (lchown(address->path, priv->uid, gid) < 0) {
		if (geteuid() == 0)
			return err_errno(err, "listen: cannot set the owner of "
					      "%s", address->path);
		log_warning("socket_group: not a member of that group; %s "
			    "keeps the daemon's group", address->path);
	}
	if (fchmodat(AT_FDCWD, address->path,
		     config_mode(config, "socket_mode"),
		     AT_SYMLINK_NOFOLLOW) < 0)
		return err_errno(err, "listen: cannot set the mode of %s",
				 address->path);
	return 0;
}
