/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WLBLEval: senders, recipients and hosts that rule files list. */
#include "rule/eval_private.h"
#include "rule/eval_tables.h"
#include "rule/rule_list.h"

#include <string.h>

#include "base/mem.h"

#define WLBL_HOST_MAX 255 /* bytes of a name in DNS */

/* What was found of welcomelist_from and its default twin. */
struct wlbl_from {
	bool known;
	int found; /* 1: listed; -1: listed, but came another way; 0: not */
};

static int
wlbl_any(struct check *check, const char *key,
	 size_t (*addresses)(struct check *, const struct slice **))
{
	const struct rule_list *list = ruleset_list(check->ruleset, key);
	const struct slice *items;
	size_t count;

	if (list == NULL || list->count == 0)
		return 0;
	count = addresses(check, &items);
	for (size_t i = 0; i < count; i++)
		if (eval_listed(list, items[i]))
			return 1;
	return 0;
}

static int
wlbl_from_in_blocklist(struct check *check, const struct rule *rule)
{
	return wlbl_any(check, "blocklist_from", eval_from_addresses);
}

static int
wlbl_to_in_blocklist(struct check *check, const struct rule *rule)
{
	return wlbl_any(check, "blocklist_to", eval_to_addresses);
}

static int
wlbl_to_in_welcomelist(struct check *check, const struct rule *rule)
{
	return wlbl_any(check, "welcomelist_to", eval_to_addresses);
}

static int
wlbl_to_in_more_spam(struct check *check, const struct rule *rule)
{
	return wlbl_any(check, "more_spam_to", eval_to_addresses);
}

static int
wlbl_to_in_all_spam(struct check *check, const struct rule *rule)
{
	return wlbl_any(check, "all_spam_to", eval_to_addresses);
}

static int
wlbl_from_in_list(struct check *check, const struct rule *rule)
{
	return rule->arg_count < 1 ? 0
				   : wlbl_any(check, rule->args[0],
					      eval_from_addresses);
}

static int
wlbl_to_in_list(struct check *check, const struct rule *rule)
{
	return rule->arg_count < 1 ? 0
				   : wlbl_any(check, rule->args[0],
					      eval_to_addresses);
}

static int
wlbl_replyto_in_list(struct check *check, const struct rule *rule)
{
	struct slice address = check_header_text(check, "Reply-To:addr");

	return rule->arg_count > 0 && address.len > 0 &&
	       eval_listed(ruleset_list(check->ruleset, rule->args[0]),
			   address);
}

/* "[192.0.2]", "[2001:db8::/32]", "[192.0.2.0]/24": where a relay is. */
static bool
wlbl_is_at(struct check *check, const char *network, const char *ip)
{
	struct slice text = slice_of(network), inside;
	size_t end = slice_find(text, 0, ']');
	struct netset *set;

	if (*ip == '\0')
		return false;
	inside = slice_cut(text, 1, end);
	set = netset_new(check);
	return netset_add(set, mem_printf(check, "%s%s",
					  slice_string(check, inside),
					  network + end + 1)) &&
	       netset_contains(set, ip);
}

static bool
wlbl_vouches(struct check *check, const char *domain, const struct relay *relay)
{
	struct slice name = slice_of(relay->lc_rdns);
	size_t n = strlen(domain);

	if (domain[0] == '[' && strchr(domain, ']') != NULL)
		return wlbl_is_at(check, domain, relay->ip);
	return slice_ends_nocase(name, domain) &&
	       (name.len == n || name.data[name.len - n - 1] == '.');
}

/* The relays that could have been the sender's: the first we do not trust, or
 * all if we trust them. */
static bool
wlbl_came_from(struct check *check, const char *domain)
{
	const struct relays *relays = check_relays(check);
	size_t first = 0, end = relays->count;

	if (relays->trusted_count < relays->count) {
		first = relays->trusted_count;
		end = first + 1;
	}
	for (size_t i = first; i < end; i++)
		if (wlbl_vouches(check, domain, &relays->items[i]))
			return true;
	return false;
}

static int
wlbl_received(struct check *check, const char *key, struct slice address)
{
	const struct rule_list *list = ruleset_list(check->ruleset, key);
	int found = 0;

	if (list == NULL || check_relays(check)->count == 0)
		return 0;
	for (size_t i = 0; i + 1 < list->count; i += 2) {
		if (!eval_entry_fits(list, i, address))
			continue;
		if (wlbl_came_from(check, list->items[i + 1]))
			return 1;
		found = -1;
	}
	if (found != 0 &&
	    eval_listed(ruleset_list(check->ruleset,
				     "welcomelist_allows_relays"),
			address))
		return 0;
	return found;
}

static int
wlbl_from(struct check *check, bool standard)
{
	const char *key = standard ? "def_welcomelist_from_rcvd"
				   : "welcomelist_from_rcvd";
	struct wlbl_from *state = check_state(check, key, sizeof(*state));
	const struct slice *items;
	size_t count;

	if (state->known)
		return state->found;
	state->known = true;
	count = eval_from_addresses(check, &items);
	for (size_t i = 0; i < count && state->found != 1; i++) {
		int found;

		if (!standard &&
		    eval_listed(ruleset_list(check->ruleset,
					     "welcomelist_from"),
				items[i]))
			found = 1;
		else
			found = wlbl_received(check, key, items[i]);
		if (found != 0)
			state->found = found;
	}
	return state->found;
}

static int
wlbl_from_in_welcomelist(struct check *check, const struct rule *rule)
{
	return wlbl_from(check, false) > 0;
}

static int
wlbl_from_in_default(struct check *check, const struct rule *rule)
{
	return wlbl_from(check, true) > 0;
}

static int
wlbl_forged(struct check *check, const struct rule *rule)
{
	return wlbl_from(check, false) < 0 && wlbl_from(check, true) == 0;
}

static int
wlbl_forged_default(struct check *check, const struct rule *rule)
{
	return wlbl_from(check, true) < 0 && wlbl_from(check, false) == 0;
}

/* What was registered of a host's name; the name itself if nothing was. */
static const char *
wlbl_registered(struct check *check, const char *host)
{
	const char *domain = uri_domain(check, host,
					&check->ruleset->settings.uris);

	return domain != NULL ? domain : "";
}

/* The envelope's sender and the relay are of the same domain. */
static int
wlbl_mailfrom_matches(struct check *check, const struct rule *rule)
{
	struct slice from = check_header_text(check, "EnvelopeFrom:addr");
	const struct relays *relays = check_relays(check);
	size_t sign = from.len, first = 0, end = relays->count;
	const char *domain;
	struct slice host;

	while (sign > 0 && from.data[sign - 1] != '@')
		sign--;
	host = slice_from(from, sign);
	if (sign == 0 || host.len < 3 ||
	    slice_find(slice_cut(host, 1, host.len - 1), 0, '.') ==
		    host.len - 2)
		return 0;
	domain = wlbl_registered(check, str_lower(check,
						  slice_string(check, host)));
	if (relays->trusted_count < relays->count) {
		first = relays->trusted_count;
		end = first + 1;
	}
	for (size_t i = first; i < end; i++)
		if (*relays->items[i].rdns != '\0' &&
		    strcmp(wlbl_registered(check, relays->items[i].lc_rdns),
			   domain) == 0)
			return 1;
	return 0;
}

/* 1: the list holds name, -1: as an exception, 0: not. */
static int
wlbl_host_entry(const struct rule_list *list, const char *name)
{
	char excluded[WLBL_HOST_MAX + 2];
	size_t place = rule_list_place(list, slice_of(name)), out;

	if (strlen(name) > WLBL_HOST_MAX)
		return 0;
	excluded[0] = '!';
	memcpy(excluded + 1, name, strlen(name) + 1);
	out = rule_list_place(list, slice_of(excluded));
	return place == 0 && out == 0 ? 0 : place > out ? 1 : -1;
}

/* sub.example.com, example.com, com: what is nearest decides. */
static bool
wlbl_host_listed(struct check *check, const struct rule_list *list,
		 const char *host)
{
	size_t labels = 0, skip;
	int verdict;

	if (*host == '[')
		host = slice_string(check,
				    slice_cut(slice_of(host), 1,
					      slice_find(slice_of(host), 0,
							 ']')));
	for (const char *c = host; *c != '\0'; c++)
		labels += *c == '.';
	for (skip = labels > 10 ? labels - 10 : 0; skip > 0; skip--)
		host = strchr(host, '.') + 1; /* the tail is what counts */
	for (;;) {
		verdict = wlbl_host_entry(list, host);
		if (verdict != 0 || strchr(host, '.') == NULL ||
		    strspn(host, "0123456789.") == strlen(host))
			return verdict > 0;
		host = strchr(host, '.') + 1;
	}
}

static int
wlbl_uri_host(struct check *check, const char *name)
{
	const struct rule_list *list = ruleset_list(
		check->ruleset,
		mem_printf(check, "enlist_uri_host:%s", name));
	const struct uri_list *uris;

	if (list == NULL || list->count == 0)
		return 0;
	uris = check_uris(check);
	for (size_t i = 0; i < uris->count; i++) {
		const struct uri_detail *uri = &uris->items[i];

		if (slice_starts_nocase(uri->raw, "mailto:"))
			continue;
		for (size_t k = 0; k < uri->host_count; k++)
			if (wlbl_host_listed(check, list, uri->hosts[k]))
				return 1;
	}
	return 0;
}

static int
wlbl_uri_host_listed(struct check *check, const struct rule *rule)
{
	return rule->arg_count < 1 ? 0 : wlbl_uri_host(check, rule->args[0]);
}

static int
wlbl_uri_host_in_blocklist(struct check *check, const struct rule *rule)
{
	return wlbl_uri_host(check, "BLOCK");
}

static int
wlbl_uri_host_in_welcomelist(struct check *check, const struct rule *rule)
{
	return wlbl_uri_host(check, "WELCOME");
}

const struct eval evals_wlbleval[] = {
	{ "check_from_in_blocklist", wlbl_from_in_blocklist, NULL },
	{ "check_from_in_blacklist", wlbl_from_in_blocklist, NULL },
	{ "check_to_in_blocklist", wlbl_to_in_blocklist, NULL },
	{ "check_to_in_blacklist", wlbl_to_in_blocklist, NULL },
	{ "check_to_in_welcomelist", wlbl_to_in_welcomelist, NULL },
	{ "check_to_in_whitelist", wlbl_to_in_welcomelist, NULL },
	{ "check_to_in_more_spam", wlbl_to_in_more_spam, NULL },
	{ "check_to_in_all_spam", wlbl_to_in_all_spam, NULL },
	{ "check_from_in_list", wlbl_from_in_list, NULL },
	{ "check_replyto_in_list", wlbl_replyto_in_list, NULL },
	{ "check_to_in_list", wlbl_to_in_list, NULL },
	{ "check_from_in_welcomelist", wlbl_from_in_welcomelist, NULL },
	{ "check_from_in_whitelist", wlbl_from_in_welcomelist, NULL },
	{ "check_forged_in_welcomelist", wlbl_forged, NULL },
	{ "check_forged_in_whitelist", wlbl_forged, NULL },
	{ "check_from_in_default_welcomelist", wlbl_from_in_default, NULL },
	{ "check_from_in_default_whitelist", wlbl_from_in_default, NULL },
	{ "check_forged_in_default_welcomelist", wlbl_forged_default, NULL },
	{ "check_forged_in_default_whitelist", wlbl_forged_default, NULL },
	{ "check_mailfrom_matches_rcvd", wlbl_mailfrom_matches, NULL },
	{ "check_uri_host_listed", wlbl_uri_host_listed, NULL },
	{ "check_uri_host_in_blocklist", wlbl_uri_host_in_blocklist, NULL },
	{ "check_uri_host_in_blacklist", wlbl_uri_host_in_blocklist, NULL },
	{ "check_uri_host_in_welcomelist", wlbl_uri_host_in_welcomelist,
	  NULL },
	{ "check_uri_host_in_whitelist", wlbl_uri_host_in_welcomelist, NULL },
	{ NULL, NULL, NULL },
};
