/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_NETSET_H
#define MAIL_NETSET_H

/*
 * Sets of networks as rule files name them (SpamAssassin's NetSet.pm): IPv4 and
 * IPv6, whole or by prefix, with exceptions. The first entry that holds an
 * address decides.
 */

#include <stdbool.h>
#include <stddef.h>

struct netset;

struct netset *netset_new(void *mem);
/*
 * Adds "192.0.2.1", "10.0.0.0/8", "10.11/16", "192.168.", "2001:db8::/32",
 * "[2001:db8::1]", each with "!" in front for an exception. False, and nothing
 * is added, if it is malformed.
 */
bool netset_add(struct netset *set, const char *net);
/* False for what is no address; an IPv4 address mapped into IPv6 is IPv4. */
bool netset_contains(const struct netset *set, const char *ip);
size_t netset_count(const struct netset *set);
/* Addresses that SpamAssassin takes for private (IP_PRIVATE): RFC 1918, host
 * and link local, RFC 6598; not fc00::/7. */
bool netset_is_private(const char *ip);

#endif
