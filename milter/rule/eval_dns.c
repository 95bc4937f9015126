/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNSEval: lists of addresses and names, asked about the relays and senders of
 * a mail. A rule belongs to a set; check_rbl_sub rules look at the answers that
 * other rules of their set have got.
 */
#include "rule/eval_tables.h"

#include "base/mem.h"
#include "mail/address_list.h"
#include "mail/domain.h"
#include "mail/form.h"
#include "mail/netset.h"
#include "rule/check_private.h"
#include "rule/eval_args.h"
#include "rule/eval_private.h"
#include "rule/net.h"

#define RBL_RELAYS_DEFAULT 9 /* num_check_received */
#define RBL_RELAYS_MAX 200   /* addresses that are looked at in all */

/* Addresses, each once. */
struct rbl_list {
	const char *items[RBL_RELAYS_MAX];
	size_t count;
};

static void
rbl_add(struct rbl_list *list, const char *ip)
{
	if (ip[0] == '\0' || list->count == RBL_RELAYS_MAX ||
	    netset_is_private(ip))
		return;
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], ip) == 0)
			return;
	list->items[list->count++] = ip;
}

/* Addresses in X-Yahoo-Post-IP, X-Originating-IP and the like, if we do not
 * trust them. */
static void
rbl_add_originating(struct check *check, struct rbl_list *list)
{
	const struct relay_settings *relays = &check->ruleset->settings.relays;

	for (size_t i = 0; relays->originating_ip_headers != NULL &&
	     relays->originating_ip_headers[i] != NULL; i++) {
		struct slice rest = check_header_text(check,
					relays->originating_ip_headers[i]);
		struct slice word;

		while (slice_word(&rest, " \t\r\n,;()<>[]", &word)) {
			const char *ip = slice_string(check, word);

			if (domain_is_ip(word) &&
			    !(relays->trusted != NULL &&
			      netset_contains(relays->trusted, ip)))
				rbl_add(list, ip);
		}
	}
}

/* The untrusted ones; external: and those that are trusted, not internal. */
static void
rbl_add_relays(struct check *check, struct rbl_list *list, bool external)
{
	const struct relays *relays = check_relays(check);

	for (size_t i = 0; i < relays->count; i++)
		if (external ? !relays->items[i].internal :
			       i >= relays->trusted_count)
			rbl_add(list, relays->items[i].ip);
}

static void
rbl_keep_first(struct rbl_list *list)
{
	if (list->count > 1)
		list->count = 1;
}

static void
rbl_reverse(struct rbl_list *list)
{
	for (size_t i = 0; i < list->count / 2; i++) {
		const char *ip = list->items[i];

		list->items[i] = list->items[list->count - 1 - i];
		list->items[list->count - 1 - i] = ip;
	}
}

/* Which addresses a set looks at: by the end of its name. */
static void
rbl_addresses(struct check *check, const char *set, struct rbl_list *list)
{
	struct slice name = slice_of(set);

	list->count = 0;
	if (slice_ends_nocase(name, "-notfirsthop")) {
		rbl_add_relays(check, list, true);
		if (list->count > 1)
			list->count--;
	} else if (slice_ends_nocase(name, "-lastexternal")) {
		rbl_add_relays(check, list, true);
		rbl_keep_first(list);
	} else if (slice_ends_nocase(name, "-firsttrusted")) {
		rbl_add_relays(check, list, false);
		rbl_add_originating(check, list);
		rbl_keep_first(list);
	} else {
		rbl_add_relays(check, list, false);
		rbl_add_originating(check, list);
		if (!slice_ends_nocase(name, "-untrusted"))
			rbl_reverse(list);
		else if (list->count > 0)
			memmove(list->items, list->items + 1,
				--list->count * sizeof(list->items[0]));
	}
}

/* Some lists must not be asked about relays that we trust. */
static void
rbl_trim(struct check *check, const struct rule *rule, struct rbl_list *list)
{
	const struct netset *trusted = check->ruleset->settings.relays.trusted;
	const char *most = ruleset_setting(check->ruleset,
					   "num_check_received", NULL);
	size_t limit = most != NULL ? strtoul(most, NULL, 10) :
		RBL_RELAYS_DEFAULT, skip = 0;

	if (list->count > limit)
		list->count = limit;
	while (!(rule->flags & RULE_NICE) && trusted != NULL &&
	       skip < list->count && netset_contains(trusted,
						     list->items[skip]))
		skip++;
	memmove(list->items, list->items + skip,
		(list->count - skip) * sizeof(list->items[0]));
	list->count -= skip;
}

/* --- answers --- */

static void
rbl_test(struct check *check, const struct rule *rule,
	 const struct net_asked *asked, struct slice text)
{
	if (net_subtest_matches(check, &rule->net->subtest, text, 0))
		net_hit(check, rule, mem_printf(check, "%s listed in %s",
						asked->subject,
						asked->rule->net->zone));
}

static void
rbl_test_set(struct check *check, const struct net_asked *asked,
	     struct slice text)
{
	const struct ruleset *ruleset = check->ruleset;

	for (size_t i = 0; i < ruleset->asking_count; i++) {
		const struct rule *rule = ruleset->asking[i];

		if (rule->net->kind != NET_RBL_SUB ||
		    strcmp(rule->net->set, asked->rule->net->set) != 0)
			continue;
		check->states[rule->index] = CHECK_KNOWN;
		if (text.data != NULL)
			rbl_test(check, rule, asked, text);
	}
}

static void
rbl_answered(struct check *check, const struct net_asked *asked,
	     const struct dns_answer *answer)
{
	if (answer->status != DNS_FAILED)
		rbl_test_set(check, asked, SLICE_NONE);
	for (size_t i = 0; i < answer->record_count; i++) {
		struct slice text = net_record(check, answer, i);

		/* Others than 127/8 are somebody's parked domain. */
		if (text.data == NULL ||
		    (answer->type == DNS_A && !slice_starts(text, "127.")))
			continue;
		rbl_test(check, asked->rule, asked, text);
		rbl_test_set(check, asked, text);
	}
}

/* --- evals --- */

static int
rbl_ask_addresses(struct check *check, const struct rule *rule,
		  const struct rbl_list *list)
{
	int result = 0;

	for (size_t i = 0; i < list->count; i++) {
		char *name = dns_reverse(check, list->items[i],
					 rule->net->zone, rule->net->zone);

		if (name != NULL && net_ask(check, rule, name,
					    rule->net->types[0],
					    list->items[i], rbl_answered))
			result = EVAL_LATER;
	}
	return result;
}

static int
rbl_check(struct check *check, const struct rule *rule)
{
	struct rbl_list list;

	if (!net_is_on(check))
		return 0;
	/* If all relays are trusted, nothing is asked at all. */
	list.count = 0;
	rbl_add_relays(check, &list, false);
	rbl_add_originating(check, &list);
	if (list.count == 0)
		return 0;
	rbl_addresses(check, rule->net->set, &list);
	rbl_trim(check, rule, &list);
	return rbl_ask_addresses(check, rule, &list);
}

static int
rbl_sub(struct check *check, const struct rule *rule)
{
	return net_is_on(check) ? EVAL_LATER : 0;
}

/* One name or address. */
static int
rbl_ask_host(struct check *check, const struct rule *rule, struct slice host)
{
	const struct net_rule *net = rule->net;
	bool is_ip = domain_is_ip(host);
	const char *text = str_lower(check, slice_string(check, host));
	char *name;

	if (is_ip ? net->domains_only : net->ips_only)
		return 0;
	if (!is_ip && (!address_host_is_valid(host) ||
		       !domain_has_tld(&check->ruleset->settings.uris, host)))
		return 0;
	name = is_ip ? dns_reverse(check, text, net->zone, net->zone) :
		mem_printf(check, "%s.%s", text, net->zone);
	return name != NULL && net_ask(check, rule, name, DNS_A, text,
				       rbl_answered) ? EVAL_LATER : 0;
}

/* What stands behind the @, without dots too many. */
static struct slice
rbl_address_host(struct check *check, struct slice address)
{
	size_t at = slice_find(address, 0, '@') + 1;
	struct slice host = slice_from(address, at);
	struct buf out = BUF(check);

	host = slice_cut(host, 0, slice_find(host, 0, '@'));
	while (host.len > 0 && host.data[host.len - 1] == '.')
		host.len--;
	for (size_t i = 0; i < host.len; i++)
		if (host.data[i] != '.' ||
		    (out.len > 0 && out.data[out.len - 1] != '.'))
			buf_char(&out, host.data[i]);
	return slice_find(buf_view(&out), 0, '.') < out.len ? buf_view(&out) :
							      SLICE_NONE;
}

static int
rbl_ask_address(struct check *check, const struct rule *rule,
		struct slice address)
{
	struct slice host = rbl_address_host(check, address);

	return host.data == NULL ? 0 : rbl_ask_host(check, rule, host);
}

static int
rbl_from_host(struct check *check, const struct rule *rule)
{
	const struct slice *items;
	size_t count =
		net_is_on(check) ? eval_from_addresses(check, &items) : 0;
	int result = 0;

	for (size_t i = 0; i < count; i++)
		result |= rbl_ask_address(check, rule, items[i]);
	return result;
}

static int
rbl_from_domain(struct check *check, const struct rule *rule)
{
	const struct slice *items;
	size_t count =
		net_is_on(check) ? eval_from_addresses(check, &items) : 0;
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		struct slice host = rbl_address_host(check, items[i]);
		const char *domain = host.data == NULL ? NULL :
			uri_domain(check, str_lower(check,
					slice_string(check, host)),
				   &check->ruleset->settings.uris);

		if (domain != NULL)
			result |= rbl_ask_host(check, rule, slice_of(domain));
	}
	return result;
}

static int
rbl_envfrom(struct check *check, const struct rule *rule)
{
	return net_is_on(check) ?
		rbl_ask_address(check, rule,
				check_header_text(check, "EnvelopeFrom:addr")) :
		0;
}

/* The relay farthest away: by its address and its names. */
static int
rbl_received(struct check *check, const struct rule *rule)
{
	const struct relays *relays = check_relays(check);
	const struct relay *last;
	int result = 0;

	if (!net_is_on(check) || relays->count == relays->trusted_count)
		return 0;
	last = &relays->items[relays->count - 1];
	result |= rbl_ask_host(check, rule, slice_of(last->ip));
	result |= rbl_ask_host(check, rule, slice_of(last->by));
	result |= rbl_ask_host(check, rule, slice_of(last->helo));
	result |= rbl_ask_host(check, rule, slice_of(last->rdns));
	return result;
}

static int
rbl_headers(struct check *check, const struct rule *rule)
{
	static const char *const standard = "EnvelopeFrom,Reply-To,"
		"Disposition-Notification-To,X-WebmailclientIP,X-Source-IP";
	const char *names = eval_arg(rule, 3);
	struct slice rest, name, host;
	int result = 0;

	if (names == NULL)
		names = ruleset_setting(check->ruleset, "rbl_headers",
					standard);
	rest = slice_of(names);
	while (net_is_on(check) && slice_word(&rest, ",", &name)) {
		const char *header = slice_string(check, name);
		struct slice address = check_header_text(check,
					mem_printf(check, "%s:addr", header));
		struct slice all = check_header_text(check, header);

		if (slice_find(address, 0, '@') < address.len) {
			result |= rbl_ask_address(check, rule, address);
			continue;
		}
		while (slice_word(&all, "\n", &host))
			result |= rbl_ask_host(check, rule, slice_trim(host));
	}
	return result;
}

/* "a--NAME." in the envelope sender, or a word of the field Accreditor. */
static int
rbl_accreditor(struct check *check, const struct rule *rule)
{
	const char *wanted = eval_arg(rule, 3);
	struct slice sender = check_header_text(check, "EnvelopeFrom:addr");
	struct slice field = check_header_text(check, "Accreditor"), one, word;
	const char *tag = mem_printf(check, "a--%s.",
				     wanted != NULL ? wanted : "");
	size_t at = slice_search_nocase(sender, 0, slice_of(tag));
	bool found = at > 0 && at < sender.len &&
		(sender.data[at - 1] == '@' || sender.data[at - 1] == '.');

	while (wanted != NULL && slice_word(&field, ",", &one))
		if (slice_word(&one, " \t\n", &word) &&
		    slice_is_nocase(word, wanted))
			found = true;
	return wanted != NULL && found ? rbl_check(check, rule) : 0;
}

/* SpamAssassin's asks, and then waits for an answer with records that says
 * there are none: it cannot hit. */
static int
rbl_dns_sender(struct check *check, const struct rule *rule)
{
	return 0;
}

const struct eval evals_dnseval[] = {
	{ "check_rbl", rbl_check, NULL },
	{ "check_rbl_txt", rbl_check, NULL },
	{ "check_rbl_sub", rbl_sub, NULL },
	{ "check_rbl_from_host", rbl_from_host, NULL },
	{ "check_rbl_from_domain", rbl_from_domain, NULL },
	{ "check_rbl_envfrom", rbl_envfrom, NULL },
	{ "check_rbl_rcvd", rbl_received, NULL },
	{ "check_rbl_headers", rbl_headers, NULL },
	{ "check_rbl_accreditor", rbl_accreditor, NULL },
	{ "check_dns_sender", rbl_dns_sender, NULL },
	{ NULL, NULL, NULL },
};
