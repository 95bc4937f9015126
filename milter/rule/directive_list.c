/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings by key, and the directives whose values are lists: welcomelists,
 * hosts, words, lines. Keys are today's names; the old ones are accepted. An
 * evaluation asks for them by ruleset_list().
 */
#include "rule/parse.h"

#include <string.h>

#include "base/mem.h"
#include "rule/net.h"
#include "rule/redirect.h"
#include "rule/shortcircuit.h"

/* The list of that key, made if it is new; valid until the next is made. */
static struct rule_list *
setting_list(struct ruleset *ruleset, const char *key)
{
	uintptr_t at = (uintptr_t)names_get(ruleset->list_names, key);
	struct rule_list *list;

	if (at != 0)
		return &ruleset->lists[at - 1];
	mem_grow(ruleset, ruleset->lists, ruleset->list_count);
	list = &ruleset->lists[ruleset->list_count++];
	*list = (struct rule_list){ .key = mem_strdup(ruleset, key) };
	names_set(ruleset->list_names, list->key,
		  (void *)(uintptr_t)ruleset->list_count);
	return list;
}

void
setting_add(struct ruleset *ruleset, const char *key, const char *item)
{
	struct rule_list *list = setting_list(ruleset, key);

	mem_grow(ruleset, list->items, list->count);
	list->items[list->count++] = item;
}

/* Room that mem_grow has made for a list of so many items. */
static size_t
setting_room(size_t count)
{
	size_t room = 8;

	while (room < count)
		room *= 2;
	return room;
}

void
setting_clear(struct ruleset *ruleset, const char *key)
{
	setting_list(ruleset, key)->count = 0;
}

void
setting_set(struct ruleset *ruleset, const char *key, const char *value)
{
	setting_clear(ruleset, key);
	setting_add(ruleset, key, value);
}

/* Items stand in groups of stride; the first of a group names it. */
static void
setting_remove(struct parse *parse, const char *key, const char *item,
	       size_t stride)
{
	struct rule_list *list = setting_list(parse->ruleset, key);
	size_t kept = 0;

	parse->removal_steps += list->count;
	if (parse->removal_steps > PARSE_REMOVAL_STEPS) {
		parse->full = true;
		err_config(parse->err, "%s:%u: too many entries are taken "
				       "away from lists",
			   parse->file, parse->line);
		return;
	}
	for (size_t i = 0; i + stride <= list->count; i += stride) {
		if (strcmp(list->items[i], item) == 0)
			continue;
		if (kept != i)
			memmove(&list->items[kept], &list->items[i],
				stride * sizeof(*list->items));
		kept += stride;
	}
	/* mem_grow counts on the room that goes with the count. */
	if (kept != list->count)
		list->items = mem_resize(parse->ruleset, list->items,
					 setting_room(kept));
	list->count = kept;
}

static const char *
list_key(const struct directive *directive)
{
	return directive->key == NULL ? directive->name : directive->key;
}

static char *
list_lower(char *value)
{
	for (char *c = value; *c != '\0'; c++)
		*c = (char)str_lower_char((unsigned char)*c);
	return value;
}

/* A copy that outlives the line; NULL, and complained of, if it is empty. */
static char *
list_copy(struct parse *parse, const struct directive *directive,
	  const char *value)
{
	if (*value != '\0')
		return mem_strdup(parse->ruleset, value);
	parse_error(parse, "%s without a value", directive->name);
	return NULL;
}

/* Words; number 1: lower case. */
static void
list_words(struct parse *parse, const struct directive *directive, char *value)
{
	char *rest = list_copy(parse, directive, value), *word;

	if (rest != NULL && directive->number == 1)
		list_lower(rest);
	while (rest != NULL && (word = parse_word(&rest)) != NULL)
		setting_add(parse->ruleset, list_key(directive), word);
}

/* Whole lines, one item each. */
static void
list_line(struct parse *parse, const struct directive *directive, char *value)
{
	char *line = list_copy(parse, directive, value);

	if (line != NULL)
		setting_add(parse->ruleset, list_key(directive), line);
}

/*
 * An address and the host or domain that must vouch for it, two items a line.
 * number 1: the second may be missing, then it is "".
 */
static void
list_pair(struct parse *parse, const struct directive *directive, char *value)
{
	char *rest = list_copy(parse, directive, value), *address, *domain;

	if (rest == NULL)
		return;
	address = parse_word(&rest);
	domain = parse_word(&rest);
	if ((domain == NULL && directive->number == 0) || *rest != '\0') {
		parse_error(parse, "%s wants an address and a domain",
			    directive->name);
		return;
	}
	setting_add(parse->ruleset, list_key(directive), list_lower(address));
	setting_add(parse->ruleset, list_key(directive),
		    domain == NULL ? "" : list_lower(domain));
}

/* Takes words out of a list and of its def_ twin; number: items an entry. */
static void
list_remove(struct parse *parse, const struct directive *directive,
	    char *value)
{
	char *rest = list_copy(parse, directive, value), *word;
	char *twin = mem_printf(parse->mem, "def_%s", directive->key);

	while (rest != NULL && (word = parse_word(&rest)) != NULL) {
		list_lower(word);
		setting_remove(parse, directive->key, word, directive->number);
		setting_remove(parse, twin, word, directive->number);
	}
}

static void
list_clear(struct parse *parse, const struct directive *directive, char *value)
{
	if (*value != '\0')
		parse_error(parse, "%s takes no value", directive->name);
	else
		setting_clear(parse->ruleset, list_key(directive));
}

/* clear_uridnsbl_skip_domain [domain ...]: these, or all. */
static void
list_clear_words(struct parse *parse, const struct directive *directive,
		 char *value)
{
	char *rest = value, *word = parse_word(&rest);

	if (word == NULL)
		setting_clear(parse->ruleset, directive->key);
	for (; word != NULL; word = parse_word(&rest)) {
		list_lower(word);
		setting_remove(parse, directive->key, word, 0);
	}
}

static void
list_clear_asn(struct parse *parse, const struct directive *directive,
	       char *value)
{
	setting_clear(parse->ruleset, "asn_lookup");
	setting_clear(parse->ruleset, "asn_lookup_ipv6");
}

/* urirhssub and its kin: whole lines that can be read. */
static void
list_uri(struct parse *parse, const struct directive *directive, char *value)
{
	if (net_uri_is_valid(directive->name, value))
		list_line(parse, directive, value);
	else
		parse_error(parse, "%s: malformed: %.100s", directive->name,
			    value);
}

/* Takes "(NAME)" off the front of value; NULL if it is not there. */
static char *
list_name(char **value)
{
	char *end = strchr(*value, ')'), *name = *value + 1;

	if (**value != '(' || end == NULL || end == name ||
	    !str_is_space((unsigned char)end[1]))
		return NULL;
	*end = '\0';
	*value = end + 2;
	return name;
}

/* enlist_uri_host (NAME) host ...: the list "enlist_uri_host:NAME" */
static void
list_hosts(struct parse *parse, const struct directive *directive,
	   char *value)
{
	char *rest = list_copy(parse, directive, value), *word;
	const char *name = directive->key;

	if (rest == NULL)
		return;
	if (name == NULL)
		name = list_name(&rest);
	if (name == NULL) {
		parse_error(parse, "%s wants (LIST) and hosts",
			    directive->name);
		return;
	}
	name = mem_printf(parse->mem, "enlist_uri_host:%s", name);
	list_lower(rest);
	while ((word = parse_word(&rest)) != NULL)
		setting_add(parse->ruleset, name, word);
}

/* A host may have been listed with ! in front. */
static void
list_unlist(struct parse *parse, const char *key, const char *host)
{
	setting_remove(parse, key, host, 1);
	setting_remove(parse, key, mem_printf(parse->mem, "!%s", host), 1);
}

/* delist_uri_host [(NAME)] host ... */
static void
list_delist(struct parse *parse, const struct directive *directive,
	    char *value)
{
	struct ruleset *ruleset = parse->ruleset;
	char *rest = list_copy(parse, directive, value), *name, *word;

	if (rest == NULL)
		return;
	name = list_name(&rest);
	if (name != NULL)
		name = mem_printf(parse->mem, "enlist_uri_host:%s", name);
	list_lower(rest);
	while ((word = parse_word(&rest)) != NULL) {
		word += *word == '!';
		for (size_t i = 0; i < ruleset->list_count && !parse->full;
		     i++) {
			const char *key = ruleset->lists[i].key;

			if (name == NULL ?
				    strncmp(key, "enlist_uri_host:", 16) == 0 :
				    strcmp(key, name) == 0)
				list_unlist(parse, key, word);
		}
	}
}

/*
 * enlist_addrlist (NAME) address ...: the list "NAME", in one space with
 * welcomelist_from and its like, as check_from_in_list() wants it.
 */
static void
list_addresses(struct parse *parse, const struct directive *directive,
	       char *value)
{
	char *rest = list_copy(parse, directive, value), *word, *name;

	if (rest == NULL)
		return;
	name = list_name(&rest);
	if (name == NULL) {
		parse_error(parse, "%s wants (LIST) and addresses",
			    directive->name);
		return;
	}
	list_lower(rest);
	while ((word = parse_word(&rest)) != NULL)
		setting_add(parse->ruleset, name, word);
}

#define WORDS(name) { name, list_words, NULL, 0 }
#define LOWER(name, key) { name, list_words, key, 1 }
#define LINES(name) { name, list_line, NULL, 0 }

const struct directive directives_list[] = {
	LOWER("welcomelist_from", NULL),
	LOWER("whitelist_from", "welcomelist_from"),
	LOWER("welcomelist_allows_relays", NULL),
	LOWER("whitelist_allows_relays", "welcomelist_allows_relays"),
	LOWER("blocklist_from", NULL),
	LOWER("blacklist_from", "blocklist_from"),
	LOWER("welcomelist_to", NULL),
	LOWER("whitelist_to", "welcomelist_to"),
	LOWER("more_spam_to", NULL),
	LOWER("all_spam_to", NULL),
	LOWER("blocklist_to", NULL),
	LOWER("blacklist_to", "blocklist_to"),
	LOWER("welcomelist_auth", NULL),
	LOWER("whitelist_auth", "welcomelist_auth"),
	LOWER("def_welcomelist_auth", NULL),
	LOWER("def_whitelist_auth", "def_welcomelist_auth"),
	LOWER("welcomelist_from_spf", NULL),
	LOWER("whitelist_from_spf", "welcomelist_from_spf"),
	LOWER("def_welcomelist_from_spf", NULL),
	LOWER("def_whitelist_from_spf", "def_welcomelist_from_spf"),
	LOWER("welcomelist_bounce_relays", NULL),
	LOWER("whitelist_bounce_relays", "welcomelist_bounce_relays"),
	LOWER("bayes_ignore_from", NULL),
	LOWER("bayes_ignore_to", NULL),
	LOWER("freemail_domains", NULL),
	LOWER("freemail_welcomelist", NULL),
	LOWER("freemail_whitelist", "freemail_welcomelist"),
	LOWER("fns_add_addrlist", NULL),
	LOWER("fns_remove_addrlist", NULL),
	LINES("welcomelist_subject"),
	{ "whitelist_subject", list_line, "welcomelist_subject", 0 },
	LINES("blocklist_subject"),
	{ "blacklist_subject", list_line, "blocklist_subject", 0 },
	{ "welcomelist_from_rcvd", list_pair, NULL, 0 },
	{ "whitelist_from_rcvd", list_pair, "welcomelist_from_rcvd", 0 },
	{ "def_welcomelist_from_rcvd", list_pair, NULL, 0 },
	{ "def_whitelist_from_rcvd", list_pair, "def_welcomelist_from_rcvd",
	  0 },
	{ "welcomelist_from_dkim", list_pair, NULL, 1 },
	{ "whitelist_from_dkim", list_pair, "welcomelist_from_dkim", 1 },
	{ "def_welcomelist_from_dkim", list_pair, NULL, 1 },
	{ "def_whitelist_from_dkim", list_pair, "def_welcomelist_from_dkim",
	  1 },
	{ "unwelcomelist_from", list_remove, "welcomelist_from", 1 },
	{ "unwhitelist_from", list_remove, "welcomelist_from", 1 },
	{ "unblocklist_from", list_remove, "blocklist_from", 1 },
	{ "unblacklist_from", list_remove, "blocklist_from", 1 },
	{ "unwelcomelist_auth", list_remove, "welcomelist_auth", 1 },
	{ "unwhitelist_auth", list_remove, "welcomelist_auth", 1 },
	{ "unwelcomelist_from_rcvd", list_remove, "welcomelist_from_rcvd", 2 },
	{ "unwhitelist_from_rcvd", list_remove, "welcomelist_from_rcvd", 2 },
	{ "unwelcomelist_from_dkim", list_remove, "welcomelist_from_dkim", 2 },
	{ "unwhitelist_from_dkim", list_remove, "welcomelist_from_dkim", 2 },
	{ "unwelcomelist_from_spf", list_remove, "welcomelist_from_spf", 1 },
	{ "unwhitelist_from_spf", list_remove, "welcomelist_from_spf", 1 },
	{ "enlist_uri_host", list_hosts, NULL, 0 },
	{ "blocklist_uri_host", list_hosts, "BLOCK", 0 },
	{ "blacklist_uri_host", list_hosts, "BLOCK", 0 },
	{ "welcomelist_uri_host", list_hosts, "WELCOME", 0 },
	{ "whitelist_uri_host", list_hosts, "WELCOME", 0 },
	{ "delist_uri_host", list_delist, NULL, 0 },
	{ "enlist_addrlist", list_addresses, NULL, 0 },
	LOWER("util_rb_tld", NULL),
	LOWER("util_rb_2tld", NULL),
	LOWER("util_rb_3tld", NULL),
	WORDS("originating_ip_headers"),
	{ "clear_originating_ip_headers", list_clear, "originating_ip_headers",
	  0 },
	{ "redirector_pattern", redirect_line, NULL, 0 },
	WORDS("dns_server"),
	{ "clear_dns_servers", list_clear, "dns_server", 0 },
	WORDS("dns_local_ports_permit"),
	WORDS("dns_local_ports_avoid"),
	{ "dns_local_ports_none", list_clear, "dns_local_ports_permit", 0 },
	LINES("dns_options"),
	LINES("dns_query_restriction"),
	{ "clear_dns_query_restriction", list_clear, "dns_query_restriction",
	  0 },
	{ "clear_dns_query_restrictions", list_clear, "dns_query_restriction",
	  0 },
	LINES("dns_block_rule"),
	WORDS("bayes_ignore_header"),
	LINES("bayes_token_sources"),
	WORDS("bayes_stopword_languages"),
	WORDS("report_safe_copy_headers"),
	{ "shortcircuit", shortcircuit_line, NULL, 0 },
	LINES("geodb_options"),
	WORDS("geodb_search_path"),
	LINES("rbl_timeout"),
	LINES("asn_lookup"),
	LINES("asn_lookup_ipv6"),
	{ "clear_asn_lookups", list_clear_asn, NULL, 0 },
	LINES("authres_trusted_authserv"),
	LINES("authres_ignored_authserv"),
	LINES("adsp_override"),
	WORDS("url_shortener"),
	WORDS("url_shortener_get"),
	{ "clear_url_shortener", list_line, NULL, 0 },
	LINES("extracttext_use"),
	LINES("extracttext_external"),
	LINES("fns_ignore_dkim"),
	LINES("fns_ignore_headers"),
	LINES("hashbl_ignore"),
	LINES("hashbl_email_domain_alias"),
	LINES("trigger_target"),
	{ "uridnsbl_skip_domain", list_words, NULL, 1 },
	{ "clear_uridnsbl_skip_domain", list_clear_words,
	  "uridnsbl_skip_domain", 0 },
	{ "uridnsbl", list_uri, NULL, 0 },
	{ "uridnssub", list_uri, NULL, 0 },
	{ "urirhsbl", list_uri, NULL, 0 },
	{ "urirhssub", list_uri, NULL, 0 },
	{ "urinsrhsbl", list_uri, NULL, 0 },
	{ "urinsrhssub", list_uri, NULL, 0 },
	{ "urifullnsrhsbl", list_uri, NULL, 0 },
	{ "urifullnsrhssub", list_uri, NULL, 0 },
	LINES("uridnsbl_timeout"),
	LINES("uri_block_cc"),
	LINES("uri_block_cont"),
	LINES("uri_block_isp"),
	LINES("uri_block_cidr"),
	LINES("uri_block_exclude"),
	{ NULL, NULL, NULL, 0 },
};
