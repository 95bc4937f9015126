/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * URIDNSBL: the domains and hosts of a message's links, asked for in lists of
 * names, and their addresses and name servers in lists of those.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "mail/domain.h"
#include "mail/netset.h"
#include "rule/eval_tables.h"
#include "rule/net.h"

#define NET_URI_DOMAINS_DEFAULT 20 /* uridnsbl_max_domains */
#define NET_URI_DOMAINS_MAX 500
#define NET_URI_RANKS 6

struct net_uri_host {
	const char *host, *domain; /* lower case */
};

struct net_uri_hosts {
	struct net_uri_host items[NET_URI_DOMAINS_MAX];
	size_t count, limit;
};

/* Links first that a reader would follow. */
static unsigned
net_uri_rank(const struct uri_detail *uri)
{
	unsigned parsed = 1u << URI_PARSED;

	if (uri->types & 1u << HTML_URI_A) {
		for (size_t i = 0; i < uri->anchor_count; i++)
			if (uri->anchor_text[i].len > 0)
				return 0;
		return 5;
	}
	if (uri->types & 1u << HTML_URI_FORM)
		return 1;
	if (uri->types & 1u << HTML_URI_IMG)
		return 2;
	return (uri->types & parsed) != 0 && (uri->types & ~(parsed |
		1u << URI_SCHEMELESS | 1u << URI_UNLINKED)) == 0 ? 4 : 3;
}

static void
net_uri_add(struct net_uri_hosts *hosts, const char *host, const char *domain)
{
	for (size_t i = 0; i < hosts->count; i++)
		if (strcmp(hosts->items[i].host, host) == 0)
			return;
	if (hosts->count < hosts->limit)
		hosts->items[hosts->count++] = (struct net_uri_host){ host,
								      domain };
}

static bool
net_uri_is_skipped(const struct ruleset *ruleset, const char *name)
{
	const struct rule_list *list = ruleset_list(ruleset,
						    "uridnsbl_skip_domain");

	for (size_t i = 0; list != NULL && i < list->count; i++)
		if (strcmp(list->items[i], name) == 0)
			return true;
	return false;
}

static void
net_uri_add_all(struct check *check, const struct uri_detail *uri,
		struct net_uri_hosts *hosts)
{
	for (size_t i = 0; i < uri->host_count; i++) {
		const char *host = uri->hosts[i],
			   *domain = uri->host_domains[i];

		if (domain == NULL)
			domain = host;
		if (!net_uri_is_skipped(check->ruleset, domain) &&
		    !net_uri_is_skipped(check->ruleset, host))
			net_uri_add(hosts, host, domain);
	}
}

static void
net_uri_collect(struct check *check, struct net_uri_hosts *hosts)
{
	const struct uri_list *uris = check_uris(check);
	const char *limit = ruleset_setting(check->ruleset,
					    "uridnsbl_max_domains", NULL);
	bool mailto = strcmp(ruleset_setting(check->ruleset,
					     "uridnsbl_skip_mailto", "1"),
			     "0") == 0;

	hosts->count = 0;
	hosts->limit = limit == NULL ? NET_URI_DOMAINS_DEFAULT :
		strtoul(limit, NULL, 10);
	if (hosts->limit > NET_URI_DOMAINS_MAX)
		hosts->limit = NET_URI_DOMAINS_MAX;
	for (unsigned rank = 0; rank < NET_URI_RANKS; rank++)
		for (size_t i = 0; i < uris->count; i++)
			if (net_uri_rank(&uris->items[i]) == rank &&
			    (mailto || !slice_starts_nocase(uris->items[i].raw,
							    "mailto:")))
				net_uri_add_all(check, &uris->items[i], hosts);
}

/* --- the lists --- */

static void
net_uri_answered(struct check *check, const struct net_asked *asked,
		 const struct dns_answer *answer)
{
	const struct net_rule *net = asked->rule->net;

	for (size_t i = 0; i < answer->record_count; i++) {
		struct slice text = net_record(check, answer, i);

		/* Others than 127/8 are somebody's parked domain. */
		if (text.data == NULL ||
		    (net->subtest.kind == NET_ANY && answer->type == DNS_A &&
		     !slice_starts(text, "127.")))
			continue;
		if (net_subtest_matches(check, &net->subtest, text, 0))
			net_hit(check, asked->rule,
				mem_printf(check, "URI: %s", asked->subject));
	}
}

/* One list about one name or address. */
static void
net_uri_ask(struct check *check, const struct rule *rule, const char *what,
	    const char *subject)
{
	const struct net_rule *net = rule->net;
	char *name = domain_is_ip(slice_of(what)) ?
		dns_reverse(check, what, net->zone, net->zone) :
		mem_printf(check, "%s.%s", what, net->zone);

	if (name != NULL)
		net_ask(check, rule, name, net->types[0], subject,
			net_uri_answered);
}

/* Calls ask for every rule of a kind. */
static void
net_uri_each(struct check *check, enum net_kind kind, const char *what,
	     const char *subject,
	     bool (*wanted)(const struct net_rule *net))
{
	const struct ruleset *ruleset = check->ruleset;

	for (size_t i = 0; i < ruleset->asking_count; i++) {
		const struct rule *rule = ruleset->asking[i];

		if (rule->net->kind == kind &&
		    (wanted == NULL || wanted(rule->net)))
			net_uri_ask(check, rule, what, subject);
	}
}

static bool
net_uri_wants_a(const struct net_rule *net)
{
	return net->of_a;
}

static bool
net_uri_wants_ns(const struct net_rule *net)
{
	return net->of_ns || !net->of_a;
}

static void
net_uri_a_answered(struct check *check, const struct net_asked *asked,
		   const struct dns_answer *answer)
{
	char address[DNS_ADDRESS_TEXT];

	for (size_t i = 0; i < answer->record_count; i++)
		if (dns_address(answer, i, address))
			net_uri_ask(check, asked->rule, address,
				    mem_printf(check, "%s/%s", asked->subject,
					       address));
}

static void
net_uri_ns_answered(struct check *check, const struct net_asked *asked,
		    const struct dns_answer *answer)
{
	const struct uri_settings *uris = &check->ruleset->settings.uris;
	const struct rule *rule = asked->rule;

	for (size_t i = 0; i < answer->record_count; i++) {
		const char *host = dns_host(check, answer, i);

		if (host == NULL)
			continue;
		if (rule->net->kind == NET_URI_FULL_NS)
			net_uri_ask(check, rule, host, host);
		else if (rule->net->kind == NET_URI_NS)
			net_uri_ask(check, rule, uri_domain(check, host, uris),
				    host);
		else
			net_ask(check, rule, host, DNS_A, host,
				net_uri_a_answered);
	}
}

/* Rules that first want to know addresses or name servers. */
static void
net_uri_ask_about(struct check *check, const struct net_uri_host *host)
{
	const struct ruleset *ruleset = check->ruleset;

	for (size_t i = 0; i < ruleset->asking_count; i++) {
		const struct rule *rule = ruleset->asking[i];
		const struct net_rule *net = rule->net;

		if (net->kind == NET_URI_ADDRESS && net_uri_wants_a(net))
			net_ask(check, rule, host->host, DNS_A, host->host,
				net_uri_a_answered);
		if ((net->kind == NET_URI_ADDRESS && net_uri_wants_ns(net)) ||
		    net->kind == NET_URI_NS || net->kind == NET_URI_FULL_NS)
			net_ask(check, rule, host->domain, DNS_NS, host->domain,
				net_uri_ns_answered);
	}
}

static bool
net_uri_of_names(const struct net_rule *net)
{
	return !net->ips_only && !net->notrim;
}

static bool
net_uri_of_whole_names(const struct net_rule *net)
{
	return !net->ips_only && net->notrim;
}

static bool
net_uri_of_addresses(const struct net_rule *net)
{
	return !net->domains_only;
}

static void
net_uri_host_begin(struct check *check, const struct net_uri_host *host)
{
	if (domain_is_ip(slice_of(host->host))) {
		if (strchr(host->host, ':') == NULL &&
		    !netset_is_private(host->host))
			net_uri_each(check, NET_URI_NAME, host->host,
				     host->host, net_uri_of_addresses);
		return;
	}
	net_uri_each(check, NET_URI_NAME, host->domain, host->domain,
		     net_uri_of_names);
	net_uri_each(check, NET_URI_NAME, host->host, host->host,
		     net_uri_of_whole_names);
	net_uri_ask_about(check, host);
}

static int
net_uri_compare(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

/* The tags URIHOSTS and URIDOMAINS: sorted, each once. */
static void
net_uri_set_tag(struct check *check, const char *tag,
		const struct net_uri_hosts *hosts, bool domains)
{
	const char **names = mem_array(check, const char *, hosts->count + 1);
	struct buf text = BUF(check);

	for (size_t i = 0; i < hosts->count; i++)
		names[i] = domains ? hosts->items[i].domain :
			hosts->items[i].host;
	if (hosts->count > 1)
		qsort(names, hosts->count, sizeof(*names), net_uri_compare);
	for (size_t i = 0; i < hosts->count; i++)
		if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
			buf_printf(&text, "%s%s", text.len > 0 ? " " : "",
				   names[i]);
	if (text.len > 0)
		check_tag_set(check, tag, buf_view(&text));
}

void
net_begin_uris(struct check *check)
{
	struct net_uri_hosts *hosts;

	if (strcmp(ruleset_setting(check->ruleset, "skip_uribl_checks", "0"),
		   "0") != 0)
		return;
	hosts = mem_new(check, struct net_uri_hosts);
	net_uri_collect(check, hosts);
	net_uri_set_tag(check, "URIHOSTS", hosts, false);
	net_uri_set_tag(check, "URIDOMAINS", hosts, true);
	for (size_t i = 0; i < hosts->count; i++)
		net_uri_host_begin(check, &hosts->items[i]);
	mem_free(hosts);
}

/* The rule's lines say what is asked; its eval only waits. */
static int
net_uri_eval(struct check *check, const struct rule *rule)
{
	return net_is_on(check) && rule->net != NULL ? EVAL_LATER : 0;
}

const struct eval evals_uridnsbl[] = {
	{ "check_uridnsbl", net_uri_eval, NULL },
	{ NULL, NULL, NULL },
};
