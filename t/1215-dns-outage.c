/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When questions are held back as no name server answers, and when not. */
#include <stdio.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "tap.h"
#include "wrap/dns_outage.h"

static struct dns_question
question(const char *name)
{
	return (struct dns_question){ .name = name, .type = DNS_A };
}

static struct dns_asking
ask(struct dns_outage *outage, const char *name)
{
	struct dns_question asked = question(name);

	return dns_outage_ask(outage, &asked);
}

static bool
allows(const struct dns_outage *outage, const char *name)
{
	struct dns_question asked = question(name);

	return dns_outage_allows(outage, &asked);
}

static void
silent(struct dns_outage *outage, const char *name)
{
	struct dns_asking asking = ask(outage, name);

	dns_outage_silent(outage, &asking);
	dns_outage_over(outage, &asking);
}

static void
answered(struct dns_outage *outage, const char *name)
{
	struct dns_asking asking = ask(outage, name);

	dns_outage_answered(outage, &asking, 60);
	dns_outage_over(outage, &asking);
}

static void
zones_silent(struct dns_outage *outage, int from, int to)
{
	char name[32];

	for (int i = from; i < to; i++) {
		snprintf(name, sizeof(name), "host.zone%d.test", i);
		silent(outage, name);
	}
}

static void
begins(struct dns_outage *outage)
{
	answered(outage, "known.test");
	for (int i = 0; i < 100; i++)
		silent(outage, "a.one.test");
	silent(outage, "b.one.test");
	zones_silent(outage, 0, DNS_OUTAGE_LATE - 2);
	tap_ok(!outage->lasts, "one zone counts once");
	answered(outage, "other.test");
	zones_silent(outage, 10, 12);
	tap_ok(!outage->lasts, "an answer makes up for two of them");
	zones_silent(outage, 20, 21);
	tap_ok(outage->lasts, "eight silent zones are an outage");
}

static void
lasts(struct dns_outage *outage)
{
	struct timespec pause = { .tv_nsec = 600 * 1000000 };
	struct dns_asking probe;

	tap_ok(allows(outage, "new.test"), "one may find out at once");
	probe = ask(outage, "new.test");
	tap_ok(probe.probe, "nobody waits for that one");
	tap_ok(!allows(outage, "another.test"), "no other one beside it");
	tap_ok(allows(outage, "known.test") &&
		       !ask(outage, "known.test").probe,
	       "what the cache holds may be asked all the time");
	dns_outage_over(outage, &probe);
	tap_ok(!allows(outage, "another.test"), "none shortly after it");
	nanosleep(&pause, NULL);
	tap_ok(allows(outage, "another.test"), "the next one a little later");
}

int
main(void)
{
	struct dns_outage *outage = mem_new(NULL, struct dns_outage);

	log_open(LOG_TARGET_FILE, "/dev/null", LOG_LEVEL_ERROR);
	begins(outage);
	lasts(outage);
	answered(outage, "another.test");
	tap_ok(!outage->lasts && allows(outage, "any.test"),
	       "an answer ends it");
	zones_silent(outage, 30, 30 + DNS_OUTAGE_LATE - 1);
	tap_ok(!outage->lasts, "and the next begins from none");
	return tap_done();
}
