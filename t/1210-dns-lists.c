/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is counted of each list, over a table of answers; t/9606-lists.t has the
 * probes and real name servers. */
#include <string.h>

#include "base/mem.h"
#include "tap.h"
#include "wrap/dns_lists.h"

static const char answers[] =
	"2.0.0.127.good.test A 127.0.0.2\n"
	"9.2.0.192.good.test A 127.0.0.2\n"
	"8.2.0.192.good.test A !late\n"
	"7.2.0.192.good.test A !servfail\n"
	"2.0.0.127.all.test A 127.0.0.2\n"
	"1.0.0.127.all.test A 127.0.0.2\n";

static const struct dns_list_told *
told(void *mem, struct dns_lists *lists, const char *zone)
{
	struct dns_list_told *list;
	size_t count = dns_lists_tell(lists, mem, &list);

	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].zone, zone) == 0)
			return &list[i];
	tap_ok(false, "no such list");
	return NULL;
}

static void
is_status(struct dns *dns, const char *name, const char *wanted)
{
	tap_is(dns_status_name(dns_look_up(dns, name, DNS_A)->status), wanted,
	       name);
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");
	struct err err;
	struct dns_source *table = dns_table(mem, slice_of(answers), &err);
	struct dns_lists *lists = dns_lists_new(mem, table);
	const struct dns_list_told *good;
	struct dns *dns;

	dns_lists_know(lists, SLICE("good.test\nall.test"));
	dns_lists_probe(lists, 100);
	tap_is_int(told(mem, lists, "good.test")->state, DNS_LIST_SANE,
		   "a list that lists 127.0.0.2 and not 127.0.0.1");
	tap_is_int(told(mem, lists, "all.test")->state, DNS_LIST_OPEN,
		   "one that lists everything is not used");

	dns = dns_new(mem, dns_lists_source(lists), 50);
	dns_begin(dns);
	is_status(dns, "9.2.0.192.good.test", "found");
	is_status(dns, "6.2.0.192.good.test", "nxdomain");
	is_status(dns, "7.2.0.192.good.test", "failed");
	is_status(dns, "8.2.0.192.good.test", "late");
	is_status(dns, "9.2.0.192.all.test", "failed");
	dns_poll(dns, dns_ask(dns, "8.2.0.192.other.test", DNS_A));
	good = told(mem, lists, "good.test");
	tap_is_int((long long)good->answers, 2, "answers");
	tap_is_int((long long)good->hits, 1, "one of them is a listing");
	tap_is_int((long long)good->errors, 2,
		   "an error, and an answer that did not come in time");
	mem_free(mem);
	return tap_done();
}
