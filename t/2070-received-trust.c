/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which relays of a message are trusted, and what follows from that. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "mail/received.h"
#include "tap.h"

#define HOSTILE_SECONDS (10 * TAP_PATIENCE)

#define FROM(host, ip, by)                                                     \
	"Received: from " host " (" host " [" ip "]) by " by                   \
	" (Postfix) with ESMTP id X1234; Mon, 2 Jun 2025 10:11:12 +0200\n"

static void *mem;

static const struct relays *
relays_of(const char *text, const struct relay_settings *settings)
{
	static const struct relay_settings none;

	return received_relays(message_parse(mem, slice_of(text), NULL),
			       settings != NULL ? settings : &none);
}

/* "10.0.0.1 TI 192.0.2.1 --": address, trusted, internal. */
static const char *
summary(const struct relays *relays)
{
	struct buf out = BUF(mem);

	for (size_t i = 0; i < relays->count; i++)
		buf_printf(&out, "%s%s %c%c", i == 0 ? "" : " ",
			   relays->items[i].ip,
			   relays->items[i].trusted ? 'T' : '-',
			   relays->items[i].internal ? 'I' : '-');
	return buf_string(&out);
}

static const struct netset *
nets(const char *list)
{
	struct netset *set = netset_new(mem);
	struct slice rest = slice_of(list), word;

	while (slice_word(&rest, " ", &word))
		netset_add(set, slice_string(mem, word));
	return set;
}

static const char three[] =
	FROM("a.example.org", "10.0.0.1", "in.example.net")
	FROM("b.example.org", "192.0.2.1", "a.example.org")
	FROM("c.example.org", "198.51.100.1", "b.example.org") "\n";

static void
test_inferred(void)
{
	const struct relays *relays = relays_of(three, NULL);

	tap_is(summary(relays), "10.0.0.1 TI 192.0.2.1 -- 198.51.100.1 --",
	       "private addresses are trusted, the first other one ends it");
	tap_is_int(relays->last_trusted, 0, "index of the last trusted field");
	tap_is_slice(relays->as_trusted,
		     "[ ip=10.0.0.1 rdns=a.example.org helo=a.example.org "
		     "by=in.example.net ident= envfrom= intl=1 id=X1234 auth= "
		     "msa=0 ]",
		     "as rules read it");
	tap_ok(slice_equal(relays->as_trusted, relays->as_internal),
	       "internal is the same");
	tap_ok(!relays->all_trusted, "not all are trusted");
	relays = relays_of("Subject: x\n\n", NULL);
	tap_is(summary(relays), "", "no relay at all");
	tap_is_int(relays->last_trusted, -1, "and no index");
}

static void
test_networks(void)
{
	struct relay_settings settings = { .trusted = nets("10/8 192.0.2/24"),
					   .internal = nets("10/8") };

	tap_is(summary(relays_of(three, &settings)),
	       "10.0.0.1 TI 192.0.2.1 T- 198.51.100.1 --", "by networks");
	settings.internal = NULL;
	tap_is(summary(relays_of(three, &settings)),
	       "10.0.0.1 TI 192.0.2.1 TI 198.51.100.1 --",
	       "trusted stands for internal");
	settings.internal = settings.trusted;
	settings.trusted = NULL;
	tap_is(summary(relays_of(three, &settings)),
	       "10.0.0.1 TI 192.0.2.1 TI 198.51.100.1 --",
	       "internal stands for trusted");
	settings.trusted = nets("10/8 192.0.2/24");
	settings.internal = nets("10/8");
	settings.msa = nets("192.0.2.1");
	tap_is(summary(relays_of(three, &settings)),
	       "10.0.0.1 TI 192.0.2.1 T- 198.51.100.1 T-",
	       "all behind a submission agent is trusted");
	tap_ok(relays_of(three, &settings)->items[1].msa, "which is marked");
	tap_ok(relays_of(three, &settings)->all_trusted, "all are trusted");
}

static void
test_fetched(void)
{
	const struct relays *relays = relays_of(
		FROM("a.example.org", "10.0.0.1", "in.example.net")
		"Received: from pop.example.net [10.0.0.2] by localhost with "
		"POP3 (fetchmail-6.3.26); Mon, 2 Jun 2025 10:11:12 +0200\n"
		FROM("b.example.org", "192.0.2.1", "pop.example.net")
		"Received: from imap.example.net [10.0.0.2] by localhost with "
		"IMAP (fetchmail-6.3.26); Mon, 2 Jun 2025 10:11:12 +0200\n\n",
		NULL);

	tap_is(summary(relays), "192.0.2.1 --",
	       "what is above a fetcher's field does not count");
	tap_is_int(relays->last_trusted, 1, "but its fields are counted");
}

static void
test_others(void)
{
	static const char *const headers[] = { "X-Originating-IP", "X-AOL-IP",
					       NULL };
	struct relay_settings settings = { .originating_ip_headers = headers };
	const struct relays *relays;

	relays = relays_of("Received: from nowhere [nothing] at all\n"
			   "X-AOL-IP: none\n"
			   "X-Originating-IP: [203.0.113.9]\n\n",
			   &settings);
	tap_is(summary(relays), "203.0.113.9 --", "X-Originating-IP");
	tap_is_int((long long)relays->unparseable, 1, "unparseable fields");
	relays = relays_of("Received: from a by b (envelope-from "
			   "<bob@example.org>, uid 89) with qmail-scanner-1.25 "
			   "(Clear); 02 Jun 2003 08:11:12 -0000\n"
			   FROM("b.example.org", "192.0.2.1", "in.example.net")
			   "\n",
			   NULL);
	tap_is(relays->envelope_from, "bob@example.org",
	       "what qmail-scanner says belongs to the next field");
	relays = relays_of("Received: from b ([192.0.2.1] helo=b) by c with "
			   "esmtp (Exim 4.96) (envelope-from <no-at>) id 1\n\n",
			   NULL);
	tap_ok(relays->envelope_from == NULL, "a sender has an @");
}

/* Lines that make careless expressions take for ever. */
static void
test_hostile(void)
{
	static const char *const bits[] = {
		"(((((", "[[[[", "])])", "a@", "1.2.3.", "::", "(a [1.2.3.4]) ",
		" by ", "authenticated(", "]) (authenticated) ", " with ",
		"helo=", "%", "(AUTH: ", ". ", "x", " ", ";",
	};
	int64_t begin = clock_cpu_us();

	for (size_t i = 0; i < sizeof(bits) / sizeof(*bits); i++) {
		struct buf text = BUF(mem);

		for (int k = 0; k < 100; k++) {
			size_t start = text.len;

			buf_text(&text, "Received: from a (");
			while (text.len - start < 8000)
				buf_text(&text, bits[i]);
			buf_text(&text, "\n");
		}
		buf_text(&text, "\n");
		relays_of(buf_string(&text), NULL);
		mem_free(text.data);
	}
	tap_ok(clock_cpu_us() - begin < HOSTILE_SECONDS * 1000000,
	       "hostile fields took %lld us of CPU",
	       (long long)(clock_cpu_us() - begin));
}

int
main(void)
{
	mem = mem_context(NULL, "test");
	test_inferred();
	test_networks();
	test_fetched();
	test_others();
	test_hostile();
	mem_free(mem);
	return tap_done();
}
