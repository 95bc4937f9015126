/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include "base/mem.h"
#include "mail/netset.h"

int
main(void)
{
	static const char *const bad[] = {
		"", "!", "10.0.0.256", "10.0.0.0/33", "a.b.c.d",
		"2001:db8::/129", "1.2.3.4.5", "10.0.0.0/-1", "[", "[]", "/8",
	};
	static const char *const private[] = {
		"10.1.2.3", "127.0.0.1", "192.168.9.9", "172.31.255.255",
		"100.127.0.1", "169.254.1.1", "::1", "fe80::1",
		"::ffff:10.0.0.1", "IPv6:::1",
	};
	static const char *const public[] = {
		"172.32.0.1", "8.8.8.8", "100.128.0.1", "2001:db8::1",
		"unknown", "", "11.0.0.1", "fd00::1",
	};
	void *mem = mem_context(NULL, "test");
	struct netset *set = netset_new(mem);

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		tap_ok(!netset_add(set, bad[i]), "malformed: \"%s\"", bad[i]);
	tap_is_int((long long)netset_count(set), 0, "and nothing is added");
	tap_ok(netset_add(set, "!192.0.2.13") &&
		       netset_add(set, "192.0.2/24") &&
		       netset_add(set, "10.11.") &&
		       netset_add(set, "172.16/12") &&
		       netset_add(set, "2001:db8::/33") &&
		       netset_add(set, "[fe80::1]") &&
		       netset_add(set, "198.51.100.7"),
	       "all forms");
	tap_ok(netset_contains(set, "192.0.2.12"), "by prefix");
	tap_ok(!netset_contains(set, "192.0.2.13"), "but for the exception");
	tap_ok(netset_contains(set, "10.11.255.1"), "by octets");
	tap_ok(!netset_contains(set, "10.12.0.1"), "and no others");
	tap_ok(netset_contains(set, "172.31.0.1"), "a prefix within an octet");
	tap_ok(!netset_contains(set, "172.32.0.1"), "and its end");
	tap_ok(netset_contains(set, "2001:db8:7fff::1"), "IPv6");
	tap_ok(!netset_contains(set, "2001:db8:8000::1"), "and its end");
	tap_ok(netset_contains(set, "::ffff:198.51.100.7"), "mapped");
	tap_ok(netset_contains(set, "fe80::1"), "in brackets");
	tap_ok(!netset_contains(set, "10.11"), "half an address is none");
	for (size_t i = 0; i < sizeof(private) / sizeof(*private); i++)
		tap_ok(netset_is_private(private[i]), "private: %s",
		       private[i]);
	for (size_t i = 0; i < sizeof(public) / sizeof(*public); i++)
		tap_ok(!netset_is_private(public[i]), "not private: \"%s\"",
		       public[i]);
	mem_free(mem);
	return tap_done();
}
