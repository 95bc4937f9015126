/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions of one message, over a table of answers. */
#include "tap.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wrap/dns.h"

static const char table[] =
	"# a zone\n"
	"a.test A 192.0.2.1\n"
	"a.test A 192.0.2.2\n"
	"a.test AAAA 2001:db8::1\n"
	"a.test TXT v=spf1 -all\n"
	"a.test TXT \"one\" \" two\"\n"
	"a.test MX 10 Mx.Test\n"
	"null.test MX 0 .\n"
	"www.test CNAME a.test\n"
	"loop.test CNAME loop.test\n"
	"1.2.0.192.in-addr.arpa PTR A.test\n"
	"broken.test TXT !servfail\n"
	"slow.test TXT !late\n";

static struct dns_source *
source(void *mem)
{
	struct err err;
	struct dns_source *made = dns_table(mem, slice_of(table), &err);

	tap_ok(made != NULL, "a table is read");
	return made;
}

static void
is_status(struct dns *dns, const char *name, enum dns_type type,
	  const char *wanted)
{
	char label[300];

	snprintf(label, sizeof(label), "%.60s %s: %s", name,
		 dns_type_name(type), wanted);
	tap_is(dns_status_name(dns_look_up(dns, name, type)->status), wanted,
	       label);
}

static void
test_answers(void *mem)
{
	struct dns *dns = dns_new(mem, source(mem), 100);
	char address[DNS_ADDRESS_TEXT] = "";
	const struct dns_answer *answer;
	const char *host = NULL;
	unsigned preference = 0;

	dns_begin(dns);
	answer = dns_look_up(dns, "A.Test.", DNS_A);
	tap_is_int((long long)answer->record_count, 2, "two addresses");
	tap_ok(dns_address(answer, 1, address), "the second one is read");
	tap_is(address, "192.0.2.2", "as text");
	tap_ok(!dns_address(answer, 2, address), "there is no third");
	tap_ok(dns_ask(dns, "a.test", DNS_A)->answer == answer,
	       "the same question is asked once");
	tap_ok(dns_address(dns_look_up(dns, "a.test", DNS_AAAA), 0, address),
	       "IPv6");
	tap_is(address, "2001:db8::1", "as text");
	answer = dns_look_up(dns, "a.test", DNS_TXT);
	tap_is_slice(dns_text(mem, answer, 0), "v=spf1 -all", "TXT");
	tap_is_slice(dns_text(mem, answer, 1), "one two", "strings are joined");
	tap_ok(dns_mx(mem, dns_look_up(dns, "a.test", DNS_MX), 0, &preference,
		      &host), "MX");
	tap_is(host, "mx.test", "its host");
	tap_is_int(preference, 10, "its preference");
	tap_ok(dns_mx(mem, dns_look_up(dns, "null.test", DNS_MX), 0,
		      &preference, &host), "null MX");
	tap_is(host, "", "its host is the root");
	answer = dns_look_up(dns, "1.2.0.192.in-addr.arpa", DNS_PTR);
	tap_is(dns_host(mem, answer, 0), "a.test", "PTR");
	answer = dns_look_up(dns, "www.test", DNS_A);
	tap_is_int((long long)answer->record_count, 2, "behind a CNAME");
	tap_is(answer->canonical, "a.test", "which is named");
}

static void
test_statuses(void *mem)
{
	struct dns *dns = dns_new(mem, source(mem), 50);
	char label[80];

	dns_begin(dns);
	is_status(dns, "a.test", DNS_A, "found");
	is_status(dns, "a.test", DNS_NS, "nodata");
	is_status(dns, "b.test", DNS_A, "nxdomain");
	is_status(dns, "loop.test", DNS_A, "nodata");
	is_status(dns, "broken.test", DNS_TXT, "failed");
	is_status(dns, "slow.test", DNS_TXT, "late");
	is_status(dns, "", DNS_A, "nxdomain");
	is_status(dns, "a..test", DNS_A, "nxdomain");
	is_status(dns, ".test", DNS_A, "nxdomain");
	memset(label, 'x', sizeof(label));
	snprintf(label + 64, sizeof(label) - 64, ".test");
	is_status(dns, label, DNS_A, "nxdomain");
	tap_is_int((long long)dns_count(dns), 10, "all are counted");
	tap_is(dns_at(dns, 4)->name, "broken.test", "and named");
	dns = dns_new(mem, NULL, 50);
	tap_ok(!dns_is_on(dns) && !dns_is_on(NULL), "no source: off");
	is_status(dns, "a.test", DNS_A, "off");
}

static void
test_limits(void *mem)
{
	struct dns *dns = dns_new(mem, source(mem), 50);
	const struct dns_answer *answer = NULL;

	dns_begin(dns);
	for (int i = 0; i <= DNS_QUESTIONS_MAX; i++)
		answer = dns_look_up(dns, mem_printf(mem, "%d.test", i),
				     DNS_A);
	tap_is(dns_status_name(answer->status), "failed",
	       "a message has only so many questions");
	tap_is_int((long long)dns_count(dns), DNS_QUESTIONS_MAX, "500");
}

static void
is_text(const char *bytes, size_t len, const char *name)
{
	struct slice record = { bytes, len };
	const struct dns_answer answer = {
		.type = DNS_TXT, .records = &record, .record_count = 1,
	};

	tap_ok(dns_text(NULL, &answer, 0).data == NULL, "%s", name);
}

static void
is_no_host(const char *bytes, size_t len, const char *name)
{
	struct slice record = { bytes, len };
	const struct dns_answer answer = {
		.type = DNS_PTR, .records = &record, .record_count = 1,
	};

	tap_ok(dns_host(NULL, &answer, 0) == NULL, "%s", name);
}

static void
test_malformed(void *mem)
{
	is_text("\5abc", 4, "a string longer than its record");
	is_text("", 0, "a TXT record of nothing");
	is_no_host("\3abc", 4, "a name without an end");
	is_no_host("\3abc\0x", 6, "bytes behind a name");
	is_no_host("\3a.c", 5, "a dot in a label");
	is_no_host("\3a\nc", 5, "a line break in a label");
	is_no_host("\300\14", 2, "a pointer in a name");
	is_no_host("", 0, "no name");
	tap_is(dns_reverse(mem, "192.0.2.1", "in-addr.arpa", "ip6.arpa"),
	       "1.2.0.192.in-addr.arpa", "an address backwards");
	tap_is(dns_reverse(mem, "2001:db8::1", "in-addr.arpa", "ip6.arpa"),
	       "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0."
	       "2.ip6.arpa", "IPv6 too");
	tap_ok(dns_reverse(mem, "a.test", "", "") == NULL, "a name is none");
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	test_answers(mem);
	test_statuses(mem);
	test_limits(mem);
	test_malformed(mem);
	mem_free(mem);
	return tap_done();
}
