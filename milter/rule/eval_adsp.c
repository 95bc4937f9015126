/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The author domain's signing practices (RFC 5617), which SpamAssassin still
 * asks for: whether the domain in From signs all its mail, and whether it is
 * there at all. adsp_override answers for some domains, the DNS for the others.
 */
#include <string.h>

#include "base/mem.h"
#include "mail/dkim.h"
#include "mail/domain.h"
#include "rule/check_private.h"
#include "rule/eval_args.h"
#include "rule/eval_dkim.h"
#include "rule/eval_tables.h"
#include "rule/net.h"

/* The letter of a practice's name, or 0. */
static char
adsp_letter(struct slice practice)
{
	static const struct {
		const char *name;
		char letter;
	} practices[] = {
		{ "nxdomain", 'N' },   { "unknown", 'U' },
		{ "all", 'A' },	       { "discardable", 'D' },
		{ "custom_low", '1' }, { "custom_med", '2' },
		{ "custom_high", '3' },
	};

	for (size_t i = 0; i < sizeof(practices) / sizeof(*practices); i++)
		if (slice_is_nocase(practice, practices[i].name))
			return practices[i].letter;
	return 0;
}

/* A line "[@]name [practice]" about the domain ("*." before it, if below); "*"
 * is about all. The letter, or 0. */
static char
adsp_line(const char *line, const char *domain, bool below)
{
	struct slice rest = slice_of(line), name;
	struct slice practice = SLICE("discardable");

	if (!slice_word(&rest, " \t", &name))
		return 0;
	if (name.len > 0 && name.data[0] == '@')
		name = slice_from(name, 1);
	if (below && domain[0] == '\0') {
		if (!slice_is(name, "*"))
			return 0;
	} else if (below ? !slice_starts(name, "*.") ||
				 !slice_is_nocase(slice_from(name, 2), domain)
			 : !slice_is_nocase(name, domain)) {
		return 0;
	}
	slice_word(&rest, " \t", &practice);
	return adsp_letter(practice);
}

/* adsp_override: the domain itself, then "*." and each domain above it, then
 * "*". 0: none; of several lines about one, the last counts. */
static char
adsp_override(const struct check *check, const char *domain)
{
	const struct rule_list *list = ruleset_list(check->ruleset,
						    "adsp_override");
	bool below = false;
	char letter = 0;

	while (list != NULL && letter == 0) {
		for (size_t i = 0; i < list->count; i++) {
			char one = adsp_line(list->items[i], domain,
						  below);

			letter = one != 0 ? one : letter;
		}
		if (below && domain[0] == '\0')
			break;
		domain = strchr(domain, '.');
		domain = domain == NULL ? "" : domain + 1;
		below = true;
	}
	return letter;
}

/* The domain has signed, or could not be asked whether it has. */
static bool
adsp_has_signed(struct check *check, const char *domain)
{
	const struct dkim_results *found = dkim_found(check);

	for (size_t i = 0; found != NULL && i < found->count; i++) {
		const struct dkim_signature *one = found->items[i];

		if ((one->result == AUTH_PASS ||
		     one->result == AUTH_TEMPERROR) &&
		    strcmp(dkim_speaker(check, one), domain) == 0)
			return true;
	}
	return false;
}

static bool
adsp_wants(const struct rule *rule, char letter)
{
	const char *wanted = eval_arg(rule, 0);

	if (strcmp(rule->function, "check_dkim_signall") == 0)
		wanted = "A";
	if (wanted == NULL)
		return false;
	return strchr(strcmp(wanted, "*") == 0 ? "NAD123" : wanted, letter) !=
		NULL;
}

static void
adsp_hit(struct check *check, const struct rule *rule, char letter,
	      const char *domain)
{
	if (adsp_wants(rule, letter) && dkim_is_one_of(rule, 1, domain))
		net_hit(check, rule, domain);
}

/* Nobody gets mail at a domain that is not there. */
static void
adsp_exists(struct check *check, const struct net_asked *asked,
		 const struct dns_answer *answer)
{
	if (answer->status == DNS_NXDOMAIN)
		adsp_hit(check, asked->rule, 'N', asked->subject);
}

static void
adsp_policy(struct check *check, const struct net_asked *asked,
		 const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->record_count; i++) {
		struct slice text = slice_trim(dns_text(check, answer, i));

		if (slice_starts_nocase(text, "dkim=all"))
			adsp_hit(check, asked->rule, 'A', asked->subject);
		else if (slice_starts_nocase(text, "dkim=discardable"))
			adsp_hit(check, asked->rule, 'D', asked->subject);
	}
}

static int
adsp_ask(struct check *check, const struct rule *rule, const char *domain)
{
	const char *ascii = slice_string(check, domain_to_ascii(check,
							slice_of(domain)));
	int result = 0;

	if (adsp_wants(rule, 'N') &&
	    net_ask(check, rule, ascii, DNS_MX, domain, adsp_exists))
		result = EVAL_LATER;
	if ((adsp_wants(rule, 'A') || adsp_wants(rule, 'D')) &&
	    net_ask(check, rule,
		    mem_printf(check, "_adsp._domainkey.%s", ascii), DNS_TXT,
		    domain, adsp_policy))
		result = EVAL_LATER;
	return result;
}

static int
adsp_check(struct check *check, const struct rule *rule)
{
	struct dkim_authors authors;
	int result = 0;

	if (!dns_is_on(check->options.dns))
		return 0;
	dkim_authors(check, &authors);
	for (size_t i = 0; i < authors.count; i++) {
		const char *domain = authors.domains[i];
		char letter;

		if (strchr(domain, '.') == NULL ||
		    adsp_has_signed(check, domain))
			continue;
		letter = adsp_override(check, domain);
		if (letter == 0)
			result |= adsp_ask(check, rule, domain);
		else if (adsp_wants(rule, letter) &&
			 dkim_is_one_of(rule, 1, domain))
			return 1;
	}
	return result;
}

const struct eval evals_adsp[] = {
	{ "check_dkim_adsp", adsp_check, NULL },
	{ "check_dkim_signall", adsp_check, NULL },
	{ NULL, NULL, NULL },
};
