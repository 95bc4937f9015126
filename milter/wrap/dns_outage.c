/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wrap/dns_outage.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define DNS_OUTAGE_PROBE_MS 500
#define DNS_KNOWN_MORE_MS 2000 /* the cache counts in seconds */

/* --- what the cache holds, more or less --- */

static uint64_t
dns_hash(const char *text, uint64_t hash)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211u;
	return hash;
}

static uint64_t
dns_known_hash(const struct dns_question *question)
{
	return dns_hash(question->name,
			1469598103934665603u + (uint64_t)question->type);
}

/* Of the last two labels: what one operator's servers answer for. */
static uint64_t
dns_zone_hash(const struct dns_question *question)
{
	const char *at = question->name + strlen(question->name);

	for (int dots = 0; at > question->name; at--)
		if (at[-1] == '.' && ++dots == 2)
			break;
	return dns_hash(at, 0);
}

static bool
dns_is_known(const struct dns_outage *outage, uint64_t question)
{
	const struct dns_known *known = &outage->known[question % DNS_KNOWN];

	return known->question == question && known->until > clock_ms();
}

static void
dns_know(struct dns_outage *outage, uint64_t question, int ttl)
{
	outage->known[question % DNS_KNOWN] = (struct dns_known){
		question, clock_ms() + (int64_t)ttl * 1000 + DNS_KNOWN_MORE_MS
	};
}

/* --- outages --- */

bool
dns_outage_allows(const struct dns_outage *outage,
		  const struct dns_question *question)
{
	return !outage->lasts ||
	       dns_is_known(outage, dns_known_hash(question)) ||
	       (!outage->probing && clock_ms() >= outage->probe_at);
}

struct dns_asking
dns_outage_ask(struct dns_outage *outage, const struct dns_question *question)
{
	struct dns_asking asking = {
		.question = dns_known_hash(question),
		.zone = dns_zone_hash(question),
	};

	asking.known = dns_is_known(outage, asking.question);
	asking.probe = outage->lasts && !asking.known;
	outage->probing |= asking.probe;
	return asking;
}

void
dns_outage_answered(struct dns_outage *outage, const struct dns_asking *asking,
		    int ttl)
{
	/* One answer may have come from the cache after all. */
	outage->late_count -= outage->late_count < 2 ? outage->late_count : 2;
	if (outage->lasts) {
		log_info("dns: the name servers answer again");
		outage->late_count = 0;
	}
	outage->lasts = false;
	dns_know(outage, asking->question, ttl);
}

void
dns_outage_silent(struct dns_outage *outage, const struct dns_asking *asking)
{
	for (unsigned i = 0; i < outage->late_count; i++)
		if (outage->late[i] == asking->zone)
			return;
	if (outage->late_count < DNS_OUTAGE_LATE)
		outage->late[outage->late_count++] = asking->zone;
	if (outage->late_count < DNS_OUTAGE_LATE || outage->lasts)
		return;
	outage->lasts = true;
	log_warning("dns: no name server answers; mail is judged without them "
		    "until one does");
}

void
dns_outage_over(struct dns_outage *outage, struct dns_asking *asking)
{
	if (!asking->probe)
		return;
	asking->probe = outage->probing = false;
	outage->probe_at = clock_ms() + DNS_OUTAGE_PROBE_MS;
}
