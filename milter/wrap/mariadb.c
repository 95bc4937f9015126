/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MariaDB and MySQL behind the SQL driver. The library's own time limits count
 * whole seconds for each packet, so that a server that hangs or dribbles could
 * hold a thread for long. Its non-blocking calls are used instead: each one
 * says what it waits for, and we wait for that until the deadline.
 */
#include "wrap/mariadb_private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <mysql.h>
#include <mysqld_error.h>

#include "base/clock.h"
#include "base/mem.h"

static void
mariadb_destroy(void *ptr)
{
	struct sql_connection *connection = ptr;
	int fd = (int)mysql_get_socket(connection->handle);

	/* Nothing must wait for a server that does not answer. */
	if (connection->broken && fd >= 0)
		shutdown(fd, SHUT_RDWR);
	/* The server forgets its statements with the connection. */
	mysql_close(connection->handle);
	mariadb_forget(connection);
}

/*
 * Waits for what the library asks for (MYSQL_WAIT_*). Returns what happened,
 * or 0 when the deadline has passed.
 */
int
mariadb_wait(struct sql_connection *connection, int wanted, int64_t deadline)
{
	struct pollfd poller = {
		.fd = (int)mysql_get_socket(connection->handle),
		.events = (short)((wanted & MYSQL_WAIT_READ ? POLLIN : 0) |
				  (wanted & MYSQL_WAIT_WRITE ? POLLOUT : 0) |
				  (wanted & MYSQL_WAIT_EXCEPT ? POLLPRI : 0)),
	};
	int ready;

	do {
		ready = poll(&poller, 1, clock_left(deadline));
	} while (ready < 0 && errno == EINTR);
	if (ready <= 0) {
		connection->broken = true;
		return 0;
	}
	if (poller.revents & (POLLERR | POLLHUP | POLLNVAL))
		return wanted & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE);
	return (poller.revents & POLLIN ? MYSQL_WAIT_READ : 0) |
	       (poller.revents & POLLOUT ? MYSQL_WAIT_WRITE : 0) |
	       (poller.revents & POLLPRI ? MYSQL_WAIT_EXCEPT : 0);
}

bool
mariadb_is_loss(unsigned number)
{
	return number >= 2000 || /* the client library's own */
	       number == ER_SERVER_SHUTDOWN || number == ER_CON_COUNT_ERROR ||
	       number == ER_NET_READ_ERROR ||
	       number == ER_NEW_ABORTING_CONNECTION;
}

int
mariadb_error(struct sql_connection *connection, const char *what,
	      struct err *err)
{
	unsigned number;

	if (connection->broken)
		return err_temporary(err, "%s: %s: no answer in time",
				     connection->where, what);
	number = mysql_errno(connection->handle);
	if (mariadb_is_loss(number))
		connection->broken = true;
	return err_temporary(err, "%s: %s: %s", connection->where, what,
			     number == 0 ? "connection lost"
					 : mysql_error(connection->handle));
}

static void
mariadb_set(MYSQL *handle, enum mysql_option option, const char *value)
{
	if (value != NULL && *value != '\0')
		mysql_options(handle, option, value);
}

static void
mariadb_options(MYSQL *handle, const struct sql_target *target,
		int64_t deadline)
{
	unsigned seconds = (unsigned)(clock_left(deadline) / 1000 + 1);
	unsigned no_files = 0;
	my_bool yes = 1;

	/* A hostile server could ask for our files otherwise. */
	mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &no_files);
	mysql_options(handle, MYSQL_OPT_NONBLOCK, NULL);
	mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
	mariadb_set(handle, MYSQL_READ_DEFAULT_FILE, target->option_file);
	mariadb_set(handle, MYSQL_READ_DEFAULT_GROUP, target->option_group);
	mariadb_set(handle, MYSQL_SET_CHARSET_NAME, target->charset);
	mariadb_set(handle, MYSQL_OPT_SSL_CA, target->tls_ca);
	mariadb_set(handle, MYSQL_OPT_SSL_CAPATH, target->tls_ca_path);
	mariadb_set(handle, MYSQL_OPT_SSL_CERT, target->tls_cert);
	mariadb_set(handle, MYSQL_OPT_SSL_KEY, target->tls_key);
	mariadb_set(handle, MYSQL_OPT_SSL_CIPHER, target->tls_ciphers);
	if (target->tls_verify)
		mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
}

static char *
mariadb_where(void *mem, const struct sql_target *target)
{
	const char *host = target->host != NULL ? target->host : "localhost";

	if (host[0] == '/')
		return mem_printf(mem, "mysql unix:%s", host);
	return mem_printf(mem, "mysql inet:%s:%u", host,
			  target->port ? target->port : 3306);
}

static struct sql_connection *
mariadb_open(void *mem, const struct sql_target *target, int64_t deadline,
		struct err *err)
{
	struct sql_connection *connection =
		mem_new(mem, struct sql_connection);
	bool local = target->host != NULL && target->host[0] == '/';
	MYSQL *connected = NULL;
	int status;

	connection->where = mariadb_where(connection, target);
	connection->handle = mysql_init(NULL);
	if (connection->handle == NULL) {
		err_temporary(err, "%s: out of memory", connection->where);
		mem_free(connection);
		return NULL;
	}
	mem_on_free(connection, mariadb_destroy);
	mariadb_options(connection->handle, target, deadline);
	status = mysql_real_connect_start(
		&connected, connection->handle, local ? NULL : target->host,
		target->user, target->password, target->dbname, target->port,
		local ? target->host : NULL, CLIENT_MULTI_RESULTS);
	MARIADB_FINISH(connection, deadline, status,
		       mysql_real_connect_cont(&connected, connection->handle,
					       happened));
	if (connected != NULL && !connection->broken)
		return connection;
	mariadb_error(connection, "cannot connect", err);
	mem_free(connection);
	return NULL;
}

/* A server that closed an idle connection shows as readable. */
static bool
mariadb_usable(const struct sql_connection *connection)
{
	struct pollfd poller = {
		.fd = (int)mysql_get_socket(connection->handle),
		.events = POLLIN,
	};

	return !connection->broken && poll(&poller, 1, 0) == 0;
}

static const char *
mariadb_version(void)
{
	return mysql_get_client_info();
}

const struct sql_driver sql_mariadb = {
	.name = "mysql",
	.connect = mariadb_open,
	.usable = mariadb_usable,
	.escape = mariadb_escape,
	.query = mariadb_query,
	.execute = mariadb_execute,
	.prepare = mariadb_ready,
	.scans = mariadb_scans,
	.version = mariadb_version,
};
