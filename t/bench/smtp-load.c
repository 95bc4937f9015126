/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends mail as fast as it is taken, over a number of SMTP sessions at a time,
 * and says how long that took. What is sent is made ready before the clock
 * starts.
 *
 *	smtp-load [-c sessions] [-n mails] [-t LIST] PORT LIST
 *	smtp-load [-c sessions] [-n recipients] -r PORT LIST
 *
 * LIST names a file of mails, one a line; they are sent once each, and again
 * from the first one if -n asks for more, to the addresses in the list of -t in
 * turn. With -r the list holds addresses: these go out as RCPT, 100 to a mail
 * that is then given up.
 *
 * Every session is that of another client of 203.0.113.0/24 (XCLIENT). The
 * result is one line of JSON; times are in milliseconds. "end" is from just
 * before the dot that ends the data to the reply.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LOAD_BATCH 100 /* recipients to a mail that is given up */

struct text {
	char *data;
	size_t len;
};

struct list {
	struct text *items;
	size_t count;
};

struct result {
	int code; /* of the last reply; 0: the connection was lost */
	double wait;
};

static struct load {
	int port;
	size_t sessions, wanted;
	bool recipients;
	struct list items; /* mails, ready to be sent, or addresses */
	struct list to;	   /* recipients of mails */
	struct result *results;
	atomic_size_t next, clients;
} load = { .sessions = 4 };

struct client {
	int fd;
	size_t number;
	bool in_mail; /* MAIL was said, for recipients */
	char reply[4096];
};

static void
load_die(const char *what)
{
	perror(what);
	exit(1);
}

static double
load_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static bool
client_send(const struct client *client, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(client->fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* The code of the next reply, all of its lines read; 0: none came. */
static int
client_reply(struct client *client)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = recv(client->fd, client->reply + len,
				 sizeof(client->reply) - 1 - len, 0);
		char *line;

		if (n <= 0)
			return 0;
		len += (size_t)n;
		client->reply[len] = '\0';
		if (client->reply[len - 1] != '\n')
			continue;
		line = client->reply + len - 1;
		while (line > client->reply && line[-1] != '\n')
			line--;
		if (strlen(line) > 3 && line[3] != '-')
			return (int)strtol(line, NULL, 10);
	}
}

__attribute__((format(printf, 2, 3))) static int
client_say(struct client *client, const char *format, ...)
{
	char line[1200];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(line) ||
	    !client_send(client, line, (size_t)len))
		return 0;
	return client_reply(client);
}

static void
client_close(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	client->in_mail = false;
}

static bool
client_connect(struct client *client)
{
	const struct sockaddr_in server = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)load.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int on = 1;

	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(client->fd, (const void *)&server, sizeof(server)) == 0 &&
	    client_reply(client) == 220 &&
	    client_say(client, "EHLO client.example.com\r\n") == 250 &&
	    client_say(client,
		       "XCLIENT ADDR=203.0.113.%zu NAME=c%zu.example.com\r\n",
		       client->number % 250 + 1, client->number) == 220 &&
	    client_say(client, "EHLO c%zu.example.com\r\n", client->number) ==
		    250)
		return true;
	client_close(client);
	return false;
}

/* Sends one mail; the wait is that for the reply to the end of its data. */
static void
client_mail(struct client *client, size_t at, struct result *result)
{
	const struct text *mail = &load.items.items[at % load.items.count];
	const char *to = load.to.items[at % load.to.count].data;
	double began;

	result->code = client_say(client,
				  "MAIL FROM:<sender@example.com> SIZE=%zu\r\n",
				  mail->len);
	if (result->code == 250)
		result->code = client_say(client, "RCPT TO:<%s>\r\n", to);
	if (result->code == 250)
		result->code = client_say(client, "DATA\r\n");
	if (result->code == 354) {
		result->code = 0;
		if (!client_send(client, mail->data, mail->len))
			return;
		began = load_clock();
		if (client_send(client, ".\r\n", 3))
			result->code = client_reply(client);
		result->wait = load_clock() - began;
	}
	if (result->code != 250 && result->code != 0)
		client_say(client, "RSET\r\n");
}

static void
client_recipient(struct client *client, size_t at, struct result *result)
{
	double began;

	if (at % LOAD_BATCH == 0 || !client->in_mail)
		client->in_mail =
			client_say(client, "RSET\r\n") == 250 &&
			client_say(client, "MAIL FROM:<sender@example.com>"
					   "\r\n") == 250;
	began = load_clock();
	result->code = client_say(client, "RCPT TO:<%s>\r\n",
				  load.items.items[at % load.items.count].data);
	result->wait = load_clock() - began;
}

static void *
client_run(void *arg)
{
	size_t step = load.recipients ? LOAD_BATCH : 1, from;
	struct client client = {
		.fd = -1,
		.number = atomic_fetch_add(&load.clients, 1),
	};

	while ((from = atomic_fetch_add(&load.next, step)) < load.wanted) {
		for (size_t at = from; at < from + step && at < load.wanted;
		     at++) {
			struct result *result = &load.results[at];

			if (client.fd < 0 && !client_connect(&client))
				load_die("no SMTP session");
			if (load.recipients)
				client_recipient(&client, at, result);
			else
				client_mail(&client, at, result);
			if (result->code < 200 || result->code == 421)
				client_close(&client);
		}
	}
	if (client.fd >= 0)
		client_say(&client, "QUIT\r\n");
	client_close(&client);
	return NULL;
}

/* The file as SMTP sends it, without a line of mbox and without the dot. */
static struct text
load_mail(const char *path)
{
	FILE *file = fopen(path, "rbe");
	struct text mail = { NULL, 0 };
	char *line = NULL;
	size_t room = 0;
	FILE *out = open_memstream(&mail.data, &mail.len);
	bool first = true;
	ssize_t n;

	if (file == NULL || out == NULL)
		load_die(path);
	for (; (n = getline(&line, &room, file)) > 0; first = false) {
		if (first && strncmp(line, "From ", 5) == 0)
			continue;
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			n--;
		if (line[0] == '.')
			fputc('.', out);
		fwrite(line, 1, (size_t)n, out);
		fputs("\r\n", out);
	}
	free(line);
	fclose(file);
	fclose(out);
	return mail;
}

static struct text
load_line(const char *line)
{
	return (struct text){ strdup(line), strlen(line) };
}

/* Each line of a file, as `make` makes an item of it. */
static struct list
load_list(const char *path, struct text (*make)(const char *line))
{
	FILE *file = fopen(path, "re");
	struct list list = { NULL, 0 };
	char *line = NULL;
	size_t room = 0;

	if (file == NULL)
		load_die(path);
	while (getline(&line, &room, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		list.items = realloc(list.items,
				     (list.count + 1) * sizeof(*list.items));
		if (list.items == NULL)
			load_die("memory");
		list.items[list.count++] = make(line);
	}
	free(line);
	fclose(file);
	if (list.count == 0) {
		fprintf(stderr, "%s is empty\n", path);
		exit(1);
	}
	return list;
}

static int
load_compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static void
load_report(double spent)
{
	double *waits = calloc(load.wanted, sizeof(*waits));
	size_t count = 0, codes[6] = { 0 };

	if (waits == NULL)
		load_die("memory");
	for (size_t i = 0; i < load.wanted; i++) {
		const struct result *result = &load.results[i];

		codes[result->code / 100 % 6]++;
		if (result->wait > 0)
			waits[count++] = result->wait;
	}
	qsort(waits, count, sizeof(*waits), load_compare);
	printf("{\"sent\":%zu,\"taken\":%zu,\"put_off\":%zu,\"refused\":%zu,"
	       "\"lost\":%zu,\"spent\":%.3f,\"per_second\":%.2f",
	       load.wanted, codes[2], codes[4], codes[5], codes[0], spent,
	       (double)load.wanted / spent * 1e3);
	if (count > 0)
		printf(",\"end_p50\":%.3f,\"end_p99\":%.3f,\"end_max\":%.3f",
		       waits[count / 2], waits[count * 99 / 100],
		       waits[count - 1]);
	puts("}");
	free(waits);
}

static void
load_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "c:n:rt:")) != -1) {
		if (option == 'c')
			load.sessions = strtoul(optarg, NULL, 10);
		else if (option == 'n')
			load.wanted = strtoul(optarg, NULL, 10);
		else if (option == 'r')
			load.recipients = true;
		else if (option == 't')
			load.to = load_list(optarg, load_line);
		else
			exit(64);
	}
	if (argc - optind != 2) {
		fputs("usage: smtp-load [-c sessions] [-n count] [-r] "
		      "[-t LIST] PORT LIST\n",
		      stderr);
		exit(64);
	}
	load.port = (int)strtol(argv[optind], NULL, 10);
	load.items = load_list(argv[optind + 1],
			       load.recipients ? load_line : load_mail);
	if (load.to.count == 0 && !load.recipients) {
		fputs("smtp-load: -t is missing\n", stderr);
		exit(64);
	}
	if (load.wanted == 0)
		load.wanted = load.items.count;
	load.results = calloc(load.wanted, sizeof(*load.results));
	if (load.results == NULL)
		load_die("memory");
}

int
main(int argc, char **argv)
{
	pthread_t *threads;
	double began;

	load_options(argc, argv);
	threads = calloc(load.sessions, sizeof(*threads));
	if (threads == NULL)
		load_die("memory");
	began = load_clock();
	for (size_t i = 0; i < load.sessions; i++)
		if (pthread_create(&threads[i], NULL, client_run, NULL) != 0)
			load_die("thread");
	for (size_t i = 0; i < load.sessions; i++)
		pthread_join(threads[i], NULL);
	load_report(load_clock() - began);
	free(threads);
	return 0;
}
