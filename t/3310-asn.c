/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_asn: known where a list has told of the relay's network, else not;
 * t/9605-auth.t has a real name server. */
#include "tap.h"

#include <string.h>

#include "base/mem.h"
#include "rule/check_private.h"
#include "rules.h"

static const char rules[] =
	"loadplugin Mail::SpamAssassin::Plugin::ASN\n"
	"asn_lookup routes.test\n"
	"header OURS eval:check_asn('/^AS64500$/')\n"
	"tflags OURS net\n";

static const char answers[] =
	"9.7.6.5.routes.test TXT 64500 | 192.0.2.0/24 | |\n"
	"8.7.6.5.routes.test TXT 64501 | 192.0.2.0/24 | |\n"
	"7.7.6.5.routes.test TXT !servfail\n"
	"6.7.6.5.routes.test TXT !late\n";

static void
is(const char *ip, bool known, bool hit, const char *name)
{
	void *mem = mem_context(NULL, "test");
	struct err err = { 0 };
	struct ruleset_source source = { .text = SLICE(rules),
					 .network = true };
	struct check_options options = {
		.dns = dns_new(mem, dns_table(mem, slice_of(answers), &err),
			       50),
	};
	struct ruleset *ruleset = rules_load(mem, &source);
	const char *mail = mem_printf(
		mem,
		"Received: from a.test (a.test [%s]) by b.test; "
		"Mon, 1 Jan 2024 00:00:00 +0000\nSubject: s\n\nHello\n",
		ip);
	const struct check *check;

	dns_begin(options.dns);
	check = check_message(mem, ruleset,
			      message_parse(mem, slice_of(mail), NULL),
			      &options);
	tap_is_int(check->states[0], known ? CHECK_KNOWN : CHECK_UNKNOWN, name);
	tap_is_int((long long)check->hit_count, hit ? 1 : 0, "hits");
	mem_free(mem);
}

int
main(void)
{
	is("5.6.7.9", true, true, "the network asked for");
	is("5.6.7.8", true, false, "another one");
	is("5.6.7.5", false, false, "one that no list knows");
	is("5.6.7.7", false, false, "a list that fails");
	is("5.6.7.6", false, false, "a list that does not answer");
	return tap_done();
}
