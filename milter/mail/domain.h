/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_DOMAIN_H
#define MAIL_DOMAIN_H

/*
 * Host names and where registries divide them, by the lists in rule files
 * (SpamAssassin's RegistryBoundaries.pm, Util::is_fqdn_valid, idn_to_ascii).
 * Stateless.
 */

#include <stdbool.h>

#include "base/str.h"
#include "mail/uri.h"

/* Lower case, other scripts as "xn--"; below mem or host itself. */
struct slice domain_to_ascii(void *mem, struct slice host);
/* The same, but beside labels of other scripts those of ASCII keep their case,
 * as libidn leaves them. */
struct slice domain_to_ascii_labels(void *mem, struct slice host);
/* Two labels or more, each well formed. host: ASCII, lower case. */
bool domain_is_well_formed(struct slice host);
/* Ends in a known top level domain. host: ASCII; case does not matter. */
bool domain_has_tld(const struct uri_settings *settings, struct slice host);
bool domain_is_ip(struct slice host);
/* What was registered: "foo.co.uk" of "www.foo.co.uk"; host: ASCII, lower
 * case. Below mem. */
struct slice domain_registrable(void *mem, const struct uri_settings *settings,
				struct slice host);

#endif
