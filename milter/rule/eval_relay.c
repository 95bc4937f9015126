/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RelayEval: what the relays of a message say of themselves. */
#include "rule/eval_args.h"
#include "rule/eval_private.h"

#include <string.h>

#include "base/mem.h"
#include "rule/eval_tables.h"

static bool
relay_is_v4(const char *text)
{
	size_t ends[2];

	return strchr(text, ':') == NULL &&
	       form_ip(slice_of(text), 0, ends) == 1 &&
	       ends[0] == strlen(text);
}

static int
relay_all_trusted(struct check *check, const struct rule *rule)
{
	return check_relays(check)->all_trusted;
}

static int
relay_none(struct check *check, const struct rule *rule)
{
	const struct relays *relays = check_relays(check);

	return relays->count == 0 && relays->unparseable == 0;
}

static int
relay_unparseable(struct check *check, const struct rule *rule)
{
	return check_relays(check)->unparseable > 0;
}

/* An address as HELO name that is of another /24 than the client. */
static int
relay_helo_ip_mismatch(struct check *check, const struct rule *rule)
{
	const struct relays *relays = check_relays(check);

	for (size_t i = relays->trusted_count; i < relays->count; i++) {
		const struct relay *relay = &relays->items[i];
		size_t n;

		if (!relay_is_v4(relay->helo) ||
		    netset_is_private(relay->helo) ||
		    !relay_is_v4(relay->ip) || relay->ip_private)
			continue;
		n = (size_t)(strrchr(relay->helo, '.') - relay->helo) + 1;
		if (strncmp(relay->helo, relay->ip, n) != 0)
			return 1;
	}
	return 0;
}

/* An address that the client gives as its name, not a private one. */
static int
relay_numeric_helo(struct check *check, const struct rule *rule)
{
	struct slice text = check_relays(check)->as_untrusted;
	struct form form = eval_form(text);

	for (size_t at = 0; at < text.len; at++) {
		struct slice helo;

		at = slice_search(text, at, SLICE("helo="));
		if (!form_is_edge(text, at) ||
		    !form_match(&form, "helo=%i", at))
			continue;
		helo = form.fields[FORM_IP];
		if ((form.end == text.len ||
		     strchr(" ,;[()<>", text.data[form.end]) != NULL) &&
		    relay_is_v4(slice_string(check, helo)))
			return !netset_is_private(slice_string(check, helo));
	}
	return 0;
}

/* The last relay that is looked at decides, as in SpamAssassin. */
static int
relay_no_rdns_dotcom(struct check *check, const struct rule *rule)
{
	static const char *const domains[] = {
		"lycos.com",	"lycos.co.uk",	"hotmail.com", "localhost.com",
		"excite.com",	"caramail.com", "cs.com",      "aol.com",
		"msn.com",	"yahoo.com",	"drizzle.com", NULL,
	};
	const struct relays *relays = check_relays(check);
	int found = 0;

	for (size_t i = relays->trusted_count; i < relays->count; i++) {
		const struct relay *relay = &relays->items[i];
		struct slice helo = slice_of(relay->lc_helo);

		if (relay->ip_private)
			continue;
		found = 0;
		for (size_t k = 0; domains[k] != NULL; k++) {
			size_t n = strlen(domains[k]);

			if (slice_ends_nocase(helo, domains[k]) &&
			    (helo.len == n ||
			     helo.data[helo.len - n - 1] == '.'))
				found = relay->no_reverse_dns;
		}
	}
	return found;
}

/* The last labels, as many as a registry leaves one, roughly. */
static struct slice
relay_domain(const char *host)
{
	struct slice text = slice_of(host);
	size_t starts[3] = { 0, 0, 0 }, parts = 1;
	struct slice last;
	bool letters = false, graphic;

	while (text.len > 0 && text.data[text.len - 1] == '.')
		text.len--;
	for (size_t i = 0; i < text.len; i++) {
		letters = letters || str_is_alpha((unsigned char)text.data[i]);
		if (text.data[i] != '.')
			continue;
		starts[2] = starts[1];
		starts[1] = starts[0];
		starts[0] = i + 1;
		parts++;
	}
	if (!letters || parts < 2)
		return slice_of(host);
	last = slice_from(text, starts[0]);
	graphic = last.len >= 3;
	if (graphic || eval_has(last, "ie") || eval_has(last, "fr") ||
	    eval_has(last, "de"))
		return slice_from(text, starts[1]);
	return parts > 2 ? slice_from(text, starts[2]) : slice_of(host);
}

/* Words with a dot behind the second letter or later. */
static bool
relay_is_host(struct slice host)
{
	size_t dot = host.len;

	for (size_t i = 0; i < host.len; i++)
		if (!form_is_word(host.data[i]) && host.data[i] != '.' &&
		    host.data[i] != '-')
			return false;
	while (dot > 0 && host.data[dot - 1] != '.')
		dot--;
	for (size_t i = dot; i < host.len; i++)
		if (!form_is_word(host.data[i]))
			return false;
	return dot > 2 && dot < host.len && form_is_word(host.data[0]);
}

/* Each relay should be called by the next as it calls itself; one mismatch is
 * allowed. */
static int
relay_forged_trail(struct check *check, const struct rule *rule)
{
	const struct relays *relays = check_relays(check);
	struct slice before = SLICE_NONE;
	int mismatches = 0;

	for (size_t i = relays->trusted_count; i < relays->count; i++) {
		const struct relay *relay = &relays->items[i];
		struct slice by = relay_domain(relay->lc_by);
		struct slice from = relay_domain(relay->lc_rdns);

		if (relay_is_host(by)) {
			if ((slice_is(from, "localhost") ||
			     slice_is(from, "localhost.localdomain")) &&
			    strcmp(relay->ip, "127.0.0.1") == 0)
				from = SLICE_NONE;
			if (before.data != NULL && relay_is_host(before) &&
			    !slice_equal(by, before) &&
			    !(slice_is(by, "msn.com") &&
			      slice_is(before, "hotmail.com")))
				mismatches++;
		}
		before = from;
	}
	return mismatches > 1;
}

/* An address as HELO name that is of another /16 than the client. */
static int
relay_forged_ip_helo(struct check *check, const struct rule *rule)
{
	const struct relays *relays = check_relays(check);

	for (size_t i = relays->trusted_count; i < relays->count; i++) {
		const struct relay *relay = &relays->items[i];
		size_t n;

		if (!relay_is_host(relay_domain(relay->lc_by)) ||
		    !relay_is_v4(relay->helo) || !relay_is_v4(relay->ip) ||
		    netset_is_private(relay->helo))
			continue;
		n = strcspn(relay->helo, ".") + 1;
		n += strcspn(relay->helo + n, ".") + 1;
		if (strncmp(relay->helo, relay->ip, n) != 0)
			return 1;
	}
	return 0;
}

/* The last relay has a name in DNS and is not a private one. */
static int
relay_sender_no_reverse(struct check *check, const struct rule *rule)
{
	const struct relays *relays = check_relays(check);
	const struct relay *last;

	if (relays->trusted_count == relays->count)
		return 0;
	last = &relays->items[relays->count - 1];
	return strchr(last->rdns, '.') != NULL && !last->ip_private;
}

/* SpamAssassin keeps the name, but does nothing any more. */
static int
relay_illegal_ip(struct check *check, const struct rule *rule)
{
	return 0;
}

/* The sender is of a domain, and a host of it handed the mail to another of its
 * own ("true"), or none did ("false"). */
static int
relay_from_domain(struct check *check, const struct rule *rule)
{
	struct slice from = check_header_text(check, "From:addr");
	struct slice domain = slice_of(eval_arg(rule, 0));
	const struct relays *relays = check_relays(check);
	struct buf all = BUF(check);
	size_t at;

	if (rule->regex == NULL || rule->arg_count < 2)
		return 0;
	for (at = slice_search_nocase(from, 0, domain); at < from.len;
	     at = slice_search_nocase(from, at + 1, domain))
		if (form_is_edge(from, at))
			break;
	if (at >= from.len)
		return 0;
	buf_slice(&all, relays->as_trusted);
	buf_char(&all, '\n');
	buf_slice(&all, relays->as_untrusted);
	return eval_regex_matches(check, rule, buf_view(&all)) ==
	       (strcmp(rule->args[1], "true") == 0);
}

const struct eval evals_relayeval[] = {
	{ "check_all_trusted", relay_all_trusted, NULL },
	{ "check_no_relays", relay_none, NULL },
	{ "check_relays_unparseable", relay_unparseable, NULL },
	{ "helo_ip_mismatch", relay_helo_ip_mismatch, NULL },
	{ "check_for_numeric_helo", relay_numeric_helo, NULL },
	{ "check_for_no_rdns_dotcom_helo", relay_no_rdns_dotcom, NULL },
	{ "check_for_forged_received_trail", relay_forged_trail, NULL },
	{ "check_for_forged_received_ip_helo", relay_forged_ip_helo, NULL },
	{ "check_for_sender_no_reverse", relay_sender_no_reverse, NULL },
	{ "check_for_illegal_ip", relay_illegal_ip, NULL },
	{ "check_for_from_domain_in_received_headers", relay_from_domain,
	  NULL },
	{ NULL, NULL, NULL },
};
