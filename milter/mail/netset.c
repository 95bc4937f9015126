/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/netset.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define NETSET_TEXT_MAX 64

/* IPv4 is kept as ::ffff:a.b.c.d, so that there is one kind of address. */
struct netset_net {
	uint8_t address[16];
	unsigned bits;
	bool exception;
};

struct netset {
	struct netset_net *nets;
	size_t count;
};

static const uint8_t netset_mapped[12] = { [10] = 0xff, [11] = 0xff };

struct netset *
netset_new(void *mem)
{
	return mem_new(mem, struct netset);
}

size_t
netset_count(const struct netset *set)
{
	return set->count;
}

/* Up to four octets; a missing rest counts as zero. *octets says how many. */
static bool
netset_octets(const char *text, uint8_t out[4], unsigned *octets)
{
	*octets = 0;
	while (*text != '\0' && *octets < 4) {
		unsigned number = 0, digits = 0;

		for (; str_is_digit((unsigned char)*text); text++) {
			number = 10 * number + (unsigned)(*text - '0');
			if (++digits > 3)
				return false;
		}
		if (digits == 0 || number > 255)
			return false;
		out[(*octets)++] = (uint8_t)number;
		if (*text == '.')
			text++;
	}
	return *octets > 0 && *text == '\0';
}

/* text without brackets; *whole: how many bits an address of that kind has. */
static bool
netset_address(const char *text, uint8_t address[16], unsigned *bits)
{
	uint8_t octets[4] = { 0 };
	unsigned count;

	if (strchr(text, ':') != NULL) {
		*bits = 128;
		return inet_pton(AF_INET6, text, address) == 1;
	}
	if (!netset_octets(text, octets, &count))
		return false;
	memcpy(address, netset_mapped, 12);
	memcpy(address + 12, octets, 4);
	*bits = 96 + 8 * count;
	return true;
}

/* The text of one entry, split into an address without brackets and a
 * length. */
static bool
netset_split(const char *net, char *address, size_t room, const char **length)
{
	size_t n = strcspn(net, "/");

	*length = net[n] == '/' ? net + n + 1 : NULL;
	if (n >= 2 && net[0] == '[' && net[n - 1] == ']') {
		net++;
		n -= 2;
	}
	if (n == 0 || n >= room)
		return false;
	memcpy(address, net, n);
	address[n] = '\0';
	return true;
}

bool
netset_add(struct netset *set, const char *net)
{
	struct netset_net entry = { .exception = net[0] == '!' };
	char address[NETSET_TEXT_MAX];
	const char *length;
	int64_t bits;

	if (!netset_split(net + entry.exception, address, sizeof(address),
			  &length) ||
	    !netset_address(address, entry.address, &entry.bits))
		return false;
	if (length != NULL) {
		bool v6 = strchr(address, ':') != NULL;

		if (!str_int64(length, &bits) || bits < 0 ||
		    bits > (v6 ? 128 : 32))
			return false;
		entry.bits = (unsigned)bits + (v6 ? 0 : 96);
	}
	mem_grow(set, set->nets, set->count);
	set->nets[set->count++] = entry;
	return true;
}

static bool
netset_matches(const struct netset_net *net, const uint8_t address[16])
{
	unsigned whole = net->bits / 8, rest = net->bits % 8;

	if (memcmp(net->address, address, whole) != 0)
		return false;
	return rest == 0 ||
	       (net->address[whole] ^ address[whole]) >> (8 - rest) == 0;
}

static bool
netset_parse(const char *ip, uint8_t address[16])
{
	char text[NETSET_TEXT_MAX];
	const char *length;
	unsigned bits;

	if (slice_starts_nocase(slice_of(ip), "IPv6:"))
		ip += 5;
	return netset_split(ip, text, sizeof(text), &length) &&
	       length == NULL && netset_address(text, address, &bits) &&
	       bits == 128;
}

bool
netset_contains(const struct netset *set, const char *ip)
{
	uint8_t address[16];

	if (!netset_parse(ip, address))
		return false;
	for (size_t i = 0; i < set->count; i++)
		if (netset_matches(&set->nets[i], address))
			return !set->nets[i].exception;
	return false;
}

bool
netset_is_private(const char *ip)
{
	static const struct netset_net nets[] = {
#define V4(a, b, bits)                                                         \
	{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b }, 96 + (bits),     \
	  false }
		V4(10, 0, 8),	  V4(127, 0, 8),   V4(169, 254, 16),
		V4(172, 16, 12),  V4(192, 168, 16), V4(100, 64, 10),
#undef V4
		{ { [15] = 1 }, 128, false },	      /* loopback */
		{ { 0xfe, 0x80 }, 10, false },	      /* link-local */
	};
	uint8_t address[16];

	if (!netset_parse(ip, address))
		return false;
	for (size_t i = 0; i < sizeof(nets) / sizeof(*nets); i++)
		if (netset_matches(&nets[i], address))
			return true;
	return false;
}
