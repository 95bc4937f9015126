/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DNS over the socket between inspector and daemon. */
#include "tap.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/mem.h"
#include "wrap/dns.h"

static const char table[] = "a.test A 192.0.2.1\n"
			    "a.test TXT v=spf1 -all\n"
			    "broken.test TXT !servfail\n"
			    "slow.test TXT !late\n";

struct daemon {
	pthread_t thread;
	int sock;
	int failed;
	char why[1024];
	size_t questions;
};

static void *
daemon_thread(void *arg)
{
	struct daemon *daemon = arg;
	void *mem = mem_context(NULL, "daemon");
	struct err err = { .kind = ERR_NONE };
	struct dns *dns = dns_new(mem, dns_table(mem, slice_of(table), &err),
				  200);
	struct frame frame;

	dns_ask(dns, "a.test", DNS_TXT); /* that somebody has asked before */
	dns_begin(dns);
	while (frame_receive(daemon->sock, mem, 4096, false, clock_ms() + 5000,
			     &frame, &err) == 1)
		if (dns_serve(dns, daemon->sock, &frame, &err) < 0) {
			daemon->failed++;
			snprintf(daemon->why, sizeof(daemon->why), "%s",
				 err.text);
			break;
		}
	daemon->questions = dns_count(dns);
	close(daemon->sock);
	mem_free(mem);
	return NULL;
}

static int
daemon_start(struct daemon *daemon)
{
	struct err err;
	int pair[2] = { -1, -1 };

	memset(daemon, 0, sizeof(*daemon));
	frame_pair(pair, &err);
	daemon->sock = pair[1];
	pthread_create(&daemon->thread, NULL, daemon_thread, daemon);
	return pair[0];
}

static void
is_status(struct dns *dns, const char *name, enum dns_type type,
	  const char *wanted)
{
	char label[100];

	snprintf(label, sizeof(label), "%.60s %s: %s", name,
		 dns_type_name(type), wanted);
	tap_is(dns_status_name(dns_look_up(dns, name, type)->status), wanted,
	       label);
}

static void
test_honest(void *mem)
{
	struct daemon daemon;
	int sock = daemon_start(&daemon);
	struct dns *dns = dns_new(mem, dns_remote(mem, sock), 300);
	struct dns_question *address, *text;
	char ip[DNS_ADDRESS_TEXT] = "";

	dns_begin(dns);
	address = dns_ask(dns, "a.test", DNS_A);
	text = dns_ask(dns, "A.test.", DNS_TXT);
	tap_ok(address->answer == NULL, "a question does not wait");
	tap_ok(dns_address(dns_wait(dns, address), 0, ip), "its answer comes");
	tap_is(ip, "192.0.2.1", "with the record");
	tap_ok(text->answer != NULL, "and the others that are there with it");
	tap_is_slice(dns_text(mem, dns_wait(dns, text), 0), "v=spf1 -all",
		     "one that the daemon had asked itself");
	is_status(dns, "b.test", DNS_MX, "nxdomain");
	is_status(dns, "broken.test", DNS_TXT, "failed");
	tap_is(dns_look_up(dns, "broken.test", DNS_TXT)->why, "SERVFAIL",
	       "and why");
	tap_ok(dns_poll(dns, dns_ask(dns, "slow.test", DNS_TXT)) == NULL,
	       "a look does not wait");
	is_status(dns, "slow.test", DNS_TXT, "late");
	for (int i = 0; i < 2 * DNS_QUESTIONS_MAX; i++)
		dns_ask(dns, mem_printf(mem, "%d.test", i), DNS_A);
	is_status(dns, "400.test", DNS_A, "nxdomain");
	is_status(dns, "600.test", DNS_A, "failed");
	close(sock);
	pthread_join(daemon.thread, NULL);
	tap_is_int(daemon.failed, 0, "the daemon is content");
	tap_is_int((long long)daemon.questions, DNS_QUESTIONS_MAX,
		   "and has asked no more than it may");
}

static void
test_gone(void *mem)
{
	struct daemon daemon;
	int sock = daemon_start(&daemon);
	struct dns *dns = dns_new(mem, dns_remote(mem, sock), 300);

	dns_begin(dns);
	shutdown(daemon.sock, SHUT_RDWR);
	pthread_join(daemon.thread, NULL);
	is_status(dns, "a.test", DNS_A, "failed");
	is_status(dns, "a.test", DNS_TXT, "failed");
	close(sock);
}

/* What the daemon says to one frame. */
static void
is_refused(uint32_t kind, const char *bytes, size_t len, const char *name)
{
	struct daemon daemon;
	int sock = daemon_start(&daemon);
	struct slice data = { bytes, len };
	struct err err;

	frame_send(sock, kind, data, -1, clock_ms() + 1000, &err);
	pthread_join(daemon.thread, NULL);
	tap_ok(daemon.failed == 1, "%s: %s", name, daemon.why);
	close(sock);
}

static void
test_hostile_inspector(void)
{
	is_refused(DNS_FRAME_ASK, "", 0, "an empty question");
	is_refused(DNS_FRAME_ASK, "\0\0\0\1\0\0\0\1\0\0\0\11a.test", 18,
		   "a name longer than its frame");
	is_refused(DNS_FRAME_ASK, "\0\0\0\1\0\0\0\374\0\0\0\6a.test", 18,
		   "a transfer of the zone");
	is_refused(DNS_FRAME_ASK, "\0\0\0\1\0\0\0\1\0\0\0\6a.te\0t", 18,
		   "a NUL in the name");
	is_refused(DNS_FRAME_WAIT, "\0\0\0\1\0\0\0\2", 8,
		   "another way to wait");
	is_refused(DNS_FRAME_ANSWER, "", 0, "an answer");
	is_refused(103, "", 0, "another frame");
}

static void
test_endless_inspector(void)
{
	static const char ask[] = "\0\0\0\1\0\0\0\1\0\0\0\6a.test";
	struct slice data = { ask, sizeof(ask) - 1 };
	struct daemon daemon;
	int sock = daemon_start(&daemon), sent = 0;
	struct err err;

	while (sent < 100000 && frame_send(sock, DNS_FRAME_ASK, data, -1,
					   clock_ms() + 1000, &err) == 0)
		sent++;
	pthread_join(daemon.thread, NULL);
	tap_is(daemon.why, "too many DNS questions",
	       "one that never stops is stopped");
	close(sock);
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	test_honest(mem);
	test_gone(mem);
	test_hostile_inspector();
	test_endless_inspector();
	mem_free(mem);
	return tap_done();
}
