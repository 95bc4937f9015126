/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DMARC over a table of records: whose record counts, what is aligned, what is
 * to be done. */
#include "tap.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "mail/dmarc.h"

static const char zone[] =
	"_dmarc.strict.example TXT v=DMARC1; p=reject; adkim=s; aspf=s\n"
	"_dmarc.relaxed.example TXT v=DMARC1; p=quarantine; sp=none; "
	"np=reject\n"
	"sub.relaxed.example A 192.0.2.1\n"
	"own.relaxed.example A 192.0.2.1\n"
	"_dmarc.own.relaxed.example TXT v=DMARC1;p=reject\n"
	"_dmarc.two.example TXT v=DMARC1; p=reject\n"
	"_dmarc.two.example TXT v=DMARC1; p=none\n"
	"_dmarc.spf.example TXT v=spf1 -all\n"
	"_dmarc.spf.example TXT v=DMARC1; p=reject\n"
	"_dmarc.bad.example TXT v=DMARC1; p=perhaps\n"
	"_dmarc.reports.example TXT v=DMARC1; p=perhaps; "
	"rua=mailto:a@b.example\n"
	"_dmarc.testing.example TXT v=DMARC1; p=reject; pct=0\n"
	"_dmarc.bis.example TXT v=DMARC1; p=quarantine; t=y\n"
	"_dmarc.broken.example TXT !servfail\n"
	"_dmarc.late.example TXT !late\n"
	"_dmarc.co.uk TXT v=DMARC1; p=reject\n"
	"_dmarc.example.co.uk TXT v=DMARC1; p=quarantine\n"
	"_dmarc.xn--bcher-kva.example TXT v=DMARC1; p=reject\n";

struct given {
	const char *from;    /* header */
	const char *dkim;    /* d= that passes, or NULL */
	const char *spf;     /* domain that passes, or NULL */
	const char *wanted;  /* "result policy disposition" */
	const char *name;
};

static const struct given all[] = {
	{ "From: a@strict.example", "strict.example", NULL, "pass none none",
	  "an aligned signature" },
	{ "From: a@strict.example", NULL, "strict.example", "pass none none",
	  "aligned SPF" },
	{ "From: a@strict.example", "mail.strict.example", "x.strict.example",
	  "fail reject reject", "strict alignment wants the very domain" },
	{ "From: a@relaxed.example", "mail.relaxed.example", NULL,
	  "pass none none", "relaxed alignment wants the organization" },
	{ "From: a@relaxed.example", "relaxed.example.evil.example",
	  "notrelaxed.example", "fail quarantine quarantine",
	  "similar names are not aligned" },
	{ "From: a@sub.relaxed.example", NULL, NULL, "fail none none",
	  "sp= for a subdomain" },
	{ "From: a@gone.relaxed.example", NULL, NULL, "fail reject reject",
	  "np= for one that is not there" },
	{ "From: a@own.relaxed.example", NULL, NULL, "fail reject reject",
	  "a subdomain's own record comes first" },
	{ "From: a@none.example", "none.example", NULL, "none none none",
	  "no record" },
	{ "From: a@two.example", NULL, NULL, "none none none",
	  "two records are none" },
	{ "From: a@spf.example", NULL, NULL, "fail reject reject",
	  "other TXT records do not count" },
	{ "From: a@bad.example", NULL, NULL, "none none none",
	  "a record without a policy is none" },
	{ "From: a@reports.example", NULL, NULL, "fail none none",
	  "unless it wants reports" },
	{ "From: a@testing.example", NULL, NULL, "fail reject quarantine",
	  "pct=0: the next milder one" },
	{ "From: a@bis.example", NULL, NULL, "fail quarantine none",
	  "t=y: the next milder one" },
	{ "From: a@broken.example", "other.example", NULL,
	  "temperror none none", "SERVFAIL is no failure" },
	{ "From: a@late.example", NULL, NULL, "temperror none none",
	  "nor is an answer that does not come" },
	{ "From: a@www.example.co.uk", "example.co.uk", NULL, "pass none none",
	  "the Public Suffix List knows co.uk" },
	{ "From: a@www.example.co.uk", "other.co.uk", NULL,
	  "fail quarantine quarantine", "co.uk is no organization" },
	{ "From: a@b\xc3\xbc" "cher.example", NULL, NULL, "fail reject reject",
	  "a domain in UTF-8" },
	{ "From: a@STRICT.Example", "strict.example", NULL, "pass none none",
	  "case does not matter" },
	{ "From: a@strict.example, b@none.example", NULL, NULL,
	  "fail reject reject", "of two authors the worse one counts" },
	{ "From: b@none.example\r\nFrom: a@strict.example", "none.example",
	  NULL, "fail reject reject", "of two From fields too" },
	{ "From: \"a@strict.example\" <b@none.example>", NULL, NULL,
	  "none none none", "a display name is no address" },
	{ "From: nobody", NULL, NULL, "permerror none none", "no domain" },
	{ "Subject: x", NULL, NULL, "permerror none none", "no From" },
	{ "From: a@a.example, a@b.example, a@c.example, a@d.example, "
	  "a@e.example, a@f.example, a@g.example, a@h.example, "
	  "a@strict.example",
	  NULL, NULL, "permerror none none", "too many authors" },
};

static struct dns *
network(void *mem)
{
	struct err err;
	struct dns_source *source = dns_table(mem, slice_of(zone), &err);
	struct dns *dns = dns_new(mem, source, 100);

	dns_begin(dns);
	return dns;
}

static const struct dmarc_results *
judge(void *mem, const struct given *given, enum auth_result signature,
      uint64_t unsigned_bytes)
{
	struct dkim_signature *one = mem_new(mem, struct dkim_signature);
	struct dkim_results *dkim = mem_new(mem, struct dkim_results);
	struct auth_spf *spf = mem_new(mem, struct auth_spf);
	struct psl *psl = psl_open(mem, NULL);
	char *mail = mem_printf(mem, "%s\r\n\r\nx\r\n", given->from);

	one->domain = given->dkim;
	one->result = signature;
	one->unsigned_bytes = unsigned_bytes;
	dkim->items = mem_copy(mem, &one, sizeof(one));
	dkim->count = given->dkim != NULL;
	spf->domain = given->spf != NULL ? given->spf : "";
	spf->result = given->spf != NULL ? AUTH_PASS : AUTH_NONE;
	return dmarc_finish(dmarc_begin(mem, message_parse(mem, slice_of(mail),
							   NULL),
					network(mem), psl), dkim, spf);
}

static const char *
told(void *mem, const struct dmarc_results *results)
{
	return mem_printf(mem, "%s %s %s", auth_result_name(results->result),
			  dmarc_policy_name(results->policy),
			  dmarc_policy_name(results->disposition));
}

static void
test_records(void)
{
	struct dmarc_record record;

	tap_ok(dmarc_record_read(SLICE("v=DMARC1; p=reject; pct=30"), &record,
				 NULL) == 0 && record.percent == 30, "pct=");
	tap_ok(dmarc_record_read(SLICE("v=DMARC1; p=none; pct=300"), &record,
				 NULL) == 0 && record.percent == 100,
	       "a bad pct= is passed over");
	tap_ok(dmarc_record_read(SLICE("p=none; v=DMARC1"), &record, NULL) < 0,
	       "v= comes first");
	tap_ok(dmarc_record_read(SLICE("v=DMARC2; p=none"), &record, NULL) < 0,
	       "another version");
	tap_ok(dmarc_record_read(SLICE("v=DMARC1; p=none; p=reject"), &record,
				 NULL) < 0, "a tag twice");
}

static void
test_signatures(void *mem)
{
	static const struct given one = { "From: a@strict.example",
					  "strict.example", NULL, "", "" };

	tap_is(told(mem, judge(mem, &one, AUTH_TEMPERROR, 0)),
	       "temperror none none",
	       "a key that could not be had is no failure");
	tap_is(told(mem, judge(mem, &one, AUTH_FAIL, 0)), "fail reject reject",
	       "a broken signature is");
	tap_is(told(mem, judge(mem, &one, AUTH_PASS, 10)), "fail reject reject",
	       "so is one that leaves text unsigned");
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	test_records();
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		tap_is(told(mem, judge(mem, &all[i], AUTH_PASS, 0)),
		       all[i].wanted, all[i].name);
	test_signatures(mem);
	mem_free(mem);
	return tap_done();
}
