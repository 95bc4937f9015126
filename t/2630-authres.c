/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Authentication-Results: what is written, and which fields claim to be
 * ours. */
#include "tap.h"

#include "base/mem.h"
#include "mail/arc.h"
#include "mail/authres.h"
#include "mail/dkim.h"
#include "mail/dmarc.h"

static void
test_write(void *mem)
{
	struct dkim_signature good = {
		AUTH_PASS, "", "a.example", "s1", "@a.example", "rsa-sha256",
		"abcd/+12", 2048, false, 0
	};
	struct dkim_signature bad = {
		AUTH_NEUTRAL, "d= is (no) name", "", "", "", "", "", 0, false, 0
	};
	struct dkim_signature *both[] = { &good, &bad };
	struct dkim_results dkim = { both, 2, 0 };
	struct arc_results arc = { AUTH_NONE, "", NULL, 0 };
	struct dmarc_results dmarc = { .result = AUTH_FAIL, .why = "",
				       .domain = "a.example",
				       .policy = DMARC_REJECT,
				       .disposition = DMARC_QUARANTINE };
	struct auth_results all = {
		.spf = { AUTH_SOFTFAIL, "mailfrom", "a.example",
			 "\"x\"; dkim=pass\r\nX: y@a.example", "~all", "" },
		.spf_helo = { AUTH_NONE, "helo", "mail.a.example", "", "", "" },
		.dkim = &dkim, .arc = &arc, .dmarc = &dmarc,
	};
	struct auth_results none = { .client = "" };

	tap_is(authres_write(mem, "mx.example.org", &all),
	       "mx.example.org;\n"
	       "\tspf=softfail smtp.mailfrom=\"\\\"x\\\"; dkim=pass??X: "
	       "y@a.example\";\n"
	       "\tspf=none smtp.helo=mail.a.example;\n"
	       "\tdkim=pass header.d=a.example header.s=s1 "
	       "header.a=rsa-sha256 header.b=abcd/+12;\n"
	       "\tdkim=neutral (d= is ?no? name);\n"
	       "\tdmarc=fail (p=reject dis=quarantine) header.from=a.example",
	       "all methods, and nothing that a stranger wrote gets out");
	all.vouched = "list.example";
	tap_ok(slice_search(slice_of(authres_write(mem, "mx", &all)), 0,
			    SLICE("dis=none arc=pass")) <
	       strlen(authres_write(mem, "mx", &all)),
	       "a trusted forwarder's word is told");
	tap_is(authres_write(mem, "mx.example.org", &none),
	       "mx.example.org; none", "nothing was looked at");
}

static void
test_claims(void *mem)
{
	static const struct {
		const char *value;
		bool ours;
	} given[] = {
		{ " mx.example.org; spf=pass", true },
		{ " MX.Example.ORG;", true },
		{ "mx.example.org", true },
		{ " mx.example.org 1; spf=pass", true },
		{ " mx.example.org/1; spf=pass", true },
		{ " (a \\) comment (in it)) mx.example.org; spf=pass", true },
		{ "\n\t\"mx.example.org\"; spf=pass", true },
		{ " \"mx.example\\.org\"; spf=pass", true },
		{ " mx.example.org(x); spf=pass", true },
		{ " (mx.example.org; spf=pass", true },
		{ " \"mx.example.org; spf=pass", true },
		{ " other.example.org; spf=pass", false },
		{ " mx.example.org.evil.example; spf=pass", false },
		{ " (mx.example.org) other.example; spf=pass", false },
		{ "", false },
	};

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		tap_ok(authres_claims(mem, slice_of(given[i].value),
				      "mx.example.org") == given[i].ours,
		       "%zu: %s", i, given[i].ours ? "ours" : "not ours");
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	test_write(mem);
	test_claims(mem);
	mem_free(mem);
	return tap_done();
}
